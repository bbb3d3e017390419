//! The largest average power is that of the continuous curve, whatever times are shown.

use leyden::charge::Charging;
use leyden::model::{
    BathRates, ChargerBattery, Correlations, CouplingForm, EngineBattery, EngineMode, EngineModel,
    EngineStart, Engines, HeatEngine, NmrStar, NoiseRates, Signal, SpinRelaxation,
};
use leyden::protocol::{Extraction, Part, Protocol, ProtocolSystem, ResetState, Stage, Task};
use leyden::space::InitialState;
use leyden::why::{Still, TooLarge};
use leyden::{System, Times, Why};

fn at(system: &impl System, end: f64, points: usize) -> Charging {
    system.charge(&Times::even(0.0, end, points).into()).unwrap()
}

/// The largest average power of 20,001 times must be what two times say.
fn holds(system: &impl System, end: f64, what: &str) {
    let few = at(system, end, 2).maximum_power.unwrap();
    let many = at(system, end, 20_001);
    let seen = many.series.average_power.iter().copied().filter(|x| x.is_finite()).fold(0.0, f64::max);
    let of_many = many.maximum_power.unwrap();
    let scale = few.value.abs().max(1e-12);
    assert!((few.value - of_many.value).abs() <= 1e-9 * scale, "{what}: {few:?} {of_many:?}");
    // A sampled maximum is at most the true one, and close to it.
    assert!(seen <= few.value + 1e-9 * scale && few.value - seen <= 1e-5 * scale, "{what}: {few:?} {seen}");
}

#[test]
fn of_any_charger_and_battery() {
    let mut random = fastrand::Rng::with_seed(11);
    for case in 0..24 {
        let mut between = |a: f64, b: f64| a + (b - a) * random.f64();
        let cells = 1 + case % 3;
        let mut system = ChargerBattery::star(cells);
        if case % 2 == 0 {
            system = system.driven(between(0.05, 1.5));
        } else {
            system = system.with_charger_in(InitialState::Excited);
        }
        system.charger.detuning = between(-0.5, 0.5);
        system.battery.frequencies = (0..cells).map(|_| between(0.6, 1.4)).collect();
        system.coupling.strengths = (0..cells).map(|_| between(0.2, 1.2)).collect();
        match case % 4 {
            0 => {}
            1 => system.coupling.form = CouplingForm::Dipole,
            2 => system = system.dephased(between(0.0, 3.0)),
            _ => {
                let (relaxation, thermal_occupation) = (between(0.0, 0.3), between(0.0, 1.0));
                system.battery.noise = NoiseRates { relaxation, thermal_occupation, ..NoiseRates::default() };
            }
        }
        holds(&system, between(2.0, 60.0), &format!("case {case}: {system:?}"));
    }
}

#[test]
fn of_a_periodic_drive() {
    let mut driven = ChargerBattery::star(1).driven(0.3);
    driven.coupling.form = CouplingForm::Dipole;
    driven.drive.as_mut().unwrap().frequency = 1.1;
    holds(&driven, 30.0, "driven dipole");
}

#[test]
fn of_stages_that_let_the_energy_flow() {
    let stage = |task: Task| Stage { task, points: 1 };
    let mut other = ChargerBattery::star(1).dephased(0.2).driven(1.3);
    other.drive.as_mut().unwrap().frequency = 1.2;
    let stages = [
        stage(Task::Wait { duration: 0.4, system: None }),
        stage(Task::Evolve { duration: Some(7.0), system: Some(Box::new(other)) }),
        stage(Task::Evolve { duration: Some(3.0), system: None }),
    ];
    let run = |points: usize| {
        let stages = stages.iter().map(|stage| Stage { points, ..stage.clone() }).collect();
        let system = ProtocolSystem::ChargerBattery(ChargerBattery::star(1).dephased(0.1).driven(0.2));
        Protocol { system, stages, repeat: 2, shown: None }.charge(&Times::from(vec![]).into()).unwrap()
    };
    let (few, many) = (run(1).maximum_power.unwrap(), run(4000));
    let seen = many.series.average_power.iter().copied().filter(|x| x.is_finite()).fold(0.0, f64::max);
    assert!(few.time > 1.0 && few.time < 6.0);
    assert!((few.value - many.maximum_power.unwrap().value).abs() < 1e-9 * few.value);
    assert!(seen <= few.value + 1e-10 && few.value - seen < 1e-6, "{few:?} {seen}");
}

#[test]
fn of_a_star_in_stages() {
    let spin = |t1| SpinRelaxation { t1, t2: t1, equilibrium: 0.2 };
    let star = NmrStar {
        chargers: 9,
        coupling: -3.0,
        frequency: 1.7,
        charger_excitation: 0.9,
        battery_excitation: 0.3,
        charger: spin(40.0),
        battery: spin(200.0),
        correlations: Correlations::Dropped,
    };
    let run = |tasks: &[Task], points: usize| {
        let stages = tasks.iter().map(|task| Stage { task: task.clone(), points }).collect();
        let protocol = Protocol { system: ProtocolSystem::NmrStar(star), stages, repeat: 2, shown: None };
        protocol.charge(&Times::from(vec![]).into()).unwrap()
    };
    let evolve = |duration| Task::Evolve { duration, system: None };
    let wait = Task::Wait { duration: 3.0, system: None };
    let fresh = Task::Reset { target: Part::Charger, state: ResetState::Excitation(0.95) };
    // The peak lies inside the exchange, at its end, or in the second one.
    for tasks in [
        vec![evolve(None)],
        vec![evolve(Some(2.0)), wait.clone()],
        vec![evolve(Some(0.05)), fresh.clone(), evolve(Some(0.4)), wait.clone()],
        vec![wait.clone(), fresh.clone(), evolve(None)],
    ] {
        let (few, many) = (run(&tasks, 1).maximum_power.unwrap(), run(&tasks, 4000));
        let seen =
            many.series.average_power.iter().copied().filter(|x| x.is_finite()).fold(f64::MIN, f64::max);
        assert_eq!(few, many.maximum_power.unwrap());
        assert!(seen <= few.value + 1e-12 && few.value - seen < 1e-5, "{tasks:?} {few:?} {seen}");
    }
    // Where the energy jumps there is none, as in every protocol.
    let jumps = run(&[evolve(None), Task::Extract(Extraction::Unitary)], 1);
    assert_eq!(jumps.maximum_power.unwrap_err(), Why::Still(Still::Jumps));
}

#[test]
fn of_engines_that_start_cold() {
    // Their first flow is over after a few of their own times, long before the cells move.
    let engine = |hot_rate, cold_rate| HeatEngine {
        hot_frequency: 12.91,
        signal_frequency: 1.885,
        hot_temperature: 28.89,
        cold_temperature: 8.482,
        hot_rate,
        cold_rate,
        rates: BathRates::Bosonic,
        signal: Signal::Open,
    };
    for (coupling, [hot, cold], detuning, cells) in [
        (0.05186, [2.426, 0.7769], 0.0, 1),
        (0.05186, [2.426, 0.7769], 0.9, 1),
        (0.9, [0.1, 0.05], 0.0, 2),
        (0.02, [9.0, 0.3], 0.0, 3),
    ] {
        let battery = EngineBattery {
            cells,
            frequency: 1.885,
            detuning,
            engines: Engines::Maser(engine(hot, cold)),
            coupling,
            mode: EngineMode::Collective,
            model: EngineModel::Full,
            start: EngineStart::Ground,
            excited: false,
            fraction: 0.9,
            compare: false,
        };
        let (few, many) = (at(&battery, 200.0, 3), at(&battery, 200.0, 20_001));
        let peak = |run: &Charging| run.engine_charging.as_ref().unwrap().peak_power.unwrap().0;
        let seen = many.series.power.iter().copied().fold(0.0, f64::max);
        assert!((peak(&few) / peak(&many) - 1.0).abs() < 1e-6, "{coupling}");
        assert!(seen <= peak(&few) * (1.0 + 1e-7) && peak(&few) <= seen * (1.0 + 1e-4), "{coupling}: {seen}");
        let average = |run: &Charging| run.maximum_power.unwrap().value;
        assert!((average(&few) / average(&many) - 1.0).abs() < 1e-7, "{coupling}");
    }
}

#[test]
fn a_search_over_stages_ends_where_its_samples_do() {
    // Far off resonance next to nothing arrives, so that nothing bounds what may follow for long.
    let mut system = ChargerBattery::star(1).with_charger_in(InitialState::Excited);
    (system.charger.detuning, system.coupling.strengths) = (10.0, vec![0.05]);
    let run = |durations: &[f64]| {
        let evolve = |duration| Task::Evolve { duration: Some(duration), system: None };
        let stages = durations.iter().map(|d| Stage { task: evolve(*d), points: 1 }).collect();
        let system = ProtocolSystem::ChargerBattery(system.clone());
        Protocol { system, stages, repeat: 1, shown: None }
            .charge(&Times::from(vec![]).into())
            .unwrap()
            .maximum_power
    };
    let until = |durations: &[f64]| match run(durations) {
        Err(Why::TooLarge(TooLarge::PowerSamples { time })) => time,
        other => panic!("{other:?}"),
    };
    let alone = until(&[1000.0]);
    // 20,000 samples at ||Z|| h = 0.3.
    assert!((alone * 10.1 / 6000.0 - 1.0).abs() < 1e-9, "{alone}");
    // Each part alone is looked through, both together are not: what the first one took is gone.
    for part in [0.3, 0.6, 0.9] {
        assert!(run(&[part * alone]).is_ok());
        let together = until(&[part * alone, 0.95 * alone]);
        assert!((together / alone - 1.0).abs() < 1e-3, "{part}: {together} {alone}");
    }
}
