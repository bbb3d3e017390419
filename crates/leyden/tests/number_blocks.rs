//! Blocks of fixed number: a cavity and its cells against published and independent values, closed forms and the master equation.

mod common;

use common::charge;
use leyden::charge::{Charging, Request, Series};
use leyden::evolve::Outcome;
use leyden::exact::{CellStarts, NumberBlocks, Photons, Rungs};
use leyden::merit::Merits;
use leyden::model::{Cell, ChargerBattery, ChargerKind, Cutoff};
use leyden::space::InitialState;
use leyden::why::{Still, Undamped};
use leyden::{Complex64, Method, Times, Why};

use InitialState::{Coherent, Excited, Fock, Ground, Squeezed, Superposition, Thermal};

/// N cells around a cavity, g = omega = 1.
fn cavity(cells: usize, start: InitialState) -> ChargerBattery {
    let mut cavity = ChargerBattery::star(cells).with_charger_in(start);
    cavity.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
    cavity
}

fn squeezed(mean: f64) -> InitialState {
    Squeezed(mean.sqrt().asinh())
}

fn at(model: &ChargerBattery, time: f64) -> Charging {
    let run = charge(model, "auto", &[0.0, time]);
    assert_eq!((run.method, run.outcome), (Method::NumberBlocks, Outcome::Converged));
    run
}

/// Energy, global and collective ergotropy, purity at g t = 0.8 of three cells and three photons, by brute force.
#[test]
fn three_cells_and_three_photons() {
    let rows = [
        (Coherent(3.0_f64.sqrt()), 0.0, [2.0620596950, 1.8940338353, 1.8658875995, 0.7130097112]),
        (Coherent(3.0_f64.sqrt()), 1.0, [1.9122433464, 1.7564415243, 1.7321159967, 0.7309230986]),
        (Fock(3), 0.0, [2.3955711512, 1.9678658786, 1.9571258263, 0.5015136143]),
        (squeezed(3.0), 0.0, [0.9945401992, 0.6961754213, 0.5276475736, 0.5330975021]),
        (Thermal(3.0), 0.0, [1.4247660966, 0.7105260837, 0.0085096585, 0.2517835768]),
    ];
    for (start, detuning, expected) in rows {
        let mut model = cavity(3, start.clone());
        model.charger.detuning = detuning;
        let run = at(&model, 0.8);
        let last = run.last();
        let found = [last.energy, last.ergotropy.global, last.ergotropy.collective.unwrap(), last.purity];
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < 1e-10, "{start:?}: {found:?}");
        }
    }
}

/// Energy, global ergotropy, purity at g t = 0.8 of three cells that start thermal or in a superposition, by brute force in the product space.
#[test]
fn three_cells_that_start_otherwise() {
    let list = |c: [(f64, f64); 4]| Superposition(c.map(|(re, im)| Complex64::new(re, im)).into());
    let cells = || list([(0.6, 0.0), (0.0, 0.48), (0.0, 0.0), (0.64, 0.0)]);
    let photons = || list([(0.6, 0.0), (0.0, 0.0), (0.0, 0.8), (0.0, 0.0)]);
    let rows = [
        (Coherent(1.5), Thermal(0.2), 0.0, [1.598105055589, 1.067734984790, 0.360288408762]),
        (Coherent(1.5), Thermal(0.2), 1.0, [1.534973939426, 0.998000708679, 0.355466804054]),
        (Fock(2), Thermal(0.2), 0.0, [1.676478605673, 0.934693388594, 0.255194514252]),
        (photons(), Thermal(0.2), 1.0, [1.171688013685, 0.421026323333, 0.272455501838]),
        (photons(), cells(), 0.0, [0.998374077420, 0.763679388492, 0.613273701344]),
        (photons(), cells(), 1.0, [0.999804630457, 0.628590087058, 0.471678048540]),
        (Coherent(-1.2), cells(), 1.0, [0.846160810779, 0.462041251453, 0.467518943326]),
        (Thermal(0.5), cells(), 0.0, [0.609201665364, 0.280374256562, 0.499389651271]),
    ];
    for (photons, cells, detuning, expected) in rows {
        let mut model = cavity(3, photons).with_battery_in(cells);
        model.charger.detuning = detuning;
        let run = at(&model, 0.8);
        let last = run.last();
        for (a, b) in [last.energy, last.ergotropy.global, last.purity].iter().zip(expected) {
            assert!((a - b).abs() < 1e-11, "{:?}: {last:?}", model.initial);
        }
    }
}

#[test]
fn thirty_cells_and_thirty_photons() {
    let time = 0.6 / 30.0_f64.sqrt();
    for (start, energy, global, collective) in [
        (Coherent(30.0_f64.sqrt()), 8.6476128841, 8.6440438407, 8.6440313068),
        (Fock(30), 8.6765144754, 7.8614368137, 5.7992540274),
    ] {
        let run = at(&cavity(30, start.clone()), time);
        let last = run.last();
        let found = [last.energy, last.ergotropy.global, last.ergotropy.collective.unwrap()];
        for (a, b) in found.iter().zip([energy, global, collective]) {
            assert!((a - b).abs() < 1e-10, "{start:?}: {found:?}");
        }
    }
}

#[test]
fn ten_cells_and_ten_photons() {
    let run = at(&cavity(10, Coherent(10.0_f64.sqrt())), 0.4);
    let last = run.last();
    let found = [last.energy, last.ergotropy.collective.unwrap(), last.ergotropy.global];
    for (a, b) in found.iter().zip([7.074482990022, 6.927303322235, 6.945729766363]) {
        assert!((a - b).abs() < 1e-12, "{found:?}");
    }
}

/// What a figure of merit is, and how it is read.
type Figure = (&'static str, fn(&Merits) -> f64);

const FIGURES: [Figure; 8] = [
    ("energy", |m| m.energy),
    ("global", |m| m.ergotropy.global),
    ("collective", |m| m.ergotropy.collective.unwrap_or(-1.0)),
    ("local", |m| m.ergotropy.local),
    ("coherent", |m| m.ergotropy.coherent),
    ("incoherent", |m| m.ergotropy.incoherent),
    ("purity", |m| m.purity),
    // A square root of differences.
    ("variance", |m| m.fluctuation * m.fluctuation),
];

/// The largest difference of two runs in any figure of merit or power.
fn difference(one: &Charging, other: &Charging) -> f64 {
    let (a, b) = (&one.series, &other.series);
    assert_eq!(one.times, other.times);
    let merits =
        a.merits.iter().zip(&b.merits).flat_map(|(x, y)| FIGURES.map(|(_, of)| (of(x) - of(y)).abs()));
    let powers = |of: fn(&Series) -> &Vec<f64>| of(a).iter().zip(of(b)).map(|(x, y)| (x - y).abs());
    // The average power at t = 0 is no number.
    let powers = powers(|x| &x.power).chain(powers(|x| &x.average_power).filter(|x| !x.is_nan()));
    let largest = merits.chain(powers).fold(0.0, |a: f64, b| if b > a || b.is_nan() { b } else { a });
    assert!(one.times.is_empty() || largest.is_finite());
    largest
}

/// Any frequency and coupling, detuned or not: by number blocks, and as a density matrix.
fn beside_matrices(
    model: &mut ChargerBattery,
    random: &mut fastrand::Rng,
    detuned: bool,
    times: &[f64],
) -> (Charging, Charging) {
    let (omega, g) = (0.4 + random.f64(), 2.0 * random.f64() - 1.0);
    model.battery.frequencies.fill(omega);
    model.charger.frequency = omega;
    model.coupling.strengths.fill(g);
    if detuned {
        model.charger.detuning = 3.0 * random.f64() - 1.5;
    }
    let of = |method| {
        let request = Request { method, tolerance: 1e-11, ..Times::from(times.to_vec()).into() };
        model.charge(&request).unwrap()
    };
    let (found, expected) = (of(None), of(Some(Method::Taylor)));
    assert_eq!((found.method, found.outcome), (Method::NumberBlocks, Outcome::Converged));
    (found, expected)
}

/// Density matrices of random closed systems: every start of both parts, detuned and resonant, qubits and qudits.
#[test]
fn random_systems_follow_the_master_equation() {
    let mut random = fastrand::Rng::with_seed(11);
    let times = [0.0, 0.4, 1.1, 2.7];
    let starts = [
        Ground,
        Fock(1),
        Fock(4),
        Coherent(0.8),
        Coherent(-1.1),
        Squeezed(0.4),
        Squeezed(-0.5),
        Thermal(0.3),
    ];
    for (case, start) in (0..4).flat_map(|i| starts.clone().map(|start| (i, start))) {
        let cells = 1 + random.usize(0..4);
        let mut model = cavity(cells, start);
        if cells < 3 && random.bool() {
            model.battery.cell = Cell::Qudit(3 + random.usize(0..2));
        }
        model.initial.battery = [Ground, Fock(1), Excited][random.usize(0..3)].clone();
        let (found, expected) = beside_matrices(&mut model, &mut random, case % 2 == 1, &times);
        let omega = model.charger.frequency;
        let error = difference(&found, &expected);
        assert!(error < 1e-8, "{model:?}: {error:.1e}");
        // The largest average power lies between these times.
        let (found, expected) = (found.maximum_power.unwrap(), expected.maximum_power.unwrap());
        assert!((found.value - expected.value).abs() < 1e-7 * omega, "{model:?}: {found:?} {expected:?}");
    }
}

/// One cell and n photons: n_e = sin^2(Omega t) g^2 n/Omega^2, Omega^2 = g^2 n + Delta^2/4.
#[test]
fn one_cell_flops() {
    let times: Vec<f64> = (0..50).map(|k| 0.173 * k as f64).collect();
    for (n, g, detuning) in [(1, 1.0, 0.0), (7, 0.3, 0.0), (3, -0.8, 1.3), (20, 0.1, -0.2), (0, 1.0, 0.4)] {
        let mut model = cavity(1, Fock(n));
        model.coupling.strengths[0] = g;
        model.charger.detuning = detuning;
        let run = charge(&model, "number-blocks", &times);
        let rabi = (g * g * n as f64 + 0.25 * detuning * detuning).sqrt();
        for (t, merits) in times.iter().zip(&run.series.merits) {
            let p = (rabi * t).sin().powi(2) * g * g * n as f64 / rabi.powi(2);
            assert!((merits.energy - p).abs() < 1e-13, "{n} {t}");
            let purity = p * p + (1.0 - p).powi(2);
            assert!((merits.purity - purity).abs() < 1e-13);
            assert!((merits.ergotropy.global - (2.0 * p - 1.0).max(0.0)).abs() < 1e-13);
        }
    }
    // sin^2(t)/t: tan t = 2t.
    let best = charge(&cavity(1, Fock(1)), "auto", &[0.0, 50.0]).maximum_power.unwrap();
    assert!(
        (best.value - 0.7246113538).abs() < 1e-10 && (best.time - 1.16556118520721).abs() < 1e-13,
        "{best:?}"
    );
    let best = charge(&cavity(1, Coherent(1.0)), "auto", &[0.0, 50.0]).maximum_power.unwrap();
    assert!(
        (best.value - 0.5257157412).abs() < 1e-10 && (best.time - 0.8683295569948457).abs() < 1e-12,
        "{best:?}"
    );
}

/// Far off resonance little moves, and slowly compared with the phases: the bounds know it.
#[test]
fn far_detuned_cells_charge_little() {
    for detuning in [30.0, -1000.0] {
        let mut model = cavity(1, Fock(4));
        model.charger.detuning = detuning;
        let best = charge(&model, "auto", &[0.0, 50.0]).maximum_power.unwrap();
        let rabi = (4.0 + 0.25 * detuning * detuning).sqrt();
        // 4/Omega^2 sin^2(Omega t)/t.
        assert!((best.value * rabi / 4.0 - 0.7246113538).abs() < 1e-9, "{best:?}");
        assert!((best.time * rabi - 1.16556118520721).abs() < 1e-10, "{best:?}");
    }
}

/// As many photons as cells: P_max/N^{3/2} and g sqrt(N) t.
#[test]
fn the_largest_power_grows_as_three_halves() {
    for (cells, start, power, time) in [
        (10, None, 0.589052, 1.07850),
        (10, Some(()), 0.574213, 1.04635),
        (30, None, 0.584618, 1.08465),
        (30, Some(()), 0.579657, 1.07317),
        (60, None, 0.583585, 1.08657),
        (60, Some(()), 0.581101, 1.08071),
        (1000, None, 0.582642, 1.0885),
    ] {
        let root = (cells as f64).sqrt();
        let start = start.map_or(Fock(cells), |()| Coherent(root));
        // The maximum is found wherever the times are.
        let best = charge(&cavity(cells, start.clone()), "auto", &[0.0, 4.0 / root]).maximum_power.unwrap();
        assert!((best.value / root.powi(3) - power).abs() < 6e-7, "{cells} {start:?}: {best:?}");
        assert!(
            (best.time * root - time).abs() < if cells == 1000 { 1e-4 } else { 6e-6 },
            "{cells}: {best:?}"
        );
    }
}

/// The search against a fine grid: late maxima, detuned ones, cells that start full, an end before the maximum.
#[test]
fn no_larger_power_lies_on_a_grid() {
    let mut random = fastrand::Rng::with_seed(5);
    for case in 0..24 {
        let start =
            [Fock(random.usize(0..9)), Coherent(2.0 * random.f64()), Squeezed(random.f64()), Thermal(2.0)]
                [case % 4]
                .clone();
        let cells = 1 + random.usize(0..6);
        let mut model = cavity(cells, start).with_battery_in(Fock(random.usize(0..=cells)));
        model.charger.detuning = if case < 12 { 0.0 } else { 6.0 * random.f64() - 3.0 };
        let end = [0.1, 1.0, 5.0, 40.0][random.usize(0..4)];
        let times: Vec<f64> = (1..=20_000).map(|k| end * k as f64 / 20_000.0).collect();
        let run = charge(&model, "auto", &times);
        let best = run.maximum_power.unwrap();
        let grid = run.series.average_power.iter().fold(0.0_f64, |a, b| a.max(*b));
        assert!(best.value >= grid - 1e-12, "{model:?}: {best:?} {grid}");
        let close = grid >= best.value - 1e-4 * best.value;
        assert!(close && best.time <= end, "{model:?}: {best:?} {grid}");
    }
}

/// 100 cells and photons at g sqrt(N) t = 0.8: E_B/N = tanh^2 up to 1/N.
#[test]
fn many_cells_follow_the_mean_field() {
    let run = at(&cavity(100, Coherent(10.0)), 0.08);
    assert!((run.last().energy / 100.0 - 0.440721).abs() < 5e-7);
    assert!((run.last().energy / 100.0 - 0.8_f64.tanh().powi(2)).abs() < 3e-4);
    // Locked energy below one quantum: 1 - r_1.
    let last = run.last();
    assert!((last.passive - (1.0 - last.ergotropy.largest_eigenvalue)).abs() < 1e-11);
}

/// In a state of symmetric qubits all eigenvalues but the largest fit into the first excited level.
#[test]
fn less_than_one_quantum_is_locked() {
    for start in [Coherent(2.0), squeezed(3.0), Fock(5), Thermal(2.0)] {
        let run = charge(&cavity(5, start.clone()), "auto", &Vec::from(Times::even(0.0, 9.0, 60)));
        for merits in &run.series.merits {
            let locked = 1.0 - merits.ergotropy.largest_eigenvalue;
            assert!((merits.passive - locked).abs() < 1e-13 && locked < 1.0, "{start:?}");
        }
    }
}

/// Levels above the number of excitations stay empty, and no probability is lost.
#[test]
fn excitations_are_conserved() {
    for (photons, start, detuning) in [(3, 0, 0.0), (3, 2, 0.7), (0, 4, 0.0), (9, 6, -2.0)] {
        let blocks = NumberBlocks::new(
            &CellStarts::level(6, start),
            0.8,
            detuning,
            &Photons::of(&Fock(photons)).unwrap(),
        )
        .unwrap();
        let times: Vec<f64> = (0..700).map(|k| 0.3 * k as f64).collect();
        blocks.populations(&times, &mut |_, p, found| {
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-14);
            assert!(p.iter().skip(photons + start + 1).all(|p| *p == 0.0));
            let number: f64 = p.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
            assert!((number - found.number).abs() < 1e-13);
        });
    }
}

/// Powers and curvatures are derivatives.
#[test]
fn flow_and_curvature_differentiate_the_number() {
    let h = 1e-4;
    for (start, detuning) in [
        (Coherent(1.4), 0.0),
        (squeezed(2.0), 1.1),
        (Fock(4), -0.6),
        (Thermal(1.0), 0.0),
        (Coherent(0.9), 0.8),
    ] {
        let list = [(0.6, 0.0), (0.48, 0.0), (0.0, -0.64)].map(|(re, im)| Complex64::new(re, im));
        let mixed = [(0, 2, 0.4), (1, 1, 0.6)];
        let ladders = [(0, 4), (1, 2)].map(|(lowest, top)| Rungs { lowest, top });
        for cells in [
            CellStarts::level(4, 1),
            CellStarts::superposition(4, &list),
            CellStarts::mixed(ladders.to_vec(), mixed),
        ] {
            let blocks = NumberBlocks::new(&cells, -0.9, detuning, &Photons::of(&start).unwrap()).unwrap();
            for t in [0.3, 1.0, 2.2] {
                let [a, b, c] = blocks.excitations(&[t - h, t, t + h])[..] else { panic!() };
                assert!(((c.number - a.number) / (2.0 * h) - b.flow).abs() < 1e-6, "{start:?}");
                assert!(((c.flow - a.flow) / (2.0 * h) - b.curvature).abs() < 1e-6, "{start:?}");
            }
            assert!((blocks.excitations(&[0.0])[0].number - blocks.number_at_start()).abs() < 1e-14);
        }
    }
}

#[test]
fn signs_of_coupling_amplitude_and_squeezing_do_not_matter() {
    let times = Vec::from(Times::even(0.0, 5.0, 11));
    let run = |g: f64, start: InitialState| {
        let mut model = cavity(4, start.clone());
        model.coupling.strengths.fill(g);
        charge(&model, "auto", &times)
    };
    for (one, other) in [(Coherent(1.3), Coherent(-1.3)), (Squeezed(0.8), Squeezed(-0.8)), (Fock(3), Fock(3))]
    {
        let (a, b) = (run(0.7, one), run(-0.7, other));
        assert_eq!((a.series.merits, a.maximum_power), (b.series.merits, b.maximum_power));
    }
}

/// What stands still has a limit; nothing else has.
#[test]
fn what_cannot_move_stands_still() {
    let uncoupled = {
        let mut model = cavity(3, Fock(2)).with_battery_in(Fock(1));
        model.coupling.strengths.fill(0.0);
        model
    };
    for (model, energy) in [(uncoupled, 1.0), (cavity(4, Ground), 0.0), (cavity(1, Coherent(0.0)), 0.0)] {
        let run = charge(&model, "auto", &[0.0, 0.7, 1e9]);
        assert_eq!(run.method, Method::NumberBlocks);
        assert!(run.series.merits.iter().all(|merits| (merits.energy - energy).abs() < 1e-15));
        assert_eq!(run.limit().unwrap().energy, energy);
        assert!(run.asymptote.certified && run.maximum_power.unwrap().value == 0.0);
        assert_eq!(run.charging_time.unwrap().settling, Err(Why::Still(Still::Threshold)));
    }
    // Full cells and an empty cavity move.
    let run = charge(&cavity(2, Ground).with_battery_in(Excited), "auto", &[0.0, 0.7]);
    assert!(run.last().energy < 1.5 && run.maximum_power.unwrap().value == 0.0);
    assert_eq!(run.limit().err(), Some(Why::Undamped(Undamped::NoChannel)));
    assert_eq!(run.charging_time.err(), Some(Why::Undamped(Undamped::NoChannel)));
}

/// Grids of any kind and length give what single times give; rates and times of any size stay in range.
#[test]
fn every_time_is_the_same_on_every_grid() {
    for start in [Coherent(1.5), Fock(5)] {
        let mut model = cavity(4, start.clone());
        for detuning in [0.0, 0.9] {
            model.charger.detuning = detuning;
            let even = charge(&model, "auto", &Vec::from(Times::even(0.0, 30.0, 1001)));
            let uneven: Vec<f64> = (0..600).map(|k| (0.009 * k as f64).powi(2)).collect();
            for run in [even, charge(&model, "auto", &uneven)] {
                for i in [0, 3, 255, 256, 511, 599] {
                    let alone = charge(&model, "auto", &[run.times[i]]);
                    let (a, b) = (&run.series.merits[i], &alone.series.merits[0]);
                    let far = FIGURES.iter().map(|(_, of)| (of(a) - of(b)).abs()).fold(0.0, f64::max);
                    assert!(far < 1e-12, "{start:?} {detuning} {i}: {far}");
                }
            }
        }
        model.charger.detuning = 0.0;
        let reference = charge(&model, "auto", &[0.0, 0.8]);
        for g in [1e-150, 1e-9, 1e12] {
            model.coupling.strengths.fill(g);
            let run = charge(&model, "auto", &[0.0, 0.8 / g]);
            assert!((run.last().energy - reference.last().energy).abs() < 1e-12, "{g}");
            assert!(run.outcome == Outcome::Converged);
        }
        model.coupling.strengths.fill(1.0);
        let huge = charge(&model, "auto", &[0.0, 1e300]);
        assert!(huge.last().energy.is_finite() && huge.checks.error > 1e10);
    }
    let none = cavity(3, Fock(2)).charge(&Request::default()).unwrap();
    assert_eq!((none.times.len(), none.maximum_power), (0, Err(Why::NoTimes)));
}

/// A cutoff that cuts is a wish for the cut system.
#[test]
fn a_cutoff_that_cuts_is_kept() {
    let with = |levels: usize| {
        let mut model = cavity(2, Fock(3)).with_battery_in(Fock(1));
        model.charger.kind = ChargerKind::Oscillator(Cutoff::Levels(levels));
        model
    };
    let times = [0.0, 1.0];
    assert_eq!(charge(&with(5), "auto", &times).method, Method::NumberBlocks);
    let cut = charge(&with(4), "auto", &times);
    assert!(cut.method.is_general());
    let request = Request { method: Some(Method::NumberBlocks), ..Times::from(times.to_vec()).into() };
    let refused = with(4).charge(&request).unwrap_err().to_string();
    assert!(
        refused.contains("4 levels of the charger cut off what it reaches; raise `cutoff` to 5"),
        "{refused}"
    );
}

#[test]
fn other_systems_are_left_to_others() {
    let request = Request { method: Some(Method::NumberBlocks), ..Times::from(vec![0.0, 0.5]).into() };
    let refused = |change: &dyn Fn(&mut ChargerBattery), reason: &str| {
        let mut model = cavity(2, Fock(2));
        change(&mut model);
        let error = model.charge(&request).unwrap_err().to_string();
        assert!(error.contains("does not apply") && error.contains(reason), "{error}");
    };
    refused(&|m| m.charger.kind = ChargerKind::Qubit, "the charger is not an oscillator");
    refused(&|m| m.charger.noise.relaxation = 0.1, "the charger is noisy");
    refused(&|m| m.battery.noise.dephasing = 0.1, "the battery is noisy");
    refused(&|m| *m = m.clone().driven(0.2), "the charger is driven");
    refused(&|m| m.coupling.form = leyden::model::CouplingForm::Dipole, "counter-rotating");
    refused(&|m| m.coupling.strengths[0] = 0.5, "the cells are not equal");
    refused(&|m| m.battery.frequencies[1] = 0.5, "the cells are not equal");
    refused(&|m| m.battery.frequencies.fill(-1.0), "the frequency of the cells is negative");
    let none = "cells have no such initial state";
    for state in [Thermal(0.7), Fock(3), Coherent(1.0), Superposition(vec![Complex64::ONE; 2])] {
        refused(&|m| m.initial.battery = state.clone(), none);
    }
    let long = || Superposition([0.6, 0.0, 0.0, 0.8].map(Complex64::from).into());
    refused(&|m| m.initial.battery = long(), none);
    let qutrits = |m: &mut ChargerBattery| m.battery.cell = Cell::Qudit(3);
    refused(&|m| (qutrits(m), m.initial.battery = Thermal(0.2)).0, "thermal cells are not qubits");
    refused(&|m| m.initial.charger = Superposition(vec![Complex64::ONE; 2]), "no such initial state");
    refused(&|m| m.initial.charger = Excited, "no such initial state");
    refused(&|m| m.initial.charger = Thermal(1e9), "too many photons");
    refused(&|m| *m = ChargerBattery::oscillators(), "the battery is an oscillator");
    // What is nearly none of these is still treated.
    let mut model = cavity(2, Fock(2)).driven(0.0);
    model.charger.noise.thermal_occupation = 0.3;
    assert_eq!(model.charge(&request).unwrap().method, Method::NumberBlocks);
}

#[test]
fn a_second_method_agrees() {
    for (method, verifier) in [(None, "exponential"), (Some(Method::Taylor), "number-blocks")] {
        let times = Times::even(0.0, 3.0, 13);
        let request = Request { verify: true, method, ..times.into() };
        let run = cavity(2, Fock(2)).charge(&request).unwrap();
        let verification = run.verification.unwrap();
        assert!(verification.method == verifier || method.is_none(), "{}", verification.method);
        for (name, difference) in verification.differences {
            let bound = if name == "fluctuation" { 1e-4 } else { 1e-7 };
            assert!(difference < bound, "{name}: {difference}");
        }
    }
}

/// The plan says what the blocks are, and refuses what does not fit.
#[test]
fn plans_count_sectors() {
    let plan = |cells, start, limit| {
        let request = Request { memory_limit: limit, ..Times::even(0.0, 1.0, 11).into() };
        cavity(cells, start).plan(&request)
    };
    let coherent = plan(100, Coherent(10.0), 4e9).unwrap();
    assert!(
        coherent.reason.ends_with("the number of excitations is conserved, 166 sectors of up to 101 levels")
    );
    let fock = plan(1000, Fock(1000), 4e9).unwrap();
    assert!(fock.reason.ends_with("one sector of 1001 levels") && fock.dimension == 1001);
    let refused = plan(1000, Thermal(1000.0), 4e9).unwrap_err().to_string();
    assert!(
        refused.contains("GiB") && refused.contains("lower the initial excitation of the charger"),
        "{refused}"
    );
}

/// A random superposition of so many levels.
fn superposed(random: &mut fastrand::Rng, levels: usize) -> InitialState {
    let coefficients: Vec<Complex64> =
        (0..levels).map(|_| Complex64::new(random.f64() - 0.5, random.f64() - 0.5)).collect();
    let norm = coefficients.iter().map(Complex64::norm_sqr).sum::<f64>().sqrt();
    InitialState::superposition(coefficients.iter().map(|c| c / norm).collect()).unwrap()
}

/// Superpositions of either part and thermal cells, beside every start of the cavity, against the master equation in the full space.
#[test]
fn superpositions_and_thermal_cells_follow_the_master_equation() {
    let mut random = fastrand::Rng::with_seed(29);
    let times = [0.0, 0.3, 0.9, 2.1];
    let mut compared = 0;
    for case in 0..64 {
        let cells = 1 + random.usize(0..3);
        let qudits = cells < 3 && case % 5 == 0;
        let levels = if qudits { 3 } else { 2 };
        let top = cells * (levels - 1);
        let start = match case % 8 {
            0 => Ground,
            1 => Fock(2),
            2 => Coherent(-0.9),
            3 => Squeezed(0.4),
            4 => Squeezed(-0.4),
            5 => Thermal(0.2),
            _ => superposed(&mut random, 4),
        };
        let mut model = cavity(cells, start);
        if qudits {
            model.battery.cell = Cell::Qudit(levels);
        }
        model.initial.battery = match (case / 8) % 4 {
            0 if qudits && cells > 1 => Ground,
            0 => Thermal(0.5 * random.f64()),
            1 => Fock(random.usize(0..=top)),
            _ => superposed(&mut random, 1 + top),
        };
        let (found, expected) = beside_matrices(&mut model, &mut random, (case / 2) % 2 == 1, &times);
        let omega = model.charger.frequency;
        let error = difference(&found, &expected);
        assert!(error < 1e-9, "{case} {model:?}: {error:.1e}");
        let found = found.maximum_power.unwrap();
        // Where the other method cannot say.
        let Ok(expected) = expected.maximum_power else { continue };
        compared += 1;
        assert!(
            (found.value - expected.value).abs() < 1e-7 * omega,
            "{case} {model:?}: {found:?} {expected:?}"
        );
    }
    assert!(compared > 40, "{compared}");
}
