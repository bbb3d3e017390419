//! Built-in models written as text, and envelopes.

use leyden::charge::AnySystem;
use leyden::merit::Merits;
use leyden::{Charging, Request, System};
use leyden_scenario::Scenario;
use leyden_scenario::shipped::SHIPPED;

fn parsed(name: &str, text: &str) -> Scenario {
    Scenario::parse(name, text).unwrap_or_else(|report| panic!("{name}: {report}\n{text}"))
}

fn charged(scenario: &Scenario) -> Charging {
    let request = leyden_results::request(scenario, false, 4e9);
    scenario.system.charge(&Request { detail: leyden::asymptote::Detail::Limit, ..request }).unwrap()
}

fn largest_difference(a: &Charging, b: &Charging) -> f64 {
    type Read = fn(&Merits) -> f64;
    let reads: [Read; 4] = [|m| m.energy, |m| m.ergotropy.global, |m| m.ergotropy.local, |m| m.purity];
    let of = |read: &Read| {
        let (x, y) = (a.series.column(*read), b.series.column(*read));
        assert_eq!(x.len(), y.len());
        // Moments have no states.
        let pairs = x.iter().zip(&y).filter(|(x, y)| !(x.is_nan() && y.is_nan()));
        pairs.map(|(x, y)| (x - y).abs()).fold(0.0, |a: f64, b| if b.is_nan() { b } else { a.max(b) })
    };
    reads.iter().map(of).fold(0.0, f64::max)
}

#[test]
fn shipped_models_as_text_give_the_same_numbers() {
    let mut written = Vec::new();
    for (name, text) in SHIPPED {
        let scenario = parsed(name, text);
        let as_text = scenario.as_text();
        let stages = matches!(scenario.system, AnySystem::Protocol(_) | AnySystem::HeatEngine(_));
        // Engines with all their levels are no charger and battery either.
        let engines = matches!(scenario.system, AnySystem::EngineBattery(_));
        let random = scenario.disorder.is_some();
        assert!(as_text.is_err() == (stages || random) || engines, "{name}");
        let Ok(as_text) = as_text else {
            let report = as_text.unwrap_err().to_string();
            assert!(report.contains("cannot be written as [parts]"), "{report}");
            continue;
        };
        // Studies have times of their own, or none.
        if !scenario.axes.is_empty() || scenario.optimise.is_some() {
            continue;
        }
        let again = parsed(name, &as_text);
        assert!(matches!(again.system, AnySystem::Parts(_)), "{name}");
        assert_eq!(again.times, scenario.times, "{name}");
        let (a, b) = (charged(&scenario), charged(&again));
        let exact = a.method == b.method && b.reason.starts_with("this is");
        let difference = largest_difference(&a, &b);
        assert!(difference <= if exact { 1e-12 } else { 1e-9 }, "{name}: {difference:e} {}", b.reason);
        // What is printed is what it prints itself.
        assert_eq!(again.as_text().unwrap(), as_text, "{name}");
        written.push(*name);
    }
    assert!(
        written.contains(&"two-qubits") && written.contains(&"cavity") && written.len() > 12,
        "{written:?}"
    );
}

#[test]
fn envelopes_multiply_drive_and_coupling() {
    let of = |keys: &str| parsed("envelope", &format!("{keys}\n[time]\nend = 6.0\npoints = 13\n"));
    // Constant ones are factors.
    let plain = "[charger]\ndephasing = 0.4\n[battery]\ncells = 2\n[drive]\namplitude = 0.6\n[coupling]\nstrength = 1.5";
    let factors = "[charger]\ndephasing = 0.4\n[battery]\ncells = 2\n[drive]\namplitude = 1.2\nenvelope = \"0.5\"\n\
                   [coupling]\nenvelope = \"c/2\"\n[parameters]\nc = 3.0";
    let (a, b) = (charged(&of(plain)), charged(&of(factors)));
    assert!(b.reason.starts_with("this is a star of 2 cells"), "{}", b.reason);
    assert!(largest_difference(&a, &b) < 1e-12);
    // Off before t = 2 and after t = 4: two stages.
    let window = "[battery]\ncells = 2\n[drive]\namplitude = 0.6\nenvelope = \"step(t - 2) - step(t - 4)\"\n\
                  [coupling]\nenvelope = \"1 - step(t - 5)\"";
    let run = charged(&of(window));
    let energy = run.series.column(|m| m.energy);
    assert!(energy[..5].iter().all(|e| e.abs() < 1e-14), "{energy:?}");
    assert!(energy[8] > 0.1 && energy[10..].iter().all(|e| (e - energy[10]).abs() < 1e-9), "{energy:?}");
    let stages = "[battery]\ncells = 2\n[drive]\namplitude = 0.6\n[[stage]]\nkind = \"evolve\"\nduration = 2.0\npoints = 4\n\
                  [[stage]]\nkind = \"evolve\"\nduration = 1.0\npoints = 2\ndrive.amplitude = 0.0";
    let stages = charged(&parsed("stages", stages));
    let stored = stages.series.column(|m| m.energy);
    // The window begins at 2.
    assert!(
        (stored[4] - energy[8]).abs() < 1e-7 && (stored[6] - energy[10]).abs() < 1e-7,
        "{stored:?} {energy:?}"
    );
}

#[test]
fn envelopes_that_make_no_sense_are_told() {
    for (keys, phrase) in [
        ("[drive]\nenvelope = \"gaussian(t, 1)\"", "`drive.amplitude`"),
        ("[drive]\namplitude = 1.0\nenvelope = \"1i*t\"", "`drive.envelope` must be real"),
        ("[drive]\namplitude = 1.0\nenvelope = \"X(q)\"", "X"),
        ("[coupling]\nenvelope = \"f*t\"", "f"),
        ("[coupling]\nenvelope = 1.0", "`coupling.envelope` must be a text"),
        (
            "[coupling]\nenvelope = \"t\"\n[[stage]]\nkind = \"evolve\"\nduration = 1.0",
            "does not go with [[stage]]",
        ),
    ] {
        let report =
            Scenario::parse("test", &format!("{keys}\n[time]\nend = 1.0\n")).unwrap_err().to_string();
        assert!(report.contains(phrase), "{keys}: {report}");
    }
}

#[test]
fn pulses_of_a_charger_are_found_wherever_they_are() {
    // A charger that is swapped into the battery by a coupling of area pi/2, far away.
    let text = "[initial]\ncharger = \"excited\"\n[coupling]\nstrength = 1.0\nenvelope = \"sqrt(pi/8)/w*gaussian(t - 1e4, w)\"\n\
                [parameters]\nw = 1e-3\n[time]\nvalues = [9999.0, 10001.0]\n";
    let run = charged(&parsed("far", text));
    let energy = run.series.column(|m| m.energy);
    assert!(energy[0].abs() < 1e-12 && (energy[1] - 1.0).abs() < 1e-7, "{energy:?}");
}
