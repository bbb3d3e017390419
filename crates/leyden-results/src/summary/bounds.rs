//! Bounds of a run at its last time, and how tight those of its power are.

use super::{Lines, number};
use crate::Document;

/// Bounds of a result.
pub fn bounds(document: &Document) -> String {
    let document = &document.shown();
    let mut out = Lines::new();
    let last = |path: &str| document.numbers(path).last().copied().filter(|x| x.is_finite());
    let said = |list: &[(&str, &str)]| -> Option<String> {
        let of = |(name, path): &(&str, &str)| Some(format!("{name} {}", number(last(path)?)));
        let found: Vec<String> = list.iter().filter_map(of).collect();
        (!found.is_empty()).then(|| found.join(", "))
    };
    let tightest = |path: &str| document.numbers(path).into_iter().filter(|x| x.is_finite()).reduce(f64::max);
    let lines = [
        ("power at most", said(&[("energies", "bounds.power"), ("joint", "bounds.power_joint")])),
        (
            "work",
            said(&[
                ("capacity", "bounds.capacity"),
                ("anti-ergotropy", "bounds.anti_ergotropy"),
                ("bound energy", "bounds.bound_energy"),
                ("global less local", "bounds.ergotropy_gap"),
            ]),
        ),
        ("state", said(&[("entropy", "bounds.entropy"), ("coherence", "coherence")])),
        ("path", said(&[("angle", "bounds.speed_limit.angle"), ("length", "bounds.speed_limit.length")])),
    ];
    for (name, text) in lines {
        if let Some(text) = text {
            out.line(name, text);
        }
        if name == "power at most" {
            let of = |(name, path): (&str, &str)| Some(format!("{name} {}", number(tightest(path)?)));
            let found: Vec<String> = [("energies", "bounds.tightness"), ("joint", "bounds.tightness_joint")]
                .into_iter()
                .filter_map(of)
                .collect();
            if !found.is_empty() {
                out.line("", format!("of which it reached at most: {}", found.join(", ")));
            }
        }
    }
    if let Some(why) = document.text("bounds.why") {
        out.line("not known", why);
    }
    out.text()
}
