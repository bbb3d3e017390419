//! A scenario whose model is written in the language of `[parts]`.

use leyden_text::scenario_of;

use crate::keys;
use crate::report::Report;
use crate::scenario::Scenario;

/// The tolerance where none is given.
const TOLERANCE: f64 = 1e-8;

impl Scenario {
    /// The same scenario with its system as `[parts]`, `[hamiltonian]` and `[[channel]]`, all numbers put in as multiples of the reference; a study is
    /// written at its first point.
    ///
    /// # Errors
    /// A [`Report`] where parts cannot say what the system is, and where keys are random.
    pub fn as_text(&self) -> Result<String, Report> {
        if self.disorder.is_some() {
            let title = "[disorder] cannot be written as [parts]".to_string();
            let help = "its keys are numbers in such a text; without [disorder] the rest is written";
            return Err(self.point_at(keys::DISORDER, title, Some(help)));
        }
        let parts = self.system.as_parts().ok_or_else(|| {
            let title = format!("this {} cannot be written as [parts]", leyden::System::name(&self.system));
            let help = "charger and battery, engines as baths and stars of spins can; stages, and more than half but not all spins excited, cannot";
            self.point_at(keys::STAGE, title, Some(help))
        })?;
        let mut text = scenario_of(&parts, &self.title, &|samples| self.file_of(samples));
        text += &times(&self.times);
        let mut method = String::new();
        if let Some(name) = self.method.filter(|method| method.is_general()) {
            method += &format!("name = \"{name}\"\n");
        }
        if self.tolerance != TOLERANCE {
            method += &format!("tolerance = {:?}\n", self.tolerance);
        }
        if self.extrema {
            method += "extrema = true\n";
        }
        if self.ledger {
            method += "ledger = true\n";
        }
        if self.bounds {
            method += "bounds = true\n";
        }
        if !method.is_empty() {
            text += &format!("\n[method]\n{method}");
        }
        Ok(text)
    }
}

/// `[time]`, by its ends where times are evenly spaced.
fn times(times: &[f64]) -> String {
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return String::new() };
    let even = crate::sweep::spaced(*first, *last, times.len(), false);
    if times.len() > 1 && even == times {
        let start = if *first == 0.0 { String::new() } else { format!("start = {first:?}\n") };
        return format!("\n[time]\n{start}end = {last:?}\npoints = {}\n", times.len());
    }
    let list: Vec<String> = times.iter().map(|time| format!("{time:?}")).collect();
    format!("\n[time]\nvalues = [{}]\n", list.join(", "))
}
