//! Closed systems as state vectors: anchors, independent methods, what is reached, and cutoffs that suffice.

use faer::{Mat, Side};
use leyden::charge::Charging;
use leyden::evolve::Outcome;
use leyden::lindblad::Shape;
use leyden::model::{Cell, ChargerBattery, ChargerKind, CouplingForm, Cutoff};
use leyden::{
    Complex64, Function, Hermitian, InitialState, MasterEquation, Method, Operator, Request, System, Times,
};

/// A cavity of frequency 1 and N qubits with counter-rotating terms.
fn dicke(cells: usize, g: f64, start: InitialState) -> ChargerBattery {
    let mut system = ChargerBattery::star(cells).with_charger_in(start);
    system.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
    system.coupling.strengths = vec![g; cells];
    system.coupling.form = CouplingForm::Dipole;
    system
}

fn by(system: &impl System, method: Option<Method>, times: Times) -> Charging {
    let run = system.charge(&Request { method, ..times.into() }).unwrap();
    assert_eq!(run.outcome, Outcome::Converged);
    run
}

/// Energy, global and collective ergotropy and purity at the last time.
fn figures(run: &Charging) -> [f64; 4] {
    let last = run.last();
    [last.energy, last.ergotropy.global, last.ergotropy.collective.unwrap(), last.purity]
}

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= tolerance, "{what}: {found:?}, not {expected:?}");
    }
}

#[test]
fn a_dicke_battery_has_its_anchors_by_every_method() {
    let cases = [
        (dicke(2, 0.5, InitialState::Fock(2)), [0.9243170079, 0.5152166522, 0.3254439548, 0.4332806880]),
        (
            dicke(3, 0.4, InitialState::Coherent(1.0)),
            [1.0380225927, 0.8222539866, 0.7957737315, 0.6524786218],
        ),
    ];
    for (system, expected) in cases {
        let at = || Times::from(vec![2.0]);
        for method in [None, Some(Method::Eigenvectors), Some(Method::Chebyshev)] {
            let run = by(&system, method, at());
            assert_close(&figures(&run), &expected, 6e-11, &format!("{method:?}"));
        }
        assert_close(&figures(&by(&system, Some(Method::Explicit), at())), &expected, 1e-8, "explicit");
        assert_close(&figures(&by(&system, Some(Method::Taylor), at())), &expected, 1e-8, "a density matrix");
    }
    // The sign of a squeezing matters.
    for (r, energy) in [(0.7, 0.594948826), (-0.7, 0.388875215)] {
        let run = by(&dicke(2, 0.4, InitialState::Squeezed(r)), None, Times::from(vec![2.0]));
        assert!((run.last().energy - energy).abs() < 6e-10);
    }
}

#[test]
fn a_mixed_start_is_as_many_kets_and_ends_as_the_density_matrix() {
    let mut system = dicke(2, 0.3, InitialState::Thermal(0.4));
    system.charger.kind = ChargerKind::Oscillator(Cutoff::Levels(34));
    let times = || Times::from(vec![0.0, 1.3, 4.0]);
    let (kets, density) = (by(&system, None, times()), by(&system, Some(Method::Taylor), times()));
    assert!(kets.method == Method::Chebyshev || kets.method == Method::Eigenvectors);
    for k in 0..3 {
        let (a, b) = (kets.at(k), density.at(k));
        assert_close(
            &[a.energy, a.ergotropy.global, a.ergotropy.local, a.purity, a.fluctuation, kets.series.power[k]],
            &[
                b.energy,
                b.ergotropy.global,
                b.ergotropy.local,
                b.purity,
                b.fluctuation,
                density.series.power[k],
            ],
            1e-9,
            "thermal",
        );
    }
}

#[test]
fn a_thermal_cavity_ends_at_every_tolerance() {
    // The least population that counts has an amplitude of 1e-8: above these tolerances on the last level that is reached.
    for (thermal, start, tolerance) in [
        (0.05, InitialState::Excited, 1e-9),
        (0.1, InitialState::Ground, 1e-10),
        (0.1, InitialState::Excited, 1e-12),
    ] {
        let mut system = ChargerBattery::star(1).with_charger_in(InitialState::Thermal(thermal));
        system.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
        system.initial.battery = start;
        let request = Request { tolerance, ..Times::even(0.0, 3.0, 4).into() };
        let exact = system.charge(&request).unwrap();
        assert_eq!(exact.method, Method::NumberBlocks);
        let kets = Request { method: Some(Method::Eigenvectors), ..request.clone() };
        system.plan(&kets).unwrap();
        let kets = system.charge(&kets).unwrap();
        assert_close(&figures(&kets), &figures(&exact), 1e-12, "thermal");
        let ledger = system.charge(&Request { ledger: true, ..request }).unwrap().ledger;
        assert!(ledger.is_ok());
    }
}

#[test]
fn cutoffs_are_proven_to_suffice_and_a_given_one_says_what_it_lacks() {
    // 110 levels err by 2e-5 where the highest are empty to 1e-10.
    let system = dicke(6, 0.6, InitialState::Fock(6));
    let times = || Times::even(0.0, 10.0, 21);
    let exact = {
        let mut wide = system.clone();
        wide.charger.kind = ChargerKind::Oscillator(Cutoff::Levels(260));
        by(&wide, None, times())
    };
    let grown = by(&system, None, times());
    let difference = |run: &Charging| {
        let pairs = run.series.energy().into_iter().zip(exact.series.energy());
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    };
    assert!(difference(&grown) <= 1e-8 && difference(&grown) <= grown.checks.error);
    assert!(grown.checks.error <= 1e-7, "{}", grown.checks.error);
    let mut cut = system.clone();
    cut.charger.kind = ChargerKind::Oscillator(Cutoff::Levels(110));
    let cut = cut.charge(&times().into()).unwrap();
    assert!(difference(&cut) > 1e-6, "{}", difference(&cut));
    assert!(cut.checks.error >= difference(&cut), "{:?} {}", cut.checks, difference(&cut));
}

#[test]
fn a_fock_start_has_its_exact_cutoff() {
    // Unequal cells, so that no exact method applies; at most 3 + 1 quanta.
    let mut system = ChargerBattery::star(2).with_charger_in(InitialState::Fock(3));
    system.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
    system.battery.frequencies = vec![1.0, 1.3];
    system.initial.battery = InitialState::Fock(1);
    let times = || Times::even(0.0, 9.0, 10);
    let run = by(&system, None, times());
    assert_eq!(run.levels.charger, 5);
    assert_eq!(run.checks.top_population, None);
    let plan = system.plan(&times().into()).unwrap();
    assert!(
        plan.reason.contains("one block of 4 levels of 20") && plan.reason.contains("nothing is cut off"),
        "{}",
        plan.reason
    );
    // The same with more levels than needed, as a density matrix.
    system.charger.kind = ChargerKind::Oscillator(Cutoff::Levels(9));
    let wide = by(&system, Some(Method::Taylor), times());
    let differences = run.series.energy().into_iter().zip(wide.series.energy()).map(|(a, b)| (a - b).abs());
    assert!(differences.fold(0.0, f64::max) < 1e-9);
    // A coherent start keeps to its sectors as well.
    system.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
    system.initial.charger = InitialState::Coherent(1.0);
    let coherent = system.plan(&times().into()).unwrap();
    assert!(coherent.reason.contains("blocks of up to 4 levels"), "{}", coherent.reason);
}

/// e^{-iHt} by a dense eigenvalue problem.
fn evolved(h: &Operator, psi: &[Complex64], t: f64) -> Vec<Complex64> {
    let n = h.dim();
    let eigen = Mat::from_fn(n, n, |i, j| h.get(i, j)).self_adjoint_eigen(Side::Lower).unwrap();
    let v = eigen.U();
    let c: Vec<Complex64> = (0..n)
        .map(|k| {
            (0..n).map(|i| v[(i, k)].conj() * psi[i]).sum::<Complex64>()
                * Complex64::from_polar(1.0, -eigen.S()[k].re * t)
        })
        .collect();
    (0..n).map(|i| (0..n).map(|k| v[(i, k)] * c[k]).sum()).collect()
}

#[test]
fn any_closed_master_equation_is_what_its_eigenvectors_say() {
    let mut random = fastrand::Rng::with_seed(8);
    for case in 0..30 {
        // Complex, real, and falling into blocks; batteries with and without another beside them, diagonal or not.
        let (others, battery) = [(1, 12), (2, 6), (3, 4), (4, 3)][case % 4];
        let n = others * battery;
        let mut any = |size: usize, complex: bool| {
            let entries: Vec<_> = (0..size * size)
                .map(|p| {
                    let im = if complex { random.f64() - 0.5 } else { 0.0 };
                    (p / size, p % size, Complex64::new(random.f64() - 0.5, im))
                })
                .filter(|(i, j, _)| case % 3 != 0 || (i + j) % 2 == 0)
                .collect();
            Operator::from_entries(size, entries).plus_adjoint()
        };
        let h = any(n, case % 2 == 0);
        let h_b = if case % 5 == 0 { any(battery, true) } else { Operator::number(battery) };
        let psi: Vec<Complex64> =
            (0..n).map(|_| Complex64::new(random.f64() - 0.5, random.f64() - 0.5)).collect();
        let norm = psi.iter().map(|x| x.norm_sqr()).sum::<f64>().sqrt();
        let psi: Vec<Complex64> = psi.iter().map(|x| x / norm).collect();
        let system = MasterEquation::new(h.clone(), h_b.clone()).starting_in_ket(psi.clone());
        for method in [None, Some(Method::Eigenvectors), Some(Method::Chebyshev), Some(Method::Explicit)] {
            let run = by(&system, method, Times::from(vec![0.0, 0.7, 31.0]));
            for (k, t) in [0.0, 0.7, 31.0].into_iter().enumerate() {
                let rho = Hermitian::projector(&evolved(&h, &psi, t)).trace_out_first(battery);
                let entries = (0..battery * battery).map(|p| (p / battery, p % battery));
                let rho = Operator::from_entries(battery, entries.map(|(i, j)| (i, j, rho.get(i, j))));
                let expected = leyden::merit::Merits::of_matrices(&rho, &h_b).unwrap();
                let found = run.at(k);
                let tolerance = if method == Some(Method::Explicit) { 1e-7 } else { 1e-12 };
                assert_close(
                    &[
                        found.energy,
                        found.ergotropy.global,
                        found.ergotropy.incoherent,
                        found.purity,
                        found.fluctuation,
                    ],
                    &[
                        expected.energy,
                        expected.ergotropy.global,
                        expected.ergotropy.incoherent,
                        expected.purity,
                        expected.fluctuation,
                    ],
                    tolerance,
                    &format!("case {case}, {method:?}, t = {t}"),
                );
            }
        }
    }
}

#[test]
fn a_density_matrix_of_any_rank_is_evolved_by_its_kets() {
    let mut random = fastrand::Rng::with_seed(3);
    let n = 6;
    let mut any = || Complex64::new(random.f64() - 0.5, random.f64() - 0.5);
    let h = Operator::from_entries(n, (0..n * n).map(|p| (p / n, p % n, any())).collect::<Vec<_>>())
        .plus_adjoint();
    for rank in [1, 2, 6] {
        let mut rho = Hermitian::zero(n);
        for _ in 0..rank {
            let psi: Vec<Complex64> = (0..n).map(|_| any()).collect();
            rho.s_mut().iter_mut().zip(Hermitian::projector(&psi).s()).for_each(|(x, y)| *x += y);
        }
        let trace = rho.trace();
        rho.s_mut().iter_mut().for_each(|x| *x /= trace);
        let system = MasterEquation::new(h.clone(), Operator::number(3)).starting_in(rho);
        let times = || Times::even(0.0, 7.0, 8);
        let (kets, matrices) = (by(&system, None, times()), by(&system, Some(Method::Exponential), times()));
        for k in 0..8 {
            let (a, b) = (kets.at(k), matrices.at(k));
            let both = |m: &leyden::merit::Merits| [m.energy, m.ergotropy.global, m.purity];
            assert_close(&both(a), &both(b), 1e-12, &format!("rank {rank}"));
            assert!((kets.series.power[k] - matrices.series.power[k]).abs() < 1e-12);
        }
    }
}

#[test]
fn many_levels_of_a_battery_are_read_from_columns() {
    // Six unequal cells beside a qubit: 64 levels, two columns.
    let mut system = ChargerBattery::star(6).driven(0.4);
    system.battery.frequencies = (0..6).map(|k| 1.0 + 0.1 * k as f64).collect();
    let times = || Times::from(vec![0.0, 3.0]);
    let (kets, density) = (by(&system, None, times()), by(&system, Some(Method::Taylor), times()));
    let all = |m: &leyden::merit::Merits| {
        let e = &m.ergotropy;
        [m.energy, e.global, e.local, e.incoherent, e.coherent, e.largest_eigenvalue, m.purity, m.fluctuation]
    };
    assert_close(&all(kets.last()), &all(density.last()), 2e-9, "six cells");
    assert!(kets.last().ergotropy.smallest_eigenvalue.abs() < 1e-15);
}

#[test]
fn ten_spins_of_a_chain_through_the_library() {
    let (sites, field) = (10, 0.9);
    let site = |operator: Operator, at: usize| operator.on_site(at, sites);
    let x = || Operator::spin_lowering(2).plus_adjoint();
    let bonds = (0..sites - 1).map(|k| 0.4 * (site(x(), k) * site(x(), k + 1)));
    let h_b = (0..sites).map(|k| site(Operator::number(2), k)).sum::<Operator>();
    let h =
        bonds.sum::<Operator>() + (0..sites).map(|k| field * site(x(), k)).sum::<Operator>() + h_b.clone();
    let chain = MasterEquation::new(h.clone(), h_b.clone());
    let run = by(&chain, None, Times::even(0.0, 5.0, 11));
    let mut psi = vec![Complex64::ZERO; 1 << sites];
    psi[0] = Complex64::ONE;
    let psi = evolved(&h, &psi, 5.0);
    let energy: f64 = psi.iter().enumerate().map(|(k, x)| k.count_ones() as f64 * x.norm_sqr()).sum();
    assert!((run.last().energy - energy).abs() < 1e-12);
    // Pure: all of it can be extracted.
    assert!((run.last().ergotropy.global - energy).abs() < 1e-12 && (run.last().purity - 1.0).abs() < 1e-12);
}

#[test]
fn hamiltonians_that_depend_on_time_are_integrated_as_kets() {
    let x = Operator::spin_lowering(2).plus_adjoint();
    let window = Shape::Window { from: 1.0, to: 1.0 + std::f64::consts::FRAC_PI_2 };
    let qubit = MasterEquation::new(Operator::zero(2), Operator::number(2)).with_part(window, x);
    let run = by(&qubit, None, Times::even(0.0, 4.0, 9));
    assert_eq!(run.method, Method::Explicit);
    for (t, e) in run.times.iter().zip(run.series.energy()) {
        let on = (t - 1.0).clamp(0.0, std::f64::consts::FRAC_PI_2);
        assert!((e - on.sin().powi(2)).abs() < 1e-8, "{t}: {e}");
    }
    // A dipole coupling under a drive.
    let mut driven = dicke(2, 0.3, InitialState::Ground).driven(0.4);
    driven.charger.kind = ChargerKind::Oscillator(Cutoff::Levels(16));
    let times = || Times::even(0.0, 3.0, 4);
    let kets = driven.charge(&times().into()).unwrap();
    assert_eq!(kets.method, Method::Explicit);
    assert!(kets.checks.error < 1e-7 || kets.checks.top_population.unwrap() > 1e-10);
}

#[test]
fn what_stands_still_has_a_limit_and_nothing_else_does() {
    let mut apart = ChargerBattery::star(2).with_charger_in(InitialState::Thermal(0.3));
    apart.battery.frequencies = vec![1.0, 1.2];
    apart.coupling.strengths = vec![0.0; 2];
    apart.initial.battery = InitialState::Excited;
    let run = by(&apart, None, Times::even(0.0, 3.0, 4));
    assert!((run.limit().unwrap().energy - 2.2).abs() < 1e-14);
    let mut moving = apart.clone();
    moving.coupling.strengths = vec![0.1; 2];
    assert!(by(&moving, None, Times::even(0.0, 3.0, 4)).limit().is_err());
}

#[test]
fn a_qudit_and_two_oscillators_from_a_fock_state() {
    let mut pair = ChargerBattery::oscillators().with_charger_in(InitialState::Fock(4));
    pair.initial.battery = InitialState::Fock(1);
    pair.charger.detuning = 0.3;
    let times = || Times::even(0.0, 6.0, 7);
    let run = by(&pair, None, times());
    assert_eq!((run.levels.charger, run.levels.battery), (6, 6));
    // Rabi oscillations of two modes: <n_B> by 2 x 2 matrices.
    for (t, e) in run.times.iter().zip(run.series.energy()) {
        let omega = (1.0_f64 + 0.15 * 0.15).sqrt();
        let p = (omega * t).sin().powi(2) / (omega * omega);
        assert!((e - (4.0 * p + (1.0 - p))).abs() < 1e-12, "{t}");
    }
    let mut qudit = ChargerBattery::star(1).driven(0.7);
    qudit.battery.cell = Cell::Qudit(4);
    qudit.battery.detuning = 0.2;
    let (kets, density) = (by(&qudit, None, times()), by(&qudit, Some(Method::Taylor), times()));
    for k in 0..7 {
        assert!((kets.at(k).ergotropy.global - density.at(k).ergotropy.global).abs() < 1e-8);
    }
}

#[test]
fn equal_energies_of_different_blocks_keep_their_coherence_in_the_average() {
    // X on levels 0, 1 and on 2, 3: the average of e^{-iXt} rho e^{iXt} is (rho + X rho X)/2, of rank two from a ket in both blocks.
    let x = |i: usize, j: usize| Operator::from_entries(4, [(i, j, Complex64::ONE), (j, i, Complex64::ONE)]);
    let root = Complex64::from(0.5_f64.sqrt());
    let ket = vec![root, Complex64::ZERO, root, Complex64::ZERO];
    let system = MasterEquation::new(x(0, 1) + x(2, 3), Operator::number(4)).starting_in_ket(ket);
    for method in [None, Some(Method::Chebyshev)] {
        let average = by(&system, method, Times::even(0.0, 2.0, 5)).asymptote.average.unwrap();
        assert!((average.energy - 1.5).abs() < 1e-14 && (average.ergotropy.unwrap() - 1.0).abs() < 1e-14);
    }
}

#[test]
fn a_function_of_time_is_what_it_computes() {
    let x = Operator::spin_lowering(2).plus_adjoint();
    let (h, h_b) = (Operator::number(2), Operator::number(2));
    let (open, channel) = ((0.1, Operator::spin_lowering(2)), (0.0, Operator::spin_lowering(2)));
    let f = |t: f64| (0.9 * t + 0.3).cos();
    let pulse = |t: f64| if (2.0..2.5).contains(&t) { 1.0 } else { 0.0 };
    for (rate, jump) in [open, channel] {
        let with = |shape: Shape| {
            let system = MasterEquation::new(h.clone(), h_b.clone()).with_channel(rate, jump.clone());
            let run = by(&system.with_part(shape, 0.7 * x.clone()), None, Times::even(0.0, 30.0, 4));
            run.series.energy()
        };
        let known = with(Shape::Cosine { frequency: 0.9, phase: 0.3 });
        assert_close(&with(Shape::Function(Function::new(f, &[]))), &known, 1e-8, "cosine");
        // Between times far apart, a pulse is met by its breakpoints.
        let known = with(Shape::Window { from: 2.0, to: 2.5 });
        assert!(known[1] > 0.05);
        assert_close(&with(Shape::Function(Function::new(pulse, &[2.0, 2.5]))), &known, 1e-9, "pulse");
    }
}
