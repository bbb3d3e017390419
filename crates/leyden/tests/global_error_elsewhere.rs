//! `checks.error` of engines and of protocols: above the true error of the energies, and not far above it.

use leyden::asymptote::Detail;
use leyden::charge::{Charging, Request};
use leyden::model::{
    BathRates, ChargerBattery, EngineBattery, EngineMode, EngineModel, EngineStart, Engines, HeatEngine,
    NoiseRates, Signal,
};
use leyden::protocol::{Extraction, Part, Protocol, ProtocolSystem, ResetState, Stage, Task};
use leyden::space::InitialState;
use leyden::{Method, Times};

/// Counts runs, and those whose estimate fails.
#[derive(Default)]
struct Tally {
    runs: usize,
    above: usize,
    near: usize,
}

impl Tally {
    fn add(&mut self, error: f64, estimate: f64, reference: f64, what: &str) {
        self.runs += 1;
        let holds = error <= estimate + reference;
        self.above += usize::from(holds);
        let near = estimate <= (1000.0 * error).max(1e-12);
        self.near += usize::from(near);
        if !holds || !near {
            println!("{what}: {error:.2e} {estimate:.2e}");
        }
    }

    fn assert(&self, least: usize) {
        let Tally { runs, above, near } = *self;
        assert!(runs >= least, "{runs}");
        assert!(runs - above <= runs / 1000 + 1, "{above} of {runs}");
        assert!(near * 10 >= runs * 9, "{near} of {runs}");
    }
}

fn difference(a: &Charging, b: &Charging) -> f64 {
    let pairs = a.series.energy().into_iter().zip(b.series.energy());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn grid(end: f64, points: usize) -> Vec<f64> {
    (0..points).map(|k| end * k as f64 / (points - 1) as f64).collect()
}

#[test]
fn of_engines() {
    let mut random = fastrand::Rng::with_seed(11);
    let mut tally = Tally::default();
    for case in 0..120 {
        let mut between = |a: f64, b: f64| a + (b - a) * random.f64();
        let engine = HeatEngine {
            hot_frequency: between(5.0, 12.0),
            signal_frequency: 1.0,
            hot_temperature: between(2.0, 30.0),
            cold_temperature: between(0.5, 6.0),
            hot_rate: between(0.1, 2.0),
            cold_rate: between(0.1, 2.0),
            rates: BathRates::Bosonic,
            signal: Signal::Open,
        };
        let model = if case % 2 == 0 { EngineModel::Effective } else { EngineModel::Full };
        let mode = if case % 3 == 0 { EngineMode::Individual } else { EngineMode::Collective };
        let most = if model == EngineModel::Full { 2.99 } else { 9.0 };
        let battery = EngineBattery {
            cells: between(1.0, most) as usize,
            frequency: 1.0,
            detuning: if between(0.0, 1.0) < 0.5 { 0.0 } else { between(-0.3, 0.3) },
            engines: Engines::Maser(engine),
            coupling: 10_f64.powf(between(-2.0, 0.0)),
            mode,
            model,
            start: if between(0.0, 1.0) < 0.5 { EngineStart::Steady } else { EngineStart::Ground },
            excited: between(0.0, 1.0) < 0.3,
            fraction: 0.99,
            compare: false,
        };
        let end = 10_f64.powf(between(-1.0, 3.5));
        let tolerance = 10_f64.powf(between(-11.0, -4.0));
        let detail = if case % 4 == 0 { Detail::Times } else { Detail::States };
        let request = Request { tolerance, detail, verify: true, ..Times::from(grid(end, 5)).into() };
        let Ok(found) = battery.charge(&request) else { continue };
        let fine = battery.charge(&Request { tolerance: 1e-14, verify: false, ..request.clone() }).unwrap();
        let verification = found.verification.as_ref().unwrap();
        let (_, other) = verification.differences.iter().find(|(name, _)| *name == "energy").unwrap();
        // By the exponential of small matrices, which is exact to rounding, or by the same method at 1e-14.
        let error = if verification.method == "exponential" { *other } else { difference(&found, &fine) };
        let what = format!(
            "case {case}, {:?} {:?} N = {} {} to {end:.1e} at {tolerance:.1e}",
            model, mode, battery.cells, verification.method
        );
        assert!(error <= tolerance.max(1e-12) * battery.cells as f64, "{what}: {error:e}");
        tally.add(error, found.checks.error, 1e-13 * battery.cells as f64, &what);
    }
    tally.assert(110);
}

/// Charger and battery with anything, and stages of every kind.
fn protocol(random: &mut fastrand::Rng, case: usize) -> Protocol {
    let mut between = |a: f64, b: f64| a + (b - a) * random.f64();
    let cells = 1 + case % 2;
    let mut system = ChargerBattery::star(cells);
    if between(0.0, 1.0) < 0.7 {
        system = system.driven(between(0.05, 1.5));
    }
    if between(0.0, 1.0) < 0.5 {
        system.battery.frequencies = (0..cells).map(|_| between(0.6, 1.4)).collect();
    }
    let mut noise = |most: f64| NoiseRates {
        dephasing: between(0.0, most),
        relaxation: between(0.0, most),
        thermal_occupation: between(0.0, 0.5),
        pumping: 0.0,
    };
    (system.charger.noise, system.battery.noise) = (noise(1.5), noise(0.3));
    let count = between(1.0, 5.99) as usize;
    let mut stages = vec![Task::Evolve { duration: Some(between(0.1, 8.0)), system: None }];
    for _ in 0..count {
        stages.push(match between(0.0, 7.0) as usize {
            0 => Task::Wait { duration: between(0.1, 5.0), system: None },
            1 => Task::Reset { target: Part::Charger, state: ResetState::State(InitialState::Ground) },
            2 => Task::Pulse { target: Part::Charger, angle: between(0.0, 3.0) },
            3 => Task::Measure { target: Part::Charger, outcome: None },
            4 => Task::Dephase { target: Part::Battery },
            5 => Task::Extract(Extraction::Load { rate: between(0.1, 2.0), duration: between(0.1, 3.0) }),
            6 if case.is_multiple_of(3) => Task::Extract(Extraction::SymmetricUnitary),
            _ => Task::Evolve { duration: Some(between(0.1, 20.0)), system: None },
        });
    }
    let stages =
        stages.into_iter().map(|task| Stage { task, points: 1 + between(0.0, 4.0) as usize }).collect();
    Protocol {
        system: ProtocolSystem::ChargerBattery(system),
        stages,
        repeat: 10_f64.powf(between(0.0, 2.0)) as usize,
        shown: None,
    }
}

#[test]
fn of_protocols() {
    let mut random = fastrand::Rng::with_seed(3);
    // Alone, rational steps would be near in fewer cases: what they get wrong of the charger counts as well, and may never reach the battery.
    let mut tally = Tally::default();
    for case in 0..100 {
        let protocol = protocol(&mut random, case);
        let tolerance = 10_f64.powf(-11.0 + 7.0 * random.f64());
        let run = |method, tolerance| {
            let request = Request { method, tolerance, detail: Detail::States, ..Request::default() };
            protocol.charge(&request).unwrap()
        };
        let reference = run(None, 1e-10);
        let finest = run(Some(Method::Taylor), 1e-14);
        tally.add(
            difference(&reference, &finest),
            reference.checks.error,
            1e-13,
            &format!("case {case}, matrices"),
        );
        let named = [Method::Taylor, Method::Explicit, Method::Implicit][case % 3];
        let found = run(Some(named), tolerance);
        let error = difference(&reference, &found);
        tally.add(error, found.checks.error, 1e-13, &format!("case {case}, {named} at {tolerance:.1e}"));
    }
    tally.assert(200);
}
