//! Systems of one's own: against the systems of the library, closed forms, and ergotropy worked out by hand.

use std::ops::ControlFlow;

use faer::{Mat, Side};
use leyden::asymptote::Detail;
use leyden::evolve::{Carried, Evolve, Explicit, Outcome, Problem, Taylor, choose};
use leyden::lindblad::{Channel, Generator, Lindbladian, Shape};
use leyden::{ChargerBattery, Hermitian, MasterEquation, Method, Operator, Request, Times, Why};
use num_complex::Complex64;

fn lower(site: usize, sites: usize) -> Operator {
    Operator::spin_lowering(2).on_site(site, sites)
}

fn number(site: usize, sites: usize) -> Operator {
    Operator::number(2).on_site(site, sites)
}

fn exchange(i: usize, j: usize, sites: usize) -> Operator {
    (lower(i, sites).adjoint() * lower(j, sites)).plus_adjoint()
}

/// A dephased, driven qubit on two cells, in the frame of the drive.
fn star(gamma: f64, f: f64) -> MasterEquation {
    let h = f * lower(0, 3).plus_adjoint() + exchange(0, 1, 3) + exchange(0, 2, 3);
    MasterEquation::new(h, number(0, 2) + number(1, 2)).with_channel(gamma, number(0, 3))
}

fn near(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance, "{a} {b} differ by {:e}", (a - b).abs());
}

#[test]
fn a_star_written_by_hand_is_the_star() {
    let request = Request { tolerance: 1e-11, verify: true, ..Times::even(0.0, 20.0, 41).into() };
    let own = star(1.4, 0.5).charge(&request).unwrap();
    let known = ChargerBattery::star(2).dephased(1.4).driven(0.5).charge(&request).unwrap();
    for (a, b) in own.series.merits.iter().zip(&known.series.merits) {
        near(a.energy, b.energy, 1e-9);
        near(a.ergotropy.global, b.ergotropy.global, 1e-9);
        near(a.ergotropy.coherent, b.ergotropy.coherent, 1e-9);
        near(a.purity, b.purity, 1e-9);
        near(a.fluctuation, b.fluctuation, 1e-8);
    }
    for (a, b) in own.series.power.iter().zip(&known.series.power) {
        near(*a, *b, 1e-9);
    }
    near(own.limit().unwrap().ergotropy.global, known.limit().unwrap().ergotropy.global, 1e-10);
    let (a, b) = (own.charging_time.unwrap(), known.charging_time.unwrap());
    near(a.settling.unwrap(), b.settling.unwrap(), 1e-6);
    near(a.spectral.unwrap().time, b.spectral.unwrap().time, 1e-6);
    let verification = own.verification.unwrap();
    assert!(verification.differences.iter().all(|(_, x)| *x < 1e-7), "{verification:?}");
}

#[test]
fn ergotropy_of_an_interacting_battery_counts_its_own_levels() {
    // Two spins with J > 1: the ground state of H_B holds an excitation, and no product state is a level.
    let h_b = number(0, 2) + number(1, 2) + 1.5 * exchange(0, 1, 2);
    let h = 0.7 * lower(0, 3).plus_adjoint() + exchange(0, 1, 3) + 1.5 * exchange(1, 2, 3);
    let own = MasterEquation::new(h.clone(), h_b.clone()).with_channel(0.3, lower(0, 3));
    let times = vec![0.0, 0.5, 3.0, 11.0];
    let run = own.charge(&Request { tolerance: 1e-11, ..Times::from(times.clone()).into() }).unwrap();

    let dense = Mat::from_fn(4, 4, |i, j| h_b.get(i, j));
    let eigen = dense.self_adjoint_eigen(Side::Lower).unwrap();
    let energies: Vec<f64> = eigen.S().column_vector().iter().map(|x| x.re).collect();
    let ground: Vec<Complex64> = (0..4).map(|i| eigen.U()[(i, 0)]).collect();
    let rho0 = Hermitian::level(2, 0).kron(&Hermitian::projector(&ground));
    let channel = Channel { rate: 0.3, jump: lower(0, 3) };
    let generator = Generator::new(&Lindbladian::new(h, vec![channel]).unwrap());
    let method = choose(&generator, &times, 1e-11).method;
    let energy = Hermitian::from_operator(&h_b);
    let sink = &mut |i: usize, _: f64, s: &[f64]| {
        let battery = Hermitian::from_s(8, s.to_vec()).trace_out_first(4);
        let mut populations = battery.eigenvalues();
        populations.sort_by(|a, b| b.total_cmp(a));
        let passive: f64 = populations.iter().zip(&energies).map(|(p, e)| p * e).sum();
        near(run.at(i).energy, battery.expect(&energy), 1e-9);
        near(run.at(i).ergotropy.global, battery.expect(&energy) - passive, 1e-9);
        near(run.at(i).purity, battery.purity(), 1e-9);
        ControlFlow::Continue(())
    };
    method.evolve(&generator, &rho0, &times, sink).unwrap();
    near(run.at(0).energy, energies[0], 1e-13);
    assert!(energies[0] < -0.4 && run.last().ergotropy.global > 0.05);
}

#[test]
fn a_window_switches_the_drive_where_it_says() {
    // sin^2 of the pulse's area, F (t - from) inside; ends between the times and on them, and one that a long step would miss.
    for (from, to) in [(0.3, 1.9), (1.0, 2.0), (0.0, 0.75), (2.6, 2.9)] {
        let f = 0.8;
        let qubit = MasterEquation::new(Operator::zero(2), Operator::number(2))
            .with_part(Shape::Window { from, to }, f * Operator::spin_lowering(2).plus_adjoint());
        let run = qubit.charge(&Times::even(0.0, 4.0, 17).into()).unwrap();
        assert_eq!(run.method, Method::Explicit);
        for (i, t) in run.times.iter().enumerate() {
            let area = f * (t.clamp(from, to) - from);
            near(run.at(i).energy, area.sin().powi(2), 2e-8);
            // On an end the power is that of what begins there.
            let on = (from..to).contains(t);
            near(run.series.power[i], if on { f * (2.0 * area).sin() } else { 0.0 }, 2e-7);
        }
        assert_eq!(run.limit().unwrap_err(), Why::TimeDependent);
    }
}

#[test]
fn the_largest_average_power_may_sit_on_the_end_of_a_pulse() {
    // E = sin^2(F (t - 1)) on 1 <= t < 2 and constant afterwards: E/t is largest where the pulse ends, between two times too.
    for points in [17, 16] {
        let pulse = 0.8 * Operator::spin_lowering(2).plus_adjoint();
        let qubit = MasterEquation::new(Operator::zero(2), Operator::number(2))
            .with_part(Shape::Window { from: 1.0, to: 2.0 }, pulse);
        let most = qubit.charge(&Times::even(0.0, 4.0, points).into()).unwrap().maximum_power.unwrap();
        near(most.value, 0.8_f64.sin().powi(2) / 2.0, 1e-8);
        near(most.time, 2.0, 1e-12);
    }
}

#[test]
fn edges_that_differ_by_rounding_are_one() {
    let (pulse, first) = (Operator::spin_lowering(2).plus_adjoint(), 0.1 * 3.0);
    assert!(first != 0.3);
    let qubit = MasterEquation::new(Operator::zero(2), Operator::number(2))
        .with_part(Shape::Window { from: 0.0, to: first }, 0.7 * &pulse)
        .with_part(Shape::Window { from: 0.3, to: 0.9 }, 0.7 * &pulse);
    let request = Request { tolerance: 1e-10, ..Times::even(0.0, 2.0, 5).into() };
    let run = qubit.charge(&request).unwrap();
    assert_eq!(run.outcome, leyden::evolve::Outcome::Converged);
    near(run.last().energy, (0.7 * 0.9_f64).sin().powi(2), 1e-9);
}

#[test]
fn a_drive_of_ones_own_is_the_drive_of_the_library() {
    // In the lab, under a dipole coupling: F (c e^{it} + c^dag e^{-it}) = F [cos(t) (c + c^dag) + sin(t) i(c - c^dag)].
    let f = 0.4;
    let x = |site| lower(site, 2).plus_adjoint();
    let y = (lower(0, 2) - lower(0, 2).adjoint()).scaled(Complex64::I);
    let turning = |phase| Shape::Cosine { frequency: 1.0, phase };
    let own = MasterEquation::new(number(0, 2) + number(1, 2) + x(0) * x(1), Operator::number(2))
        .with_part(turning(0.0), f * x(0))
        .with_part(turning(-std::f64::consts::FRAC_PI_2), f * y)
        .with_channel(0.5, number(0, 2));
    let mut known = ChargerBattery::star(1).dephased(0.5).driven(f);
    known.coupling.form = leyden::model::CouplingForm::Dipole;
    let request = Request { tolerance: 1e-11, ..Times::even(0.0, 10.0, 21).into() };
    let (own, known) = (own.charge(&request).unwrap(), known.charge(&request).unwrap());
    for i in 0..21 {
        near(own.at(i).energy, known.at(i).energy, 1e-9);
        near(own.series.power[i], known.series.power[i], 1e-9);
    }
}

#[test]
fn kets_and_their_density_matrix_go_the_same_way() {
    let h = 0.3 * lower(0, 2).plus_adjoint() + exchange(0, 1, 2);
    let channel = Channel { rate: 0.2, jump: lower(1, 2) };
    let generator = Generator::new(&Lindbladian::new(h, vec![channel]).unwrap());
    let times = [0.0, 1.0, 5.0];
    // 0.7 |++><++| + 0.3 |01><01|, weights in the norms.
    let plus = vec![Complex64::new(0.5 * 0.7_f64.sqrt(), 0.0); 4];
    let mut flipped = vec![Complex64::ZERO; 4];
    flipped[1] = Complex64::new(0.0, 0.3_f64.sqrt());
    let kets = [plus.clone(), flipped.clone()];
    let mut rho0 = Hermitian::projector(&plus);
    rho0.s_mut().iter_mut().zip(Hermitian::projector(&flipped).s()).for_each(|(a, b)| *a += b);
    let methods: [Box<dyn Evolve>; 2] =
        [Box::new(Taylor { tolerance: 1e-11 }), Box::new(Explicit { tolerance: 1e-11 })];
    for method in methods {
        let mut expected = Vec::new();
        let keep = &mut |_: usize, _: f64, s: &[f64]| {
            expected.push(s.to_vec());
            ControlFlow::Continue(())
        };
        method.evolve(&generator, &rho0, &times, keep).unwrap();
        let problem = Problem {
            generator: &generator,
            start: Carried::Kets(&kets),
            times: &times,
            reading: None,
            flows: &[],
            seed: 1,
            progress: None,
        };
        let compare = &mut |at: leyden::evolve::Snapshot<'_>| {
            assert!(at.standard_error.is_none());
            for (a, b) in at.state.density().iter().zip(&expected[at.index]) {
                near(*a, *b, 1e-12);
            }
            ControlFlow::Continue(())
        };
        method.run(&problem, compare).unwrap();
        assert_eq!(expected.len(), 3);
    }
}

#[test]
fn what_does_not_exist_says_why() {
    let limit_of = |system: &MasterEquation, detail| {
        let request = Request { detail, ..Times::even(0.0, 1.0, 3).into() };
        system.charge(&request).unwrap().limit().map(|_| ()).unwrap_err()
    };
    assert_eq!(limit_of(&star(1.0, 0.5), Detail::States), Why::NotAsked);
    assert!(matches!(limit_of(&star(0.0, 0.5), Detail::Limit), Why::Undamped(_)));
    // 256 levels are more than what a limit is certified on.
    let h = (0..7).map(|i| exchange(i, i + 1, 8)).sum::<Operator>() + 0.3 * lower(0, 8).plus_adjoint();
    let h_b = (0..7).map(|i| number(i, 7)).sum();
    let chain = MasterEquation::new(h, h_b).with_channel(0.5, number(0, 8));
    let why = limit_of(&chain, Detail::Limit);
    assert!(matches!(why, Why::NotCertified(_) | Why::TooLarge(_)), "{why:?}");
    // The library's own star says the same of the same things.
    let closed = ChargerBattery::star(2).driven(0.5).charge(&Times::even(0.0, 1.0, 3).into()).unwrap();
    assert!(matches!(closed.limit(), Err(Why::Undamped(_))));
}

#[test]
fn slips_are_told() {
    let said = |system: MasterEquation| system.charge(&Times::none().into()).unwrap_err().to_string();
    let h = exchange(0, 1, 2);
    let number = Operator::number(2);
    assert!(
        said(MasterEquation::new(h.clone(), Operator::number(3)))
            .contains("3 levels of the battery must divide the 4")
    );
    let skew = Operator::spin_lowering(2);
    assert!(said(MasterEquation::new(h.clone(), skew.clone())).contains("must be Hermitian"));
    assert!(said(MasterEquation::new(skew.on_site(0, 2), number.clone())).contains("Hermitian"));
    let own = MasterEquation::new(h, number.clone());
    assert!(said(own.clone().starting_in(Hermitian::diagonal(&[1.0, 1.0, 0.0, 0.0]))).contains("trace 1"));
    assert!(
        said(own.clone().starting_in(Hermitian::diagonal(&[1.5, -0.5, 0.0, 0.0]))).contains("populations")
    );
    // Populations may be negative by rounding, up to 1e-10, and a trace may be off by as much.
    let start = |p: f64, q: f64| {
        own.clone().starting_in(Hermitian::diagonal(&[p, q, 0.0, 0.0])).charge(&Times::none().into())
    };
    assert!(
        start(1.0 + 9e-11, -9e-11).is_ok() && start(1.0, 9e-11).is_ok() && start(1.0 - 9e-11, 0.0).is_ok()
    );
    for (p, q) in
        [(1.0 + 1.1e-10, -1.1e-10), (1.0, 1.1e-10), (1.0, -1.1e-10), (0.5, 0.0), (1.0 - 1.2e-10, 0.0)]
    {
        assert!(start(p, q).is_err(), "{p} {q}");
    }
    let turned =
        Hermitian::projector(&[0.6.into(), Complex64::new(0.0, 0.8), Complex64::ZERO, Complex64::ZERO]);
    assert!(own.clone().starting_in(turned).charge(&Times::none().into()).is_ok());
    assert!(said(own.clone().starting_in(Hermitian::level(2, 0))).contains("4 levels"));
    assert!(said(own.clone().with_channel(-1.0, skew.on_site(0, 2))).contains("rate"));
    assert!(said(own.clone().with_channel(1.0, skew.clone())).contains("4"));
    assert!(said(own.clone().with_channel(1.0, f64::NAN * skew.on_site(0, 2))).contains("finite numbers"));
    for tolerance in [0.0, f64::NAN] {
        let error = own.charge(&Request { tolerance, ..Times::none().into() }).unwrap_err();
        assert!(error.to_string().contains("`tolerance` must be finite"), "{error}");
    }
    let never = Shape::Window { from: f64::NAN, to: 1.0 };
    assert!(
        said(own.clone().with_part(never, skew.plus_adjoint().on_site(0, 2))).contains("must be numbers")
    );
    assert!(said(MasterEquation::new(Operator::zero(0), Operator::number(2))).contains("levels"));
    // A part of size 0 leaves the generator constant.
    let still = own.clone().with_part(Shape::Cosine { frequency: 1.0, phase: 0.0 }, Operator::zero(4));
    assert_eq!(
        still.charge(&Times::none().into()).unwrap().limit(),
        own.charge(&Times::none().into()).unwrap().limit()
    );
    assert!(said(own.with_part(Shape::Cosine { frequency: 1.0, phase: 0.0 }, number)).contains("4"));
}

#[test]
fn any_battery_and_any_start_keep_their_energy_when_they_are_turned() {
    // Complex H, H_B and start, of which no transpose or conjugate is itself: energies by the plain evolution of <1 (x) H_B>.
    let mut random = fastrand::Rng::with_seed(17);
    for (others, levels) in [(1, 3), (2, 3), (3, 2), (2, 4)] {
        let n = others * levels;
        let mut any = |n: usize| {
            let entries =
                (0..n * n).map(|p| (p / n, p % n, Complex64::new(random.f64() - 0.5, random.f64() - 0.5)));
            Operator::from_entries(n, entries.collect::<Vec<_>>())
        };
        let (h, h_b, jump) = (any(n).plus_adjoint(), any(levels).plus_adjoint(), any(n));
        let root = any(n);
        let start = Hermitian::from_operator(&(&root * &root.adjoint()));
        let trace = start.trace();
        let start = Hermitian::from_s(n, start.s().iter().map(|x| x / trace).collect());
        let times = [0.0, 0.4, 1.3];
        let lindbladian =
            Lindbladian::new(h.clone(), vec![Channel { rate: 0.7, jump: jump.clone() }]).unwrap();
        let observable = Hermitian::from_operator(&Operator::identity(others).kron(&h_b));
        let mut expected = Vec::new();
        let outcome = Taylor { tolerance: 1e-13 }.evolve(
            &Generator::new(&lindbladian),
            &start,
            &times,
            &mut |_, _, s| {
                expected.push(Hermitian::from_s(n, s.to_vec()).expect(&observable));
                ControlFlow::Continue(())
            },
        );
        assert!(outcome.is_ok());
        let run = MasterEquation::new(h, h_b).with_channel(0.7, jump).starting_in(start);
        let run = run.charge(&Request { tolerance: 1e-13, ..Times::from(times.to_vec()).into() }).unwrap();
        for (found, expected) in run.series.energy().iter().zip(&expected) {
            near(*found, *expected, 1e-11);
        }
    }
}

#[test]
fn a_start_that_is_hardly_negative_is_told_by_the_outcome() {
    let of = |negative: f64, tolerance: f64| {
        let start = Hermitian::diagonal(&[1.0 + negative, -negative]);
        let still = MasterEquation::new(Operator::zero(2), Operator::number(2)).starting_in(start);
        still.charge(&Request { tolerance, ..Times::from(vec![0.0, 1.0]).into() }).map(|run| run.outcome)
    };
    assert_eq!(of(5e-11, 1e-8), Ok(Outcome::Converged));
    let Ok(Outcome::Inaccurate { smallest_eigenvalue, .. }) = of(5e-11, 1e-12) else { panic!() };
    near(smallest_eigenvalue, -5e-11, 1e-16);
    assert!(of(1e-9, 1e-8).is_err());
}

#[test]
fn unequal_cells_written_by_hand_are_the_star() {
    // Which coupling, frequency and place belong together, and a dipole coupling of either.
    let (omega, g) = ([1.0, 1.3, 0.8], [0.7, 0.2, 1.1]);
    let mut model = ChargerBattery::star(3).dephased(0.6).with_charger_in(leyden::InitialState::Excited);
    (model.battery.frequencies, model.coupling.strengths) = (omega.to_vec(), g.to_vec());
    model.charger.frequency = 1.1;
    let request = Request { tolerance: 1e-12, detail: Detail::States, ..Times::even(0.0, 6.0, 13).into() };
    for form in [leyden::model::CouplingForm::Exchange, leyden::model::CouplingForm::Dipole] {
        model.coupling.form = form;
        let mut h = 1.1 * number(0, 4);
        let mut h_b = Operator::zero(8);
        for i in 0..3 {
            h_b = h_b + omega[i] * number(i, 3);
            h = h + omega[i] * number(i + 1, 4);
            h = h + g[i]
                * match form {
                    leyden::model::CouplingForm::Exchange => exchange(0, i + 1, 4),
                    leyden::model::CouplingForm::Dipole => {
                        lower(0, 4).plus_adjoint() * lower(i + 1, 4).plus_adjoint()
                    }
                };
        }
        let own =
            MasterEquation::new(h, h_b).with_channel(0.6, number(0, 4)).starting_in(Hermitian::level(16, 8));
        let (a, b) = (own.charge(&request).unwrap(), model.charge(&request).unwrap());
        for i in 0..13 {
            near(a.at(i).energy, b.at(i).energy, 1e-10);
            near(a.at(i).ergotropy.global, b.at(i).ergotropy.global, 1e-10);
            near(a.at(i).purity, b.at(i).purity, 1e-10);
            near(a.series.power[i], b.series.power[i], 1e-9);
        }
    }
}
