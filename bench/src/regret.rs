//! What the choice of `auto` costs against the best method, over random systems and times.

use std::collections::BTreeMap;
use std::error::Error;

use fastrand::Rng;
use leyden::asymptote::Detail;
use leyden::charge::{Charging, Request, System};
use leyden::evolve::{Candidate, Outcome};
use leyden::{Method, method::METHODS};
use leyden_scenario::Scenario;

use crate::clock::{seconds, within};
use crate::random;

/// Seconds on the wall after which a method is given up: twice this, and so many times what `auto` took.
const LEAST: f64 = 0.3;
const TIMES: f64 = 4.0;
/// Seconds that `auto` may take: longer ones are left out.
const LONGEST: f64 = 5.0;

/// One system.
struct Drawn {
    number: u64,
    auto: Method,
    took: f64,
    best: Method,
    least: f64,
    said: String,
}

pub(crate) fn run(count: u64, seed: u64) -> Result<(), Box<dyn Error>> {
    let mut drawn = Vec::new();
    let mut predicted: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut number = 0;
    while (drawn.len() as u64) < count {
        number += 1;
        let text = random::scenario(&mut Rng::with_seed(seed * 1_000_003 + number));
        let scenario = Scenario::parse("random.toml", &text).map_err(|report| report.to_string())?;
        let system = &scenario.system;
        let request = Request { times: scenario.times.clone(), detail: Detail::States, ..Request::default() };
        let Ok(plan) = system.plan(&request) else { continue };
        let Some((auto, took)) = timed(system, &request, LONGEST) else { continue };
        let mut said = String::new();
        let (mut best, mut least) = (auto, took);
        for info in METHODS {
            let method = info.method;
            let estimate = plan.candidates.iter().find(|candidate| candidate.method == method);
            let estimate = estimate.and_then(|Candidate { cost, .. }| Some(cost.as_ref().ok()?.seconds));
            let measured = match method == auto {
                true => Some(took),
                false if !info.general || method == Method::Trajectories => None,
                false => {
                    let request = Request { method: Some(method), ..request.clone() };
                    let limit = LEAST + TIMES * took;
                    system
                        .plan(&request)
                        .ok()
                        .and_then(|_| timed(system, &request, limit))
                        .map(|(_, took)| took)
                }
            };
            let Some(measured) = measured else { continue };
            if measured < least {
                (best, least) = (method, measured);
            }
            said += &format!("  {method} {:.3} ms", 1e3 * measured);
            if let Some(estimate) = estimate {
                said += &format!(" ({:.3})", 1e3 * estimate);
                predicted.entry(info.name).or_default().push(estimate / measured);
            }
        }
        let one = Drawn { number, auto, took, best, least, said };
        if one.took > 1.5 * one.least {
            println!("{}", one.shown(&text));
        }
        drawn.push(one);
    }
    for (method, mut ratios) in predicted {
        ratios.sort_by(f64::total_cmp);
        let at = |share: f64| ratios[((ratios.len() - 1) as f64 * share).round() as usize];
        println!(
            "{method:14} {} estimates over measured: 5 % {:.2}, half {:.2}, 95 % {:.2}",
            ratios.len(),
            at(0.05),
            at(0.5),
            at(0.95)
        );
    }
    let mut regrets: Vec<f64> = drawn.iter().map(|one| one.took / one.least).collect();
    regrets.sort_by(f64::total_cmp);
    let within = |most: f64| {
        100.0 * regrets.iter().filter(|regret| **regret <= most).count() as f64 / regrets.len() as f64
    };
    println!(
        "{} systems: {:.1} % within 1.5 times the best method, {:.1} % within 3 times, at most {:.2}",
        regrets.len(),
        within(1.5),
        within(3.0),
        regrets[regrets.len() - 1]
    );
    Ok(())
}

impl Drawn {
    fn shown(&self, text: &str) -> String {
        let Drawn { number, auto, took, best, least, said } = self;
        format!(
            "{number}: {auto} takes {:.2} times {best}:{said}\n    {}",
            took / least,
            text.replace('\n', "; ")
        )
    }
}

/// The method that ran and its CPU time, where it ends well within so many seconds.
fn timed(system: &dyn System, request: &Request, limit: f64) -> Option<(Method, f64)> {
    let run = |request: &Request| -> Option<Charging> {
        system.charge(request).ok().filter(|charging| charging.outcome == Outcome::Converged)
    };
    let first = within(limit, |progress| run(&Request { progress, ..request.clone() }))??;
    let took = seconds(0.02, || {
        std::hint::black_box(run(request));
    });
    Some((first.method, took))
}
