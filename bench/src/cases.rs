//! Every case by every method that applies.

use std::error::Error;
use std::path::{Path, PathBuf};

use leyden::asymptote::Detail;
use leyden::charge::{Charging, Request, System};
use leyden::{Method, method::METHODS};
use leyden_scenario::Scenario;

use crate::clock::{seconds, within};

/// Seconds on the wall after which a method is given up.
const LONGEST: f64 = 30.0;

pub(crate) fn run(names: &[String]) -> Result<(), Box<dyn Error>> {
    for file in files()? {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !names.is_empty() && !names.contains(&name) {
            continue;
        }
        let scenario = read(&file)?;
        let whole = Request { tolerance: scenario.tolerance, ..Request::default() };
        let whole = Request { times: scenario.times.clone(), ..whole };
        let states = Request { detail: Detail::States, ..whole.clone() };
        let Some((charging, auto)) = timed(&scenario.system, &states) else {
            println!("{name:24} given up after {LONGEST} s");
            continue;
        };
        let long = timed(&scenario.system, &whole).map(|(_, seconds)| seconds);
        println!(
            "{name:24} {} {}  with long times {}",
            charging.method,
            shown(auto),
            long.map_or("-".into(), shown)
        );
        let others = METHODS.iter().map(|info| info.method).filter(|method| *method != Method::Trajectories);
        for method in others.filter(|method| *method != charging.method) {
            let request = Request { method: Some(method), ..states.clone() };
            if scenario.system.plan(&request).is_err() {
                continue;
            }
            if let Some((other, seconds)) = timed(&scenario.system, &request) {
                let energies = charging.series.energy();
                let distance = energies.iter().zip(other.series.energy()).map(|(a, b)| (a - b).abs());
                let distance = distance.fold(0.0, f64::max);
                println!("{:24} {method} {}  off by {distance:.0e}", "", shown(seconds));
            }
        }
    }
    Ok(())
}

fn shown(seconds: f64) -> String {
    format!("{:.3} ms", 1e3 * seconds)
}

/// The run and its CPU time, where it ends.
fn timed(system: &dyn System, request: &Request) -> Option<(Charging, f64)> {
    let first = within(LONGEST, |progress| system.charge(&Request { progress, ..request.clone() }).ok())??;
    let again = seconds(0.2, || {
        std::hint::black_box(system.charge(request).ok());
    });
    Some((first, again))
}

pub(crate) fn files() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.sort();
    Ok(files)
}

pub(crate) fn read(file: &Path) -> Result<Scenario, Box<dyn Error>> {
    let text = std::fs::read_to_string(file)?;
    Scenario::parse(&file.to_string_lossy(), &text).map_err(|report| report.to_string().into())
}
