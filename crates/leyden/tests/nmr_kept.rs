//! NMR stars whose spins stay correlated: against the sums over total spins, closed forms of relaxation, and the same pair of
//! spins written as charger and battery.

use std::f64::consts::{FRAC_PI_2, PI};

use leyden::asymptote::Detail;
use leyden::charge::{Charging, Request};
use leyden::evolve::Outcome;
use leyden::exact::SpinStar;
use leyden::model::{
    Battery, Cell, Charger, ChargerBattery, ChargerKind, Correlations, Coupling, CouplingForm, Initial,
    NmrStar, NoiseRates, SpinRelaxation,
};
use leyden::protocol::{Cycles, Extraction, Part, Protocol, ProtocolSystem, ResetState, Stage, Task};
use leyden::space::InitialState;

const OMEGA: f64 = 1.7;
const FREE: SpinRelaxation = SpinRelaxation { t1: f64::INFINITY, t2: f64::INFINITY, equilibrium: 0.0 };

fn star(chargers: usize) -> NmrStar {
    NmrStar {
        chargers,
        coupling: -1.3,
        frequency: OMEGA,
        charger_excitation: 0.8,
        battery_excitation: 0.15,
        charger: FREE,
        battery: FREE,
        correlations: Correlations::Kept,
    }
}

fn relaxing(chargers: usize) -> NmrStar {
    NmrStar {
        charger: SpinRelaxation { t1: 3.3, t2: 2.0, equilibrium: 0.3 },
        battery: SpinRelaxation { t1: 7.0, t2: 9.0, equilibrium: 0.2 },
        ..star(chargers)
    }
}

fn request(times: Vec<f64>) -> Request {
    Request {
        times,
        tolerance: 1e-11,
        verify: false,
        detail: Detail::Times,
        memory_limit: 4e9,
        ..Request::default()
    }
}

fn stage(task: Task) -> Stage {
    Stage { task, points: 3 }
}

fn evolve(duration: Option<f64>) -> Stage {
    stage(Task::Evolve { duration, system: None })
}

fn wait(duration: f64) -> Stage {
    stage(Task::Wait { duration, system: None })
}

fn reset(target: Part, excitation: f64) -> Stage {
    stage(Task::Reset { target, state: ResetState::Excitation(excitation) })
}

fn pulse(target: Part, angle: f64) -> Stage {
    stage(Task::Pulse { target, angle })
}

fn measure(target: Part) -> Stage {
    stage(Task::Measure { target, outcome: None })
}

fn protocol(system: ProtocolSystem, stages: &[Stage], repeat: usize) -> Charging {
    let protocol = Protocol { system, stages: stages.to_vec(), repeat, shown: None };
    let charging = protocol.charge(&request(Vec::new())).unwrap();
    assert_eq!(charging.outcome, Outcome::Converged);
    charging
}

fn run(star: &NmrStar, stages: &[Stage], repeat: usize) -> Charging {
    protocol(ProtocolSystem::NmrStar(*star), stages, repeat)
}

fn cycles(charging: &Charging) -> &Cycles {
    charging.cycles.as_ref().unwrap()
}

fn near(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance, "{a} {b} {:e}", a - b);
}

fn all_near(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).filter(|(a, b)| !(a.is_nan() && b.is_nan())).for_each(|(a, b)| near(*a, *b, tolerance));
}

#[test]
fn ideal_resets_leave_nothing_to_keep() {
    let load = Extraction::Load { rate: 0.3, duration: 0.4 };
    for (chargers, frequency) in [(1, OMEGA), (2, OMEGA), (3, OMEGA), (3, -OMEGA)] {
        let kept = NmrStar { frequency, ..star(chargers) };
        let dropped = NmrStar { correlations: Correlations::Dropped, ..kept };
        let cycle = [
            reset(Part::Charger, 0.9),
            evolve(Some(0.7)),
            stage(Task::Extract(load)),
            measure(Part::Battery),
            reset(Part::Charger, 0.6),
            evolve(None),
            pulse(Part::Battery, PI),
            stage(Task::Extract(Extraction::Unitary)),
            pulse(Part::Charger, -PI),
        ];
        let (a, b) = (run(&kept, &cycle, 4), run(&dropped, &cycle, 4));
        all_near(&a.times, &b.times, 1e-12);
        all_near(&a.series.energy(), &b.series.energy(), 1e-11);
        all_near(&a.series.ergotropy(), &b.series.ergotropy(), 1e-11);
        all_near(&a.series.column(|m| m.purity), &b.series.column(|m| m.purity), 1e-11);
        let (a, b) = (cycles(&a), cycles(&b));
        for (a, b) in a.stages.iter().zip(&b.stages) {
            assert_eq!(a.kind, b.kind);
            near(a.duration, b.duration, 1e-12);
            all_near(&a.energy, &b.energy, 1e-11);
            all_near(&a.charger, &b.charger, 1e-11);
            assert_eq!(a.extracted.is_some(), b.extracted.is_some());
            if let (Some(a), Some(b)) = (&a.extracted, &b.extracted) {
                all_near(a, b, 1e-11);
            }
        }
        near(a.fixed_point.as_ref().unwrap().energy, b.fixed_point.as_ref().unwrap().energy, 1e-11);
        // Linear without the unitary extraction: one multiplier.
        let linear = &cycle[..6];
        let (a, b) = (run(&kept, linear, 2), run(&dropped, linear, 2));
        let multiplier = |x: &Charging| cycles(x).convergence.as_ref().unwrap().multiplier;
        assert!((multiplier(&a) - multiplier(&b)).norm() < 1e-11);
    }
}

#[test]
fn without_relaxation_an_evolution_is_the_sum_over_total_spins() {
    let times: Vec<f64> = (0..=20).map(|k| 0.35 * k as f64).collect();
    for (chargers, q) in [(1, 0.8), (2, 0.8), (3, 0.3), (3, 1.0), (6, 0.7)] {
        let kept = NmrStar { charger_excitation: q, ..star(chargers) };
        let dropped = NmrStar { correlations: Correlations::Dropped, ..kept };
        let (a, b) =
            (kept.charge(&request(times.clone())).unwrap(), dropped.charge(&request(times.clone())).unwrap());
        assert_eq!(a.outcome, Outcome::Converged);
        for (a, b) in [
            (&a.series.energy(), &b.series.energy()),
            (&a.series.ergotropy(), &b.series.ergotropy()),
            (&a.series.column(|m| m.ergotropy.incoherent), &b.series.column(|m| m.ergotropy.incoherent)),
            (&a.series.column(|m| m.fluctuation), &b.series.column(|m| m.fluctuation)),
            (&a.series.power, &b.series.power),
        ] {
            all_near(a, b, 1e-9);
        }
        assert!(a.checks.energy_balance < 1e-10 && a.checks.trace < 1e-10);
    }
}

#[test]
fn one_charger_is_a_charger_and_its_battery() {
    let star = relaxing(1);
    let noise = |x: SpinRelaxation| NoiseRates {
        dephasing: 2.0 / x.t2 - 1.0 / x.t1,
        relaxation: (1.0 - 2.0 * x.equilibrium) / x.t1,
        thermal_occupation: x.equilibrium / (1.0 - 2.0 * x.equilibrium),
        ..NoiseRates::default()
    };
    let pair = ChargerBattery {
        charger: Charger {
            kind: ChargerKind::Qubit,
            frequency: OMEGA,
            detuning: 0.0,
            noise: noise(star.charger),
            memory: None,
        },
        battery: Battery {
            cell: Cell::Qubit,
            frequencies: vec![OMEGA],
            detuning: 0.0,
            noise: noise(star.battery),
            collective_noise: false,
        },
        coupling: Coupling {
            strengths: vec![0.5 * star.coupling],
            scaling: 1.0,
            form: CouplingForm::Exchange,
        },
        drive: None,
        initial: Initial { charger: InitialState::Excited, battery: InitialState::Thermal(0.15) },
    };
    let star = NmrStar { charger_excitation: 1.0, ..star };
    let cycle = [
        evolve(Some(1.1)),
        pulse(Part::Charger, 0.4),
        measure(Part::Charger),
        wait(0.3),
        pulse(Part::Battery, -0.9),
        evolve(Some(0.8)),
        stage(Task::Extract(Extraction::Load { rate: 0.3, duration: 0.5 })),
        stage(Task::Dephase { target: Part::Battery }),
        reset(Part::Charger, 0.7),
        stage(Task::Reset { target: Part::Battery, state: ResetState::State(InitialState::Thermal(0.4)) }),
        evolve(Some(1.3)),
    ];
    for last in [None, Some(stage(Task::Extract(Extraction::Unitary)))] {
        let stages: Vec<Stage> = cycle.iter().cloned().chain(last).collect();
        let a = run(&star, &stages, 3);
        let b = protocol(ProtocolSystem::ChargerBattery(pair.clone()), &stages, 3);
        assert_eq!(a.times, b.times);
        all_near(&a.series.energy(), &b.series.energy(), 1e-12);
        all_near(&a.series.ergotropy(), &b.series.ergotropy(), 1e-12);
        all_near(
            &a.series.column(|m| m.ergotropy.coherent),
            &b.series.column(|m| m.ergotropy.coherent),
            1e-12,
        );
        all_near(&a.series.power, &b.series.power, 1e-12);
        assert!(a.checks.energy_balance < 1e-12);
        let (a, b) = (cycles(&a), cycles(&b));
        for (a, b) in a.stages.iter().zip(&b.stages) {
            all_near(&a.charger, &b.charger, 1e-12);
            for (a, b) in [(&a.extracted, &b.extracted), (&a.daemonic, &b.daemonic)] {
                all_near(a.as_deref().unwrap_or_default(), b.as_deref().unwrap_or_default(), 1e-12);
            }
        }
        assert!(a.stages[2].daemonic.as_ref().unwrap()[0] > a.stages[2].ergotropy[0] + 0.1);
        assert_eq!(a.fixed_point.is_ok(), b.fixed_point.is_ok());
        if let (Ok(a), Ok(b)) = (&a.fixed_point, &b.fixed_point) {
            near(a.energy, b.energy, 1e-10);
        }
    }
}

#[test]
fn measured_chargers_tell_what_the_battery_has() {
    // All up and an empty battery: N - 1 excitations mean a full battery.
    for chargers in [2, 3, 5] {
        let pure = NmrStar { charger_excitation: 1.0, battery_excitation: 0.0, ..star(chargers) };
        let theta = 0.6;
        let found = run(&pure, &[evolve(Some(theta / 1.3)), measure(Part::Charger)], 1);
        let p = (0.5 * theta * (chargers as f64).sqrt()).sin().powi(2);
        near(cycles(&found).stages[1].daemonic.as_ref().unwrap()[0], OMEGA * p, 1e-12);
        near(cycles(&found).energy[0], OMEGA * p, 1e-12);
        near(cycles(&found).ergotropy[0], OMEGA * (2.0 * p - 1.0).max(0.0), 1e-12);
        // Upside down the empty battery is the one that can give.
        let upside_down = NmrStar { frequency: -OMEGA, ..pure };
        let found = run(&upside_down, &[evolve(Some(theta / 1.3)), measure(Part::Charger)], 1);
        near(cycles(&found).stages[1].daemonic.as_ref().unwrap()[0], OMEGA * (1.0 - p), 1e-12);
        near(cycles(&found).ergotropy[0], OMEGA * (1.0 - 2.0 * p).max(0.0), 1e-12);
    }
    // Two chargers at q: |0> with n excitations swaps in j = 1 only, at sqrt(2) J; counts share both total spins.
    let (q, theta) = (0.7f64, 1.8f64);
    let mixed = NmrStar { charger_excitation: q, battery_excitation: 0.0, ..star(2) };
    let found = run(&mixed, &[evolve(Some(theta / 1.3)), measure(Part::Charger)], 1);
    let moved = (0.5 * theta * 2f64.sqrt()).sin().powi(2);
    let (both, one) = (q * q * moved, q * (1.0 - q) * moved);
    let without = [(1.0 - q).powi(2), 2.0 * q * (1.0 - q) - one, q * q - both];
    let with = [one, both, 0.0];
    let expected: f64 = with.iter().zip(&without).map(|(a, b)| (a - b).max(0.0)).sum();
    near(cycles(&found).stages[1].daemonic.as_ref().unwrap()[0], OMEGA * expected, 1e-12);
    near(cycles(&found).energy[0], OMEGA * (one + both), 1e-12);
    assert!(expected > 0.0);
}

#[test]
fn spins_relax_with_t1_and_t2() {
    let star = NmrStar { battery_excitation: 0.0, ..relaxing(3) };
    let t = 1.7;
    let found = run(&star, &[pulse(Part::Battery, FRAC_PI_2), wait(t)], 1);
    let p = 0.2 + 0.3 * (-t / 7.0f64).exp();
    let coherence = 0.5 * (-t / 9.0f64).exp();
    near(cycles(&found).energy[0], OMEGA * p, 1e-12);
    let ergotropy = OMEGA * (p - 0.5 + (p - 0.5).hypot(coherence));
    near(cycles(&found).ergotropy[0], ergotropy, 1e-12);
    near(cycles(&found).stages[1].charger[0], 0.3 + 0.5 * (-t / 3.3f64).exp(), 1e-12);
    // Equal equilibria: the product of thermal states is stationary with the coupling on.
    let mut thermal = relaxing(3);
    thermal.charger.equilibrium = 0.2;
    let charging = thermal.charge(&request(vec![0.5])).unwrap();
    let limit = charging.asymptote.limit.unwrap();
    near(limit.energy, OMEGA * 0.2, 1e-11);
    near(limit.fluctuation, OMEGA * 0.4, 1e-11);
    assert!(charging.asymptote.certified && charging.asymptote.unique == Some(true));
    // Relaxation acts while spins exchange: far from the sum over total spins.
    let late = relaxing(3).charge(&request(vec![60.0])).unwrap();
    near(late.series.merits[0].energy, late.asymptote.limit.unwrap().energy, 1e-6);
}

#[test]
fn optimal_durations_follow_the_chargers_of_the_first_cycle() {
    let star = star(3);
    let found = run(&star, &[evolve(None), wait(0.0), evolve(None)], 2);
    let spins = SpinStar::new(3).unwrap();
    let stages = &cycles(&found).stages;
    near(stages[0].duration, spins.first_maximum(0.8) / 1.3, 1e-13);
    // p + N q is conserved.
    let q = 0.8 + (0.15 - stages[0].energy[0] / OMEGA) / 3.0;
    near(stages[0].charger[0], q, 1e-12);
    near(stages[2].duration, spins.first_maximum(q) / 1.3, 1e-10);
    assert!((stages[2].duration - stages[0].duration).abs() > 1e-4);
}

#[test]
fn other_methods_agree() {
    let verified = Request { verify: true, ..request(vec![0.3, 1.0, 4.0]) };
    let stages = vec![reset(Part::Charger, 0.8), evolve(Some(0.6)), pulse(Part::Battery, 0.3), wait(1.0)];
    let protocol = Protocol { system: ProtocolSystem::NmrStar(relaxing(3)), stages, repeat: 3, shown: None };
    for charging in [protocol.charge(&verified).unwrap(), relaxing(4).charge(&verified).unwrap()] {
        let verification = charging.verification.unwrap();
        assert!(verification.differences.len() > 9);
        for (quantity, difference) in verification.differences {
            assert!(difference < 1e-8, "{quantity} {difference:e}");
        }
    }
    let plan = protocol.plan(&verified).unwrap();
    assert_eq!((plan.method.name(), plan.dimension), ("stages", 12));
    let plan = relaxing(4).plan(&verified).unwrap();
    assert_eq!((plan.method.name(), plan.dimension), ("exponential", 18));
}

#[test]
fn misuse_is_told() {
    let told = |star: NmrStar, request: &Request| star.charge(request).unwrap_err().to_string();
    let mut hot = relaxing(2);
    hot.charger.equilibrium = 0.5;
    let message = told(hot, &request(vec![1.0]));
    assert!(message.starts_with("`charger.equilibrium` must be below 1/2"), "{message}");
    assert!(message.contains("an equilibrium of 1/2 or more has no thermal bath"), "{message}");
    let spin_star = Request { method: Some(leyden::Method::SpinStar), ..request(vec![1.0]) };
    assert!(told(star(2), &spin_star).contains("one of auto, eigenvectors"));
    let stages = Request { method: Some(leyden::Method::Stages), ..request(vec![1.0]) };
    assert!(told(star(2), &stages).contains("stages"));
    let small = Request { memory_limit: 1e6, ..request(vec![1.0]) };
    assert!(told(relaxing(36), &small).contains("lower the number of chargers"));
    let refused = |star: NmrStar, stages: Vec<Stage>, request: &Request| {
        let protocol = Protocol { system: ProtocolSystem::NmrStar(star), stages, repeat: 2, shown: None };
        protocol.charge(request).unwrap_err().to_string()
    };
    let plain = request(Vec::new());
    assert!(refused(star(2), vec![wait(-1.0)], &plain).contains("`duration`"));
    assert!(refused(star(2), vec![], &plain).contains("at least one stage"));
    assert!(refused(star(2), vec![wait(1.0)], &spin_star).contains("stages"));
    let state = ResetState::State(InitialState::Coherent(1.0));
    let coherent = |target| vec![stage(Task::Reset { target, state: state.clone() })];
    assert!(refused(star(2), coherent(Part::Charger), &plain).starts_with("charger: "));
    assert!(refused(star(2), coherent(Part::Battery), &plain).starts_with("battery: "));
}
