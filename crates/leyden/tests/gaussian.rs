//! Two oscillators in Gaussian states: closed forms, limits and growth, and general methods on cut oscillators beside them.

mod common;

use std::f64::consts::FRAC_PI_2;

use common::charge;
use leyden::charge::Charging;
use leyden::exact::{Gaussian, GaussianCoupling, GaussianDrive, GaussianMode};
use leyden::model::{Cell, ChargerBattery, ChargerKind, CouplingForm, Cutoff, Drive, NoiseRates};
use leyden::why::{Divergence, Doubt, Undamped};
use leyden::{InitialState, Method, Request, Times, Why};

use InitialState::{Coherent, Fock, Ground, Squeezed, Thermal};

fn bath(relaxation: f64, thermal_occupation: f64) -> NoiseRates {
    NoiseRates { relaxation, thermal_occupation, ..NoiseRates::default() }
}

/// The pair of Farina et al.: a driven charger in a warm bath, g = omega = 1.
fn lossy(f: f64, k: f64, n: f64) -> ChargerBattery {
    let mut pair = ChargerBattery::oscillators().driven(f);
    pair.charger.noise = bath(k, n);
    pair
}

fn dipole(g: f64) -> ChargerBattery {
    let mut pair = ChargerBattery::oscillators();
    pair.coupling.form = CouplingForm::Dipole;
    pair.coupling.strengths[0] = g;
    pair
}

struct Dice(fastrand::Rng);

impl Dice {
    fn new(seed: u64) -> Self {
        Dice(fastrand::Rng::with_seed(seed))
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.f64()
    }

    fn state(&mut self, size: f64) -> InitialState {
        match self.0.usize(..4) {
            0 => Ground,
            1 => Coherent(self.between(-1.0, 1.0) * size),
            2 => Squeezed(self.between(-0.6, 0.6) * size),
            _ => Thermal(self.between(0.0, 0.25) * size),
        }
    }

    /// A stable pair with everything that `gaussian` treats; a drive at will.
    fn pair(&mut self, form: CouplingForm, size: f64, drive: bool) -> ChargerBattery {
        let mut pair = ChargerBattery::oscillators();
        pair.charger.frequency = self.between(0.8, 1.3);
        pair.battery.frequencies[0] = self.between(0.8, 1.3);
        pair.coupling.form = form;
        pair.coupling.strengths[0] = self.between(0.1, if form == CouplingForm::Dipole { 0.3 } else { 1.2 });
        pair.charger.noise = bath(self.between(0.05, 0.6), self.between(0.0, 0.15) * size);
        pair.battery.noise = bath(self.between(0.0, 0.3), self.between(0.0, 0.15) * size);
        pair.initial.charger = self.state(size);
        pair.initial.battery = self.state(size);
        if drive {
            pair.drive =
                Some(Drive { amplitude: self.between(0.05, 0.25) * size, frequency: self.between(0.7, 1.4) });
        }
        pair
    }
}

fn gaussian(model: &ChargerBattery, times: &[f64]) -> Charging {
    charge(model, "gaussian", times)
}

fn even(end: f64, points: usize) -> Vec<f64> {
    Times::even(0.0, end, points).into()
}

#[test]
fn a_swap_moves_any_state() {
    let times = even(6.0, 61);
    for (start, number, ergotropy) in [
        (Coherent(1.3), 1.69, 1.69),
        (Squeezed(0.8), 0.8_f64.sinh().powi(2), 0.8_f64.sinh().powi(2)),
        (Thermal(0.7), 0.7, 0.0),
    ] {
        for g in [1.0, -0.4] {
            let mut pair = ChargerBattery::oscillators().with_charger_in(start.clone());
            pair.coupling.strengths[0] = g;
            let run = gaussian(&pair, &times);
            for (t, merits) in times.iter().zip(&run.series.merits) {
                assert!((merits.energy - number * (g * t).sin().powi(2)).abs() < 1e-13, "{start:?} {t}");
                assert!(merits.ergotropy.global <= merits.energy);
            }
            let swapped = *gaussian(&pair, &[FRAC_PI_2 / g.abs()]).last();
            assert!((swapped.ergotropy.global - ergotropy).abs() < 1e-13, "{start:?}: {swapped:?}");
            assert!((swapped.passive - (number - ergotropy)).abs() < 1e-13);
            assert_eq!(run.limit().unwrap_err(), Undamped::NoNoise.into());
        }
    }
    // P_max of sin^2(gt)/t.
    let run = gaussian(&ChargerBattery::oscillators().with_charger_in(Coherent(1.0)), &times);
    let most = run.maximum_power.unwrap();
    assert!((most.value - 0.7246113538).abs() < 1e-10 && (most.time - 1.1655611777).abs() < 1e-4, "{most:?}");
}

#[test]
fn a_driven_pair_without_loss_swings() {
    // <b> = (F/g)(cos gt - 1): a coherent state, all of its energy is work.
    let (f, times) = (0.7, even(20.0, 201));
    let run = gaussian(&ChargerBattery::oscillators().driven(f), &times);
    assert_eq!(run.method, Method::Gaussian);
    for (t, merits) in times.iter().zip(&run.series.merits) {
        let expected = f * f * (t.cos() - 1.0).powi(2);
        assert!(
            (merits.energy - expected).abs() < 1e-13 && (merits.ergotropy.global - expected).abs() < 1e-13
        );
        assert!((merits.fluctuation - expected.sqrt()).abs() < 1e-12 && (merits.purity - 1.0).abs() < 1e-14);
    }
}

#[test]
fn a_warm_bath_leaves_the_displacement_as_work() {
    for (f, k, n) in [(0.3, 0.2, 0.5), (1.5, 4.0, 0.0), (0.2, 30.0, 3.0), (2.0, 1e-3, 0.1)] {
        let run = gaussian(&lossy(f, k, n), &even(60.0, 401));
        let (limit, x) = (run.limit().unwrap(), f * f);
        assert!((limit.energy - (x + n)).abs() < 1e-12 * (1.0 + x + n), "{limit:?}");
        assert!((limit.ergotropy.global - x).abs() < 1e-12 * (1.0 + x));
        // The state is a displaced thermal one: Var n = n(n+1) + x(2n+1).
        assert!(
            (limit.fluctuation.powi(2) - (n * (n + 1.0) + x * (2.0 * n + 1.0))).abs()
                < 1e-11 * (1.0 + x) * (1.0 + n)
        );
        assert!((limit.purity - 1.0 / (2.0 * n + 1.0)).abs() < 1e-12);
        assert!(
            run.asymptote.certified && run.asymptote.unique == Some(true) && run.asymptote.conserved == Ok(1)
        );
        assert!(run.checks.energy_balance < 1e-11 * (1.0 + x), "{:?}", run.checks);
    }
    let run = gaussian(&lossy(0.3, 0.2, 0.5), &[60.0]);
    assert!((run.last().energy - 0.597769).abs() < 5e-7, "{}", run.last().energy);
    assert!((run.last().ergotropy.global - 0.0990364).abs() < 5e-8);
}

#[test]
fn equal_baths_bring_thermal_equilibrium() {
    for start in [Ground, Coherent(0.7), Squeezed(-0.9), Thermal(2.0)] {
        let mut pair = ChargerBattery::oscillators().with_battery_in(start);
        (pair.charger.frequency, pair.charger.noise, pair.battery.noise) =
            (1.3, bath(0.4, 0.8), bath(0.1, 0.8));
        let run = gaussian(&pair, &even(400.0, 11));
        let (limit, last) = (*run.limit().unwrap(), *run.last());
        for merits in [limit, last] {
            assert!(
                (merits.energy - 0.8).abs() < 1e-12 && merits.ergotropy.global.abs() < 1e-12,
                "{merits:?}"
            );
            assert!(
                (merits.passive - 0.8).abs() < 1e-12 && (merits.fluctuation.powi(2) - 1.44).abs() < 1e-12
            );
        }
    }
}

/// The same pair on cut oscillators.
fn cut(model: &ChargerBattery, levels: usize) -> ChargerBattery {
    let mut cut = model.clone();
    cut.charger.kind = ChargerKind::Oscillator(Cutoff::Levels(levels));
    cut.battery.cell = Cell::Oscillator(Cutoff::Levels(levels));
    cut
}

#[test]
fn general_methods_on_cut_oscillators_agree() {
    let mut dice = Dice::new(7);
    for k in 0..8 {
        let form = if k % 2 == 0 { CouplingForm::Exchange } else { CouplingForm::Dipole };
        let model = dice.pair(form, 0.4, k % 4 < 2);
        let times = even(dice.between(1.0, 4.0), 6);
        let one = gaussian(&model, &times);
        let request = Request { tolerance: 1e-11, ..Times::from(times.clone()).into() };
        let other = cut(&model, 18).charge(&request).unwrap();
        assert!(other.method.is_general(), "a cutoff that is given is kept");
        for (i, (x, y)) in one.series.merits.iter().zip(&other.series.merits).enumerate() {
            let pairs = [
                (x.energy, y.energy),
                (x.passive, y.passive),
                (x.purity, y.purity),
                (x.fluctuation, y.fluctuation),
                (x.ergotropy.global, y.ergotropy.global),
                (x.ergotropy.local, y.ergotropy.local),
                (x.ergotropy.collective.unwrap(), y.ergotropy.collective.unwrap()),
                (x.ergotropy.incoherent, y.ergotropy.incoherent),
                (x.ergotropy.coherent, y.ergotropy.coherent),
                (x.ergotropy.largest_eigenvalue, y.ergotropy.largest_eigenvalue),
                (one.series.power[i], other.series.power[i]),
            ];
            for (which, (a, b)) in pairs.into_iter().enumerate() {
                assert!((a - b).abs() < 1e-8, "case {k}, t = {}, {which}: {a} {b}\n{model:?}", times[i]);
            }
        }
    }
}

#[test]
fn limits_are_where_long_runs_end() {
    let mut dice = Dice::new(11);
    for k in 0..60 {
        let form = if k % 2 == 0 { CouplingForm::Exchange } else { CouplingForm::Dipole };
        let model = dice.pair(form, 3.0, form == CouplingForm::Exchange);
        let run = gaussian(&model, &even(50.0, 51));
        let end = gaussian(&model, &[3000.0]);
        let (limit, last) = (run.limit().unwrap(), end.last());
        let size = 1.0 + limit.energy;
        assert!((limit.energy - last.energy).abs() < 1e-11 * size, "{k}: {limit:?} {last:?}");
        assert!((limit.ergotropy.global - last.ergotropy.global).abs() < 1e-11 * size, "{k}");
        assert!((limit.ergotropy.incoherent - last.ergotropy.incoherent).abs() < 1e-10 * size, "{k}");
        assert!(run.asymptote.certified && run.asymptote.residual.unwrap() < 1e-14);
        assert!(run.asymptote.unique == Some(true) && run.checks.smallest_eigenvalue > -1e-13);
        // The sum of exponentials is the run.
        assert!(run.checks.energy_balance < 1e-11 * size, "{k}: {:?}", run.checks);
        // Of a curve known at all times: its crossing is one.
        if let Ok(settling) = run.charging_time.as_ref().unwrap().settling {
            let e = gaussian(&model, &[0.0, settling]).series.energy();
            let left = ((e[1] - limit.energy) / (e[0] - limit.energy)).abs();
            assert!((left - (-1.0_f64).exp()).abs() < 1e-9, "{k}: {left}");
        }
        for merits in &run.series.merits {
            assert!(merits.ergotropy.global <= merits.energy * (1.0 + 1e-14) + 1e-15, "{merits:?}");
            assert!(merits.ergotropy.incoherent <= merits.ergotropy.global + 1e-12);
            assert!(merits.purity <= 1.0 + 1e-13 && merits.passive >= -1e-13);
        }
    }
}

#[test]
fn both_parts_of_a_pure_state_are_equally_mixed() {
    // No loss: the symplectic eigenvalue of one part is that of the other, and of a lone mode it stays.
    let mut dice = Dice::new(3);
    for k in 0..20 {
        let mode = |dice: &mut Dice, start| GaussianMode {
            frequency: dice.between(0.5, 2.0),
            relaxation: 0.0,
            thermal_occupation: 0.0,
            start,
        };
        let start = [Squeezed(dice.between(-1.0, 1.0)), Coherent(dice.between(-1.0, 1.0))];
        let modes = start.map(|start| mode(&mut dice, start));
        let strength = dice.between(0.0, 0.5 * (modes[0].frequency * modes[1].frequency).sqrt());
        let couplings = [GaussianCoupling { between: [0, 1], strength, counter_rotating: k % 2 == 0 }];
        let drive = Some(GaussianDrive { on: 0, amplitude: 0.3, frequency: 0.9 });
        let locked = |battery: usize| {
            let mut values = Vec::new();
            let gaussian = Gaussian::new(&modes, &couplings, drive, battery).unwrap();
            gaussian.states(&even(30.0, 31), &mut |_, _, at| values.push(at.state.locked()));
            values
        };
        let (charger, battery) = (locked(0), locked(1));
        assert!(battery.iter().any(|nu| *nu > 1e-3) || strength < 0.05, "{k}: they are entangled");
        charger.iter().zip(&battery).for_each(|(a, b)| assert!((a - b).abs() < 1e-11, "{k}: {a} {b}"));
        let alone = Gaussian::new(&modes[..1], &[], drive, 0).unwrap();
        alone.states(&even(30.0, 31), &mut |_, _, at| assert!(at.state.locked().abs() < 1e-12));
    }
}

#[test]
fn a_strong_dipole_diverges() {
    // 4 g^2 w_C w_B against (w_C^2 + k_C^2/4)(w_B^2 + k_B^2/4).
    for (omega, k, kb) in [(1.0, 0.0, 0.0), (1.7, 0.3, 0.0), (0.6, 0.5, 0.2), (1.0, 1e12, 1e-3)] {
        let with = |factor: f64| {
            let hold = |w: f64, k: f64| w * w + 0.25 * k * k;
            let mut pair = dipole(factor * (hold(omega, k) * hold(1.0, kb) / omega).sqrt() / 2.0);
            (pair.charger.frequency, pair.charger.noise, pair.battery.noise) =
                (omega, bath(k, 0.2), bath(kb, 0.1));
            pair
        };
        let strong = with(1.0 + 1e-6);
        let why = gaussian(&strong, &[0.0, 1.0]).limit().unwrap_err();
        assert!(matches!(why, Why::Diverges(Divergence::Unstable { .. })), "{omega} {k}: {why:?}");
        assert!(why.to_string().starts_with("diverges: "), "{why}");
        let weak = gaussian(&with(1.0 - 1e-6), &[0.0, 1.0]).limit().copied();
        match k {
            0.0 => assert_eq!(weak, Err(Undamped::NoNoise.into())),
            _ => assert!(weak.unwrap().energy > 0.0),
        }
        let between = gaussian(&with(1.0), &[0.0, 1.0]).limit().unwrap_err();
        assert!(matches!(between, Why::NotCertified(Doubt::Rate { .. })), "{between:?}");
    }
    // The rate that is told is the one that is seen: w_-^2 = 1 - 2g without damping.
    let strong = dipole(0.8);
    let run = gaussian(&strong, &[20.0, 21.0]);
    let Why::Diverges(Divergence::Unstable { rate }) = run.limit().unwrap_err() else { panic!() };
    assert!((rate - 2.0 * 0.6_f64.sqrt()).abs() < 1e-12, "{rate}");
    let e = run.series.energy();
    assert!(((e[1] / e[0]).ln() - rate).abs() < 1e-9);
    // A resonance that nothing damps fills as t^2, and a drive in the laboratory leaves nothing that stands still.
    let mut resonant = lossy(0.2, 0.0, 0.0);
    (resonant.charger.frequency, resonant.battery.frequencies[0]) = (2.0, 2.0);
    resonant.drive = Some(Drive { amplitude: 0.2, frequency: 1.0 });
    let why = gaussian(&resonant, &[1.0]).limit().unwrap_err();
    assert_eq!(why.to_string(), "diverges: the mean number of the battery grows as 1.0000e-2 t^2");
    let mut periodic = dipole(0.2).driven(0.1);
    periodic.charger.noise = bath(0.2, 0.0);
    assert_eq!(gaussian(&periodic, &[1.0]).limit().unwrap_err(), Why::TimeDependent);
}

#[test]
fn rates_and_times_of_any_size() {
    // A strongly damped charger cools the battery at 4 g^2/k: E = e^{-4 g^2 t/k} + n (1 - ..).
    let (k, n) = (1e12, 0.5);
    let pair = lossy(0.0, k, n).with_battery_in(Coherent(1.0));
    let times: Vec<f64> = Times::log(1e-13, 1e18, 63).into();
    let run = gaussian(&pair, &times);
    for (t, merits) in times.iter().zip(&run.series.merits) {
        let left = (-4.0 * t / k).exp();
        assert!((merits.energy - (left + n * (1.0 - left))).abs() < 1e-11, "{t}: {}", merits.energy);
        assert!((merits.ergotropy.global - left).abs() < 1e-11);
    }
    let slow = run.asymptote.slowest_rate.unwrap().rate;
    assert!((slow * k / 4.0 - 1.0).abs() < 1e-12, "{slow}");
    // A long run of an ordinary pair ends in its limit.
    for k in [0.2, 1e-3] {
        let run = gaussian(&lossy(0.3, k, 0.5), &[1e6 / k]);
        assert!((run.last().energy - 0.59).abs() < 1e-10, "{k}: {}", run.last().energy);
        assert!((run.last().energy - 0.59).abs() <= run.checks.error, "{k}: {:?}", run.checks);
    }
    // A dipole beside a fast loss: one limit, whatever is known of the way there.
    let mut stiff = dipole(0.3);
    stiff.charger.noise = bath(1e12, 0.0);
    let run = gaussian(&stiff, &[1e3]);
    assert!(run.asymptote.certified && run.limit().unwrap().energy.is_finite());
}

#[test]
fn exceptional_points_have_charging_times() {
    // k = 4g: the amplitudes of both oscillators coalesce.
    let near: Vec<f64> =
        [0.0, 1e-12, 1e-8, 1e-5, 1e-3].into_iter().flat_map(|d| [4.0 - d, 4.0 + d]).collect();
    let mut last: Option<f64> = None;
    for k in near {
        let run = gaussian(&lossy(0.3, k, 0.5), &even(40.0, 81));
        assert!(run.checks.energy_balance < 1e-9, "{k}: {:?}", run.checks);
        let settling = run.charging_time.unwrap().settling.unwrap();
        assert!(last.is_none_or(|last| (settling - last).abs() < 1e-2), "{k}: {settling} {last:?}");
        last = Some(settling);
    }
}

#[test]
fn the_route_is_taken_where_it_applies() {
    let request: Request = Times::even(0.0, 1.0, 3).into();
    let taken = |model: &ChargerBattery| model.plan(&request).unwrap().method;
    assert_eq!(taken(&lossy(0.3, 0.2, 0.5)), Method::Gaussian);
    assert_eq!(taken(&dipole(0.2).driven(0.1)), Method::Gaussian);
    assert!(taken(&cut(&lossy(0.1, 0.2, 0.1), 9)).is_general());
    assert!(taken(&lossy(0.1, 0.2, 0.0).with_charger_in(Fock(1))).is_general());
    assert_eq!(taken(&ChargerBattery::oscillators().dephased(0.1).driven(0.2)), Method::NumberSectors);
    let refused = |model: &ChargerBattery| {
        let request = Request { method: Some(Method::Gaussian), ..request.clone() };
        model.charge(&request).unwrap_err().to_string()
    };
    for (model, because) in [
        (ChargerBattery::star(1), "not both oscillators"),
        (lossy(0.1, 0.2, 0.0).dephased(0.1), "dephases"),
        (lossy(0.1, 0.2, 0.0).with_battery_in(Fock(2)), "not Gaussian"),
        (cut(&lossy(0.1, 0.2, 0.0), 9), "leave its `cutoff` \"auto\""),
    ] {
        assert!(refused(&model).contains(because), "{}", refused(&model));
    }
    let mut pumped = lossy(0.1, 0.2, 0.0);
    pumped.battery.noise.pumping = 0.1;
    assert!(refused(&pumped).contains("pumped"));
}

#[test]
fn other_methods_verify() {
    let verified = |model: &ChargerBattery, end: f64| {
        model.charge(&Request { verify: true, ..Times::even(0.0, end, 5).into() }).unwrap()
    };
    for model in [lossy(0.1, 0.4, 0.0), dipole(0.02).with_charger_in(Coherent(0.2))] {
        let found = verified(&model, 3.0).verification.unwrap();
        assert_ne!(found.method, "gaussian");
        for (what, difference) in &found.differences {
            assert!(*difference < 1e-6, "{what}: {difference} by {}", found.method);
        }
        // And a general method by this one.
        let forced =
            Request { method: Some(Method::Taylor), verify: true, ..Times::even(0.0, 1.0, 3).into() };
        assert_eq!(model.charge(&forced).unwrap().verification.unwrap().method, "gaussian");
    }
    // Where matrices are out of reach the run says so.
    let run = verified(&lossy(1.0, 1.0, 1.0).with_charger_in(Coherent(60.0)), 1e3);
    assert!(run.verification.is_none() && run.reason.contains("not verified"), "{}", run.reason);
}

#[test]
fn a_battery_without_a_charger_is_alone() {
    for form in [CouplingForm::Exchange, CouplingForm::Dipole] {
        let mut alone = lossy(0.5, 0.0, 0.0).with_battery_in(Squeezed(0.5)).with_charger_in(Coherent(3.0));
        (alone.coupling.form, alone.coupling.strengths[0]) = (form, 0.0);
        let n = 0.5_f64.sinh().powi(2);
        let run = gaussian(&alone, &even(50.0, 6));
        assert!(run.series.energy().iter().all(|e| (e - n).abs() < 1e-13));
        assert!(
            (run.limit().unwrap().ergotropy.global - n).abs() < 1e-13 && run.asymptote.unique == Some(false)
        );
        alone.battery.noise = bath(0.3, 0.2);
        let run = gaussian(&alone, &even(50.0, 6));
        assert!((run.limit().unwrap().energy - 0.2).abs() < 1e-15 && run.asymptote.unique == Some(true));
        let expected = |t: f64| 0.2 + (n - 0.2) * (-0.3 * t).exp();
        run.times
            .iter()
            .zip(run.series.energy())
            .for_each(|(t, e)| assert!((e - expected(*t)).abs() < 1e-14));
    }
}
