//! Protocols against closed forms, brute force in other spaces and frames, and iteration.

mod common;

use common::star;
use leyden::asymptote::Detail;
use leyden::charge::{Charging, Error, Request};
use leyden::model::{Cell, ChargerBattery, NoiseRates};
use leyden::protocol::{Cycles, Extraction, Part, Protocol, ProtocolSystem, ResetState, Stage, Task};
use leyden::space::InitialState::{Excited, Ground};
use leyden::why::CycleTrouble;
use leyden::{Method, Why};

const QUARTER: f64 = std::f64::consts::FRAC_PI_4;

/// Undriven and noiseless, charger excited, g = omega = 1.
fn pair() -> ChargerBattery {
    let mut model = star(1, Cell::Qubit, 0.0, 0.0);
    model.drive = None;
    model.initial.charger = Excited;
    model
}

fn stage(task: Task) -> Stage {
    Stage { task, points: 3 }
}

fn evolve(duration: f64) -> Stage {
    stage(Task::Evolve { duration: Some(duration), system: None })
}

fn wait(duration: f64, model: &ChargerBattery, battery: NoiseRates) -> Stage {
    let mut own = model.clone();
    own.battery.noise = battery;
    stage(Task::Wait { duration, system: Some(Box::new(own)) })
}

fn relaxing(k: f64) -> NoiseRates {
    NoiseRates { relaxation: k, ..NoiseRates::default() }
}

fn request(method: &str) -> Request {
    Request {
        method: common::method(method),
        tolerance: 1e-11,
        detail: Detail::Limit,
        memory_limit: 4e9,
        ..Request::default()
    }
}

fn measured(target: Part) -> Stage {
    stage(Task::Measure { target, outcome: None })
}

fn protocol(model: &ChargerBattery, stages: Vec<Stage>, repeat: usize) -> Protocol {
    Protocol { system: ProtocolSystem::ChargerBattery(model.clone()), stages, repeat, shown: None }
}

fn run_by(method: &str, model: &ChargerBattery, stages: Vec<Stage>, repeat: usize) -> Charging {
    let charging = protocol(model, stages, repeat).charge(&request(method)).unwrap();
    assert_eq!(charging.outcome, leyden::evolve::Outcome::Converged);
    assert!(charging.checks.energy_balance < 1e-10 && charging.checks.trace < 1e-10);
    charging
}

fn run(model: &ChargerBattery, stages: Vec<Stage>, repeat: usize) -> Charging {
    run_by("auto", model, stages, repeat)
}

fn cycles(charging: &Charging) -> &Cycles {
    charging.cycles.as_ref().unwrap()
}

fn last(charging: &Charging) -> (f64, f64) {
    (*charging.series.energy().last().unwrap(), *charging.series.ergotropy().last().unwrap())
}

fn near(a: f64, b: f64, error: f64) {
    assert!((a - b).abs() <= error, "{a} {b}");
}

#[test]
fn charge_store_discharge_of_two_qubits() {
    // p = sin^2(gt) = 1, then e^{-kt}, then E(1 - e^{-rate t}) goes into the load.
    let model = pair();
    let (k, t, rate, unload) = (0.3, 1.7, 2.0, 0.8);
    for method in ["auto", "taylor", "explicit"] {
        let stages = vec![
            evolve(2.0 * QUARTER),
            wait(t, &model, relaxing(k)),
            stage(Task::Extract(Extraction::Load { rate, duration: unload })),
        ];
        let charging = run_by(method, &model, stages, 1);
        let stored = (-k * t).exp();
        let records = &cycles(&charging).stages;
        near(records[0].energy[0], 1.0, 1e-10);
        near(records[0].ergotropy[0], 1.0, 1e-10);
        near(records[0].charger[0], 0.0, 1e-10);
        near(records[1].energy[0], stored, 1e-10);
        near(records[1].ergotropy[0], (2.0 * stored - 1.0).max(0.0), 1e-10);
        near(records[2].energy[0], stored * (-rate * unload).exp(), 1e-10);
        near(records[2].extracted.as_ref().unwrap()[0], stored * (1.0 - (-rate * unload).exp()), 1e-10);
        assert_eq!(records.iter().map(|r| r.kind).collect::<Vec<_>>(), ["evolve", "wait", "extract"]);
        // t = 0, then three times of every stage.
        assert_eq!(charging.times.len(), 10);
        near(charging.times[1], 2.0 * QUARTER / 3.0, 1e-15);
        near(charging.series.merits[1].energy, (2.0 * QUARTER / 3.0).sin().powi(2), 1e-10);
        near(charging.series.power[1], (4.0 * QUARTER / 3.0).sin(), 1e-10);
        near(cycles(&charging).duration, 2.0 * QUARTER + t + unload, 1e-15);
        assert_eq!(charging.method.name(), "stages");
        assert!(charging.charging_time.is_err());
    }
}

#[test]
fn a_load_beside_other_losses_takes_its_share() {
    // Down at k + rate in all: the load gets rate/(k + rate) of what leaves.
    let mut model = pair();
    model.initial.battery = Excited;
    model.battery.noise = relaxing(0.5);
    let stages = || vec![stage(Task::Extract(Extraction::Load { rate: 1.5, duration: 2.0 }))];
    for method in ["auto", "taylor"] {
        let charging = run_by(method, &model, stages(), 2);
        let taken = cycles(&charging).stages[0].extracted.clone().unwrap();
        near(taken[0], 0.75 * (1.0 - (-4.0_f64).exp()), 1e-11);
        near(taken[1], taken[0] * (-4.0_f64).exp(), 1e-11);
    }
}

#[test]
fn pulses_turn_all_cells() {
    let mut model = star(3, Cell::Qubit, 0.0, 0.0);
    model.drive = None;
    let pulse = |target, angle| stage(Task::Pulse { target, angle });
    let flipped = run(&model, vec![pulse(Part::Battery, 4.0 * QUARTER)], 1);
    near(last(&flipped).0, 3.0, 1e-13);
    assert_eq!(flipped.times, [0.0, 0.0]);
    assert!(flipped.maximum_power.is_err());
    let charger = run(&model, vec![pulse(Part::Charger, 4.0 * QUARTER)], 1);
    near(cycles(&charger).stages[0].charger[0], 1.0, 1e-14);
    near(last(&charger).0, 0.0, 1e-15);
    // A quarter turn: E = 3 sin^2(pi/4), pure, so all of it is ergotropy.
    let quarter = run(&model, vec![pulse(Part::Battery, 2.0 * QUARTER)], 1);
    near(last(&quarter).0, 1.5, 1e-13);
    near(last(&quarter).1, 1.5, 1e-13);
}

#[test]
fn coherent_ergotropy_decays_with_t2() {
    // After pi/2: E = w/2, W = w e^{-gamma t/2}/2, all of it coherent.
    let model = pair();
    let (gamma, t) = (0.4, 1.3);
    let noise = NoiseRates { dephasing: gamma, ..NoiseRates::default() };
    let stages = vec![
        stage(Task::Pulse { target: Part::Battery, angle: 2.0 * QUARTER }),
        wait(t, &model, noise),
        stage(Task::Dephase { target: Part::Battery }),
    ];
    let charging = run(&model, stages, 1);
    let records = &cycles(&charging).stages;
    near(records[0].ergotropy[0], 0.5, 1e-14);
    near(records[1].energy[0], 0.5, 1e-13);
    near(records[1].ergotropy[0], 0.5 * (-0.5 * gamma * t).exp(), 1e-13);
    near(charging.series.merits[4].ergotropy.coherent, 0.5 * (-0.5 * gamma * t).exp(), 1e-13);
    near(records[2].ergotropy[0], 0.0, 1e-14);
}

#[test]
fn measuring_the_charger_of_a_bell_state() {
    // Half a swap: (|eg> - i|ge>)/sqrt 2. Unmeasured the next half completes it, measured it mixes.
    let model = pair();
    let charging = run(&model, vec![evolve(QUARTER), measured(Part::Charger), evolve(QUARTER)], 1);
    let records = &cycles(&charging).stages;
    near(records[1].energy[0], 0.5, 1e-13);
    near(records[1].ergotropy[0], 0.0, 1e-13);
    near(records[1].daemonic.as_ref().unwrap()[0], 0.5, 1e-13);
    near(records[2].energy[0], 0.5, 1e-13);
    near(last(&run(&model, vec![evolve(QUARTER), evolve(QUARTER)], 1)).0, 1.0, 1e-13);
    assert!(records[0].daemonic.is_none() && records[1].extracted.is_none());
}

#[test]
fn a_reset_breaks_correlations() {
    // |g><g| (x) 1/2 after half a swap and a reset of the charger: E_B = cos^2(gt)/2.
    let model = pair();
    let reset = |target, state| stage(Task::Reset { target, state });
    let stages = vec![evolve(QUARTER), reset(Part::Charger, ResetState::State(Ground)), evolve(0.4)];
    near(last(&run(&model, stages, 1)).0, 0.5 * 0.4_f64.cos().powi(2), 1e-13);
    // And of the battery: the charger keeps what it has.
    let stages = vec![evolve(QUARTER), reset(Part::Battery, ResetState::Excitation(0.3)), evolve(0.4)];
    let expected = 0.3 * 0.4_f64.cos().powi(2) + 0.5 * 0.4_f64.sin().powi(2);
    near(last(&run(&model, stages, 1)).0, expected, 1e-13);
}

/// Reset of the charger to q, a partial swap, a wait with relaxation to b = n/(2n+1).
fn recursion(model: &ChargerBattery, q: f64, t: f64, k: f64, n: f64, delta: f64) -> Vec<Stage> {
    let noise = NoiseRates { relaxation: k, thermal_occupation: n, ..NoiseRates::default() };
    vec![
        stage(Task::Reset { target: Part::Charger, state: ResetState::Excitation(q) }),
        evolve(t),
        wait(delta, model, noise),
    ]
}

#[test]
fn cycles_follow_the_affine_recursion() {
    let model = pair();
    let (q, t, k, n, delta) = (0.8, 0.6, 0.25_f64, 0.3, 1.1);
    let (lam, r, b) = (0.6_f64.cos().powi(2), (-k * (2.0 * n + 1.0) * delta).exp(), n / (2.0 * n + 1.0));
    let charging = run(&model, recursion(&model, q, t, k, n, delta), 12);
    let mut p = 0.0;
    for energy in &cycles(&charging).energy {
        p = b + (q + (p - q) * lam - b) * r;
        near(*energy, p, 1e-12);
    }
    let fixed = (r * q * (1.0 - lam) + b * (1.0 - r)) / (1.0 - r * lam);
    let found = cycles(&charging).fixed_point.unwrap();
    near(found.energy, fixed, 1e-12);
    near(found.ergotropy, (2.0 * fixed - 1.0).max(0.0), 1e-12);
    let convergence = cycles(&charging).convergence.unwrap();
    near(convergence.multiplier.re, r * lam, 1e-12);
    near(convergence.multiplier.im, 0.0, 1e-12);
    near(convergence.rate, -(r * lam).ln(), 1e-11);
    assert!(charging.asymptote.certified);
    near(charging.asymptote.limit.unwrap().energy, fixed, 1e-12);
    // Ten thousand cycles lead to the same.
    let many = run(&model, recursion(&model, q, t, k, n, delta), 10_000);
    near(*cycles(&many).energy.last().unwrap(), fixed, 1e-10);
}

#[test]
fn a_full_swap_needs_one_cycle() {
    let model = pair();
    let stages = recursion(&model, 0.8, 2.0 * QUARTER, 0.1, 0.0, 1.0);
    let convergence = cycles(&run(&model, stages, 1)).convergence.unwrap();
    assert!(convergence.rate.is_infinite() && convergence.multiplier.norm() == 0.0);
    // With the reset at the end what the charger starts with is gone after two cycles: M is nilpotent beside its fixed point.
    let reset = stage(Task::Reset { target: Part::Charger, state: ResetState::Excitation(0.8) });
    let charging = run(&model, vec![evolve(2.0 * QUARTER), reset.clone()], 3);
    for (energy, expected) in cycles(&charging).energy.iter().zip([1.0, 0.8, 0.8]) {
        near(*energy, expected, 1e-13);
    }
    near(cycles(&charging).fixed_point.unwrap().energy, 0.8, 1e-13);
    assert!(cycles(&charging).convergence.unwrap().rate.is_infinite());
    // A pulse of the charger fills the matrix: its zeros would come out as 1e-8, with weight.
    let pulse = stage(Task::Pulse { target: Part::Charger, angle: 0.9 });
    let noise = NoiseRates { dephasing: 0.3, ..NoiseRates::default() };
    let stages = vec![pulse, evolve(2.0 * QUARTER), wait(0.7, &model, noise), reset];
    let charging = run(&model, stages, 5);
    let Cycles { energy, ergotropy, fixed_point, convergence, .. } = cycles(&charging);
    near((*fixed_point).unwrap().energy, energy[4], 1e-13);
    near((*fixed_point).unwrap().ergotropy, ergotropy[4], 1e-13);
    near(ergotropy[3], ergotropy[4], 1e-13);
    assert!((*convergence).unwrap().rate.is_infinite(), "{convergence:?}");
}

#[test]
fn modes_that_coincide_still_have_a_multiplier() {
    // Critical damping of the swap, gamma = 8g: z'' + 4g z' + 4g^2 z = 0, e^{-2gt} twice.
    let mut model = pair();
    model.charger.noise.dephasing = 8.0;
    let charging = run(&model, vec![evolve(0.5)], 40);
    near(cycles(&charging).fixed_point.unwrap().energy, 0.5, 1e-12);
    near(*cycles(&charging).energy.last().unwrap(), 0.5, 1e-12);
    let multiplier = cycles(&charging).convergence.unwrap().multiplier;
    // A double eigenvalue splits by the square root of rounding.
    assert!((multiplier - (-1.0_f64).exp()).norm() < 1e-7, "{multiplier}");
}

#[test]
fn cycles_too_large_for_matrices_lead_to_the_same() {
    let model = pair();
    let stages = || recursion(&model, 0.8, 0.6, 0.25, 0.3, 1.1);
    let (dense, free) = (run(&model, stages(), 3), run_by("taylor", &model, stages(), 3));
    let (a, b) = (cycles(&dense), cycles(&free));
    near(a.energy[2], b.energy[2], 1e-10);
    near(a.fixed_point.unwrap().energy, b.fixed_point.unwrap().energy, 1e-9);
    let multiplier = |c: &Cycles| c.convergence.unwrap().multiplier.re;
    near(multiplier(a), multiplier(b), 1e-8);
    // A driven, damped pair, whose multipliers are complex.
    let mut driven = star(1, Cell::Qubit, 0.7, 0.3);
    driven.charger.noise.relaxation = 0.2;
    let stages = || vec![evolve(0.9), wait(0.5, &driven, relaxing(0.1)), measured(Part::Charger)];
    let (dense, free) = (run(&driven, stages(), 1), run_by("taylor", &driven, stages(), 1));
    let many = run(&driven, stages(), 4000);
    let (a, b) = (cycles(&dense), cycles(&free));
    let fixed = a.fixed_point.unwrap();
    near(fixed.energy, b.fixed_point.unwrap().energy, 1e-9);
    near(fixed.energy, *cycles(&many).energy.last().unwrap(), 1e-10);
    near(fixed.ergotropy, *cycles(&many).ergotropy.last().unwrap(), 1e-10);
    let (a, b) = (a.convergence.unwrap().multiplier, b.convergence.unwrap().multiplier);
    // Cycles are integrated to 1e-12, and Krylov vectors divide by small remainders.
    assert!((a - b).norm() < 1e-8, "{a} {b}");
    // Late differences follow d_k = 2 Re mu d_k-1 - |mu|^2 d_k-2 of one pair, or d_k = mu d_k-1.
    let e = &cycles(&many).energy;
    let d = |k: usize| e[k] - fixed.energy;
    let last = (0..e.len()).rev().find(|&k| d(k).abs() > 1e-6).unwrap();
    let of_pair = 2.0 * a.re * d(last - 1) - a.norm_sqr() * d(last - 2);
    let expected = if a.im == 0.0 { a.re * d(last - 1) } else { of_pair };
    assert!((d(last) - expected).abs() < 1e-6 * d(last - 2).abs(), "{last}: {} {expected} {a}", d(last));
}

#[test]
fn a_unitary_cycle_does_not_settle() {
    let model = pair();
    for method in ["auto", "taylor"] {
        let charging = run_by(method, &model, vec![evolve(0.7)], 2);
        let why = cycles(&charging).fixed_point.unwrap_err();
        assert!(matches!(why, Why::Cycle(CycleTrouble::Turns { .. })), "{why}");
        assert_eq!(charging.asymptote.why(), Some(why.to_string()));
        near(cycles(&charging).energy[1], 1.4_f64.sin().powi(2), 1e-12);
    }
}

#[test]
fn extraction_by_the_best_unitary_in_every_cycle() {
    // p' = 1 + (p - 1) lam > 1/2 becomes 1 - p': p* = lam/(1 + lam), multiplier -lam, and 2p' - 1 is taken.
    let model = pair();
    let lam = 1.2_f64.cos().powi(2);
    let stages = || {
        vec![
            stage(Task::Reset { target: Part::Charger, state: ResetState::State(Excited) }),
            evolve(1.2),
            stage(Task::Extract(Extraction::Unitary)),
        ]
    };
    for method in ["auto", "taylor"] {
        let charging = run_by(method, &model, stages(), 30);
        let all = cycles(&charging);
        let fixed = lam / (1.0 + lam);
        near(all.fixed_point.unwrap().energy, fixed, 1e-10);
        near(all.convergence.unwrap().multiplier.re, -lam, 1e-4);
        near(all.stages[2].extracted.as_ref().unwrap()[29], 1.0 - 2.0 * fixed, 1e-10);
        near(all.stages[2].extracted.as_ref().unwrap()[0], 1.0 - 2.0 * lam, 1e-10);
        assert!(!charging.asymptote.certified);
    }
}

#[test]
fn local_noise_in_one_stage_opens_all_spins() {
    // Spin sectors against the product of three cells whose couplings differ in the last digit.
    let mut equal = star(3, Cell::Qubit, 0.4, 0.2);
    equal.charger.noise.relaxation = 0.1;
    let mut product = equal.clone();
    product.coupling.strengths[2] += 4e-16;
    let stages = |model: &ChargerBattery| {
        let noise = NoiseRates { relaxation: 0.2, thermal_occupation: 0.1, dephasing: 0.3, pumping: 0.0 };
        vec![
            stage(Task::Reset { target: Part::Battery, state: ResetState::Excitation(0.3) }),
            evolve(0.8),
            stage(Task::Pulse { target: Part::Battery, angle: 0.9 }),
            stage(Task::Pulse { target: Part::Charger, angle: 0.5 }),
            wait(0.7, model, noise),
            measured(Part::Battery),
            evolve(0.6),
            measured(Part::Charger),
            stage(Task::Extract(Extraction::Load { rate: 0.4, duration: 0.5 })),
        ]
    };
    let (a, b) = (run(&equal, stages(&equal), 2), run(&product, stages(&product), 2));
    for (x, y) in [
        (&a.series.energy(), &b.series.energy()),
        (&a.series.ergotropy(), &b.series.ergotropy()),
        (&a.series.column(|m| m.ergotropy.local), &b.series.column(|m| m.ergotropy.local)),
        (&a.series.column(|m| m.ergotropy.incoherent), &b.series.column(|m| m.ergotropy.incoherent)),
        (&a.series.column(|m| m.purity), &b.series.column(|m| m.purity)),
        (&a.series.column(|m| m.fluctuation), &b.series.column(|m| m.fluctuation)),
    ] {
        for (x, y) in x.iter().zip(y) {
            near(*x, *y, 1e-10);
        }
    }
    let (a, b) = (cycles(&a), cycles(&b));
    near(a.stages[7].daemonic.as_ref().unwrap()[1], b.stages[7].daemonic.as_ref().unwrap()[1], 1e-10);
    near(a.stages[8].extracted.as_ref().unwrap()[1], b.stages[8].extracted.as_ref().unwrap()[1], 1e-10);
    near(a.stages[8].charger[1], b.stages[8].charger[1], 1e-10);
    near(a.fixed_point.unwrap().energy, b.fixed_point.unwrap().energy, 1e-9);
    near(a.fixed_point.unwrap().ergotropy, b.fixed_point.unwrap().ergotropy, 1e-9);
}

#[test]
fn collective_storage_stays_on_the_ladder() {
    // Collective loss into the load of a star: the superradiant cascade 3 -> 2 -> 1 -> 0 by rate equations.
    let mut model = star(3, Cell::Qubit, 0.0, 0.0);
    model.drive = None;
    model.battery.collective_noise = true;
    model.initial.battery = Excited;
    let charging = run(&model, vec![stage(Task::Extract(Extraction::Load { rate: 1.0, duration: 0.9 }))], 1);
    // Rates n(N-n+1) = 3, 4, 3 from n = 3, 2, 1; small steps of the cascade.
    let (mut p, steps) = ([0.0, 0.0, 0.0, 1.0_f64], 900);
    let rates = [0.0, 3.0, 4.0, 3.0];
    let slope = |p: [f64; 4]| -> [f64; 4] {
        std::array::from_fn(|n| if n < 3 { rates[n + 1] * p[n + 1] } else { 0.0 } - rates[n] * p[n])
    };
    let h = 0.9 / steps as f64;
    for _ in 0..steps {
        let step = |k: [f64; 4], c: f64| -> [f64; 4] { std::array::from_fn(|n| p[n] + c * h * k[n]) };
        let k1 = slope(p);
        let k2 = slope(step(k1, 0.5));
        let k3 = slope(step(k2, 0.5));
        let k4 = slope(step(k3, 1.0));
        p = std::array::from_fn(|n| p[n] + h / 6.0 * (k1[n] + 2.0 * k2[n] + 2.0 * k3[n] + k4[n]));
    }
    let left: f64 = p.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
    near(last(&charging).0, left, 1e-11);
    near(cycles(&charging).stages[0].extracted.as_ref().unwrap()[0], 3.0 - left, 1e-11);
}

#[test]
fn drives_of_two_frequencies_against_the_common_frame() {
    use leyden::evolve::{Evolve, Explicit};
    use leyden::lindblad::{Channel, Generator, Lindbladian, Modulation, Shape};
    use leyden::operator::{Hermitian, Operator};
    use std::ops::ControlFlow;

    // Two pulses of a driven charger with a pause between: the phase that the pause leaves matters.
    let mut base = star(1, Cell::Qubit, 0.9, 0.15);
    base.charger.frequency = 1.2;
    let mut second = base.clone();
    second.drive.as_mut().unwrap().frequency = 1.7;
    second.drive.as_mut().unwrap().amplitude = 0.6;
    let own = |system: &ChargerBattery, duration| {
        stage(Task::Evolve { duration: Some(duration), system: Some(Box::new(system.clone())) })
    };
    let stages = || {
        vec![
            own(&second, 1.1),
            stage(Task::Wait { duration: 0.8, system: None }),
            evolve(0.9),
            own(&second, 0.5),
        ]
    };
    let charging = run(&base, stages(), 2);
    let free = run_by("taylor", &base, stages(), 2);

    // The same in the frame of the base's drive, where the second drive turns.
    let sm = Operator::spin_lowering(2);
    let (c, b) = (sm.kron(&Operator::identity(2)), Operator::identity(2).kron(&sm));
    let number = &c.adjoint() * &c;
    let bare = 0.2 * &number;
    let coupled = &bare + &(&c.adjoint() * &b).plus_adjoint();
    let channel = || vec![Channel { rate: 0.15, jump: number.clone() }];
    let quadrature = (&c - &c.adjoint()).scaled(num_complex::Complex64::I);
    let turning = || {
        let phase = -std::f64::consts::FRAC_PI_2;
        vec![
            Modulation {
                operator: 0.6 * c.plus_adjoint(),
                shape: Shape::Cosine { frequency: 0.7, phase: 0.0 },
            },
            Modulation { operator: 0.6 * quadrature.clone(), shape: Shape::Cosine { frequency: 0.7, phase } },
        ]
    };
    let steady = Lindbladian::new(&coupled + &(0.9 * c.plus_adjoint()), channel()).unwrap();
    let idle = Lindbladian::new(bare, channel()).unwrap();
    let other = Lindbladian::modulated(coupled.clone(), channel(), turning()).unwrap();
    let mut rho = Hermitian::level(4, 0);
    let energy = Hermitian::from_operator(&(&b.adjoint() * &b));
    let mut energies = Vec::new();
    for _ in 0..2 {
        for (l, t) in [(&other, 1.1), (&idle, 0.8), (&steady, 0.9), (&other, 0.5)] {
            let mut end = rho.clone();
            Explicit { tolerance: 1e-13 }
                .evolve(&Generator::new(l), &rho, &[t], &mut |_, _, s| {
                    end.s_mut().copy_from_slice(s);
                    ControlFlow::Continue(())
                })
                .unwrap();
            rho = end;
            energies.push(rho.expect(&energy));
        }
    }
    for (k, expected) in energies.iter().enumerate() {
        near(cycles(&charging).stages[k % 4].energy[k / 4], *expected, 1e-10);
        near(cycles(&free).stages[k % 4].energy[k / 4], *expected, 1e-10);
    }
    assert!(energies.iter().all(|e| *e > 1e-3));
}

#[test]
fn a_dipole_drive_starts_anew_in_every_stage() {
    // In the laboratory frame: the drive has phase 0 at the start of every stage.
    use leyden::model::CouplingForm;
    let mut model = star(1, Cell::Qubit, 0.3, 0.1);
    model.coupling.form = CouplingForm::Dipole;
    model.coupling.strengths = vec![0.2];
    let charging = run(&model, vec![evolve(1.7)], 2);
    // The model alone gives the first stage; a second one starts from the same phase but another state.
    let alone = model.charge(&Request { times: vec![0.0, 1.7], ..request("auto") }).unwrap();
    near(cycles(&charging).energy[0], alone.series.merits[1].energy, 1e-9);
    let long = model.charge(&Request { times: vec![0.0, 3.4], ..request("auto") }).unwrap();
    assert!((cycles(&charging).energy[1] - long.series.merits[1].energy).abs() > 1e-3);
    // A drive whose period fits into the stage does not notice.
    let period = std::f64::consts::TAU;
    let charging = run(&model, vec![evolve(period)], 2);
    let long = model.charge(&Request { times: vec![0.0, 2.0 * period], ..request("auto") }).unwrap();
    near(cycles(&charging).energy[1], long.series.merits[1].energy, 1e-9);
    // An exchange coupling in the laboratory frame of a protocol with a dipole stage is the one in its own frame.
    let exchange = star(1, Cell::Qubit, 0.3, 0.1);
    let dipole = || stage(Task::Evolve { duration: Some(0.0), system: Some(Box::new(model.clone())) });
    let (a, b) = (run(&exchange, vec![evolve(1.3)], 1), run(&exchange, vec![dipole(), evolve(1.3)], 1));
    near(last(&a).0, last(&b).0, 1e-10);
    near(last(&a).1, last(&b).1, 1e-10);
}

#[test]
fn oscillators_grow_until_their_highest_levels_stay_empty() {
    use leyden::model::Cutoff;
    // A micromaser without losses: an excited qubit meets the oscillator again and again. P_n follows
    // P_n -> P_n cos^2(gt sqrt(n+1)) + P_{n-1} sin^2(gt sqrt n).
    let model = |cutoff| {
        let mut model = pair();
        model.battery.cell = Cell::Oscillator(cutoff);
        model
    };
    let t = 0.9;
    let stages = || {
        vec![
            stage(Task::Reset { target: Part::Charger, state: ResetState::State(Excited) }),
            stage(Task::Evolve { duration: Some(t), system: None }),
        ]
    };
    let charging = run(&model(Cutoff::Auto), stages(), 30);
    assert!(charging.levels.battery > 13, "{:?}", charging.levels);
    let mut p = vec![0.0; 40];
    p[0] = 1.0;
    for energy in &cycles(&charging).energy {
        let swap = |n: usize| (t * (n as f64).sqrt()).sin().powi(2);
        p = (0..40)
            .map(|n| p[n] * (1.0 - swap(n + 1)) + if n > 0 { p[n - 1] * swap(n) } else { 0.0 })
            .collect();
        near(*energy, p.iter().enumerate().map(|(n, p)| n as f64 * p).sum(), 1e-9);
    }
    let cut = protocol(&model(Cutoff::Levels(6)), stages(), 30).charge(&request("auto"));
    assert!(matches!(cut.unwrap().outcome, leyden::evolve::Outcome::CutoffTooSmall { .. }));
}

#[test]
fn two_methods_agree_when_asked_to() {
    let mut model = star(5, Cell::Qubit, 0.0, 0.2);
    model.drive = None;
    model.battery.noise = relaxing(0.05);
    let stages = || {
        vec![
            stage(Task::Reset { target: Part::Charger, state: ResetState::Excitation(0.9) }),
            evolve(0.3),
            stage(Task::Extract(Extraction::Load { rate: 0.1, duration: 0.5 })),
        ]
    };
    let verified = Request { verify: true, ..request("auto") };
    let charging = protocol(&model, stages(), 3).charge(&verified).unwrap();
    let differences = charging.verification.as_ref().unwrap().differences.clone();
    assert!(differences.len() > 10 && differences.iter().all(|(_, x)| *x < 1e-8), "{differences:?}");
    let other = run_by("implicit", &model, stages(), 1);
    let (a, b) = (cycles(&charging), cycles(&other));
    near(a.stages[2].extracted.as_ref().unwrap()[0], b.stages[2].extracted.as_ref().unwrap()[0], 1e-9);
    let (x, y) = (a.convergence.unwrap().multiplier, b.convergence.unwrap().multiplier);
    assert!((x - y).norm() < 1e-8 && a.fixed_point.is_ok(), "{x} {y}");
    let plan = protocol(&model, stages(), 3).plan(&request("auto")).unwrap();
    assert_eq!((plan.method, plan.dimension), (Method::Stages, 24));
}

#[test]
fn sentences_name_the_stage() {
    let model = pair();
    let error = |stages: Vec<Stage>, repeat| -> String {
        let found = protocol(&model, stages, repeat).charge(&request("auto"));
        assert!(matches!(found, Err(Error::Protocol(_))));
        found.unwrap_err().to_string()
    };
    assert_eq!(error(vec![], 1), "a protocol must have at least one stage, but has none");
    assert_eq!(error(vec![evolve(1.0)], 0), "`repeat` must be at least 1, but is 0");
    assert_eq!(
        error(vec![evolve(1.0), evolve(-1.0)], 1),
        "stage 2: `duration` must be finite and at least 0, but is -1"
    );
    let reset = stage(Task::Reset { target: Part::Charger, state: ResetState::Excitation(1.5) });
    assert_eq!(error(vec![reset], 1), "stage 1: `excitation` must be between 0 and 1, but is 1.5");
    let none = stage(Task::Evolve { duration: None, system: None });
    assert!(error(vec![none], 1).starts_with("stage 1: `duration` is missing"));
    let own = stage(Task::Wait { duration: 1.0, system: Some(Box::new(star(2, Cell::Qubit, 0.0, 0.0))) });
    assert_eq!(
        error(vec![own], 1),
        "stage 1: `battery.frequencies` must be the same as in the system of the protocol"
    );
    let mut qudits = star(2, Cell::Qudit(3), 0.5, 0.0);
    qudits.drive = None;
    let pulse = stage(Task::Pulse { target: Part::Battery, angle: 1.0 });
    let found = protocol(&qudits, vec![pulse], 1).charge(&request("auto"));
    assert_eq!(
        found.unwrap_err().to_string(),
        "stage 1: a pulse needs qubits, but the battery is made of qudits"
    );
    let found = protocol(&model, vec![evolve(1.0)], 1).charge(&request("moments"));
    assert!(found.unwrap_err().to_string().contains("knows no stages"));
    let found = model.charge(&Request { times: vec![0.0, 1.0], ..request("stages") });
    assert!(found.unwrap_err().to_string().contains("the system has no stages"));
}
