//! Closed systems on classes of equal levels (an equitable partition): the same numbers as without, whatever looks equal and is not.

use std::f64::consts::FRAC_1_SQRT_2;

use leyden::charge::Charging;
use leyden::lindblad::Shape;
use leyden::{Complex64, Hermitian, MasterEquation, Method, Operator, Request, Times};

fn site(operator: Operator, at: usize, sites: usize) -> Operator {
    operator.on_site(at, sites)
}

fn x() -> Operator {
    Operator::spin_lowering(2).plus_adjoint()
}

/// sum_i n_i and H_B + sum of couplings J X_i X_j + field sum_i X_i.
fn spins(sites: usize, bonds: &[(usize, usize, f64)], field: f64) -> (Operator, Operator) {
    let h_b = (0..sites).map(|k| site(Operator::number(2), k, sites)).sum::<Operator>();
    let coupled = |&(i, j, g): &(usize, usize, f64)| g * (site(x(), i, sites) * site(x(), j, sites));
    let along = (0..sites).map(|k| field * site(x(), k, sites));
    let h = std::iter::once(h_b.clone()).chain(bonds.iter().map(coupled)).chain(along).sum();
    (h, h_b)
}

fn chain(sites: usize, g: f64) -> Vec<(usize, usize, f64)> {
    (1..sites).map(|k| (k - 1, k, g)).collect()
}

fn run(system: &MasterEquation, method: Option<Method>) -> Charging {
    system.charge(&Request { method, tolerance: 1e-11, ..Times::from(vec![0.0, 0.7, 2.3]).into() }).unwrap()
}

/// All figures of merit are those of the density matrix on all levels.
fn assert_same(system: &MasterEquation, what: &str) -> String {
    let (kets, density) = (run(system, None), run(system, Some(Method::Taylor)));
    assert_eq!(density.method, Method::Taylor);
    for (a, b) in kets.series.merits.iter().zip(&density.series.merits) {
        let numbers = |m: &leyden::merit::Merits| {
            let e = &m.ergotropy;
            [m.energy, m.passive, e.global, e.incoherent, e.largest_eigenvalue, m.purity, m.fluctuation]
        };
        for (x, y) in numbers(a).iter().zip(numbers(b)) {
            assert!((x - y).abs() < 2e-8, "{what}: {a:?}, not {b:?}");
        }
        assert!((a.energy - b.energy).abs() < 1e-9, "{what}: {} and {}", a.energy, b.energy);
    }
    for (a, b) in kets.series.power.iter().zip(&density.series.power) {
        assert!((a - b).abs() < 1e-8, "{what}: power {a}, not {b}");
    }
    kets.reason
}

#[test]
fn mirror_images_of_a_chain_count_once() {
    let (h, h_b) = spins(6, &chain(6, 0.9), 0.0);
    // 32 levels of even parity, 8 of which are their own mirror image.
    let reason = assert_same(&MasterEquation::new(h, h_b), "Ising chain");
    assert!(reason.contains("one block of 20 levels of 64 that H connects, equal ones as one"), "{reason}");
    let (h, h_b) = spins(6, &chain(6, 0.4), 0.9);
    let reason = assert_same(&MasterEquation::new(h, h_b), "field along x");
    assert!(reason.contains("36 levels of 64"), "{reason}");
    // A field along y: complex matrix elements.
    let (h, h_b) = spins(4, &chain(4, 0.4), 0.2);
    let y = Operator::spin_lowering(2).scaled(Complex64::new(0.0, 0.7)).plus_adjoint();
    let along = (0..4).map(|k| site(y.clone(), k, 4)).sum::<Operator>();
    let reason = assert_same(&MasterEquation::new(&h + &along, h_b), "field along y");
    assert!(reason.contains("10 levels of 16"), "{reason}");
}

#[test]
fn spins_that_all_meet_need_their_number_of_excitations() {
    let all: Vec<_> = (0..6).flat_map(|i| (i + 1..6).map(move |j| (i, j, 0.3))).collect();
    let (h, h_b) = spins(6, &all, 0.5);
    let reason = assert_same(&MasterEquation::new(h, h_b), "complete graph");
    assert!(reason.contains("one block of 7 levels of 64"), "{reason}");
    // A ring: bracelets of six beads of two colours.
    let ring: Vec<_> = (0..6).map(|k| (k, (k + 1) % 6, 0.3)).collect();
    let (h, h_b) = spins(6, &ring, 0.5);
    let reason = assert_same(&MasterEquation::new(h, h_b), "ring");
    assert!(reason.contains("one block of 13 levels of 64"), "{reason}");
}

#[test]
fn what_only_looks_equal_stays_apart() {
    let differs = |bonds: &[(usize, usize, f64)], field: f64, what: &str| {
        let (h, h_b) = spins(5, bonds, field);
        let reason = assert_same(&MasterEquation::new(h, h_b), what);
        assert!(reason.contains("all 32 levels"), "{what}: {reason}");
    };
    // One coupling that differs in the ninth digit.
    let mut bonds = chain(5, 0.4);
    bonds[0].2 += 4e-9;
    differs(&bonds, 0.9, "one coupling");
    // A phase tells left from right: J e^{i phi} s_k^dag s_{k+1} + h.c.
    let (h, h_b) = spins(4, &[], 0.7);
    let hop = (1..4)
        .map(|k| {
            let (up, down) = (Operator::spin_lowering(2).adjoint(), Operator::spin_lowering(2));
            (site(up, k - 1, 4) * site(down, k, 4)).scaled(Complex64::from_polar(0.6, 0.8)).plus_adjoint()
        })
        .sum::<Operator>();
    let reason = assert_same(&MasterEquation::new(&h + &hop, h_b), "phases");
    assert!(reason.contains("all 16 levels"), "{reason}");
}

#[test]
fn starts_tell_equal_levels_apart() {
    let (h, h_b) = spins(3, &chain(3, 0.4), 0.9);
    let ket = |entries: &[(usize, f64)]| {
        let mut psi = vec![Complex64::ZERO; 8];
        entries.iter().for_each(|&(k, x)| psi[k] = x.into());
        psi
    };
    let system = |psi: Vec<Complex64>| MasterEquation::new(h.clone(), h_b.clone()).starting_in_ket(psi);
    // The first spin excited; then first and last, in phase and out of phase.
    let reason = assert_same(&system(ket(&[(4, 1.0)])), "first spin");
    assert!(reason.contains("all 8 levels"), "{reason}");
    let reason = assert_same(&system(ket(&[(1, FRAC_1_SQRT_2), (4, FRAC_1_SQRT_2)])), "in phase");
    assert!(reason.contains("6 levels of 8"), "{reason}");
    let reason = assert_same(&system(ket(&[(1, FRAC_1_SQRT_2), (4, -FRAC_1_SQRT_2)])), "out of phase");
    assert!(reason.contains("all 8 levels"), "{reason}");
    let mut turned = ket(&[]);
    (turned[1], turned[4]) = (Complex64::new(0.5, 0.5), Complex64::new(0.5, -0.5));
    let reason = assert_same(&system(turned), "a quarter turn apart");
    assert!(reason.contains("all 8 levels"), "{reason}");
    // A mixed start: the kets of its eigenvectors decide.
    let mixed = Hermitian::diagonal(&[0.7, 0.0, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0]);
    let reason = assert_same(&MasterEquation::new(h.clone(), h_b.clone()).starting_in(mixed), "mixed");
    assert!(reason.contains("6 levels of 8"), "{reason}");
}

#[test]
fn energies_and_parts_in_time_tell_equal_levels_apart() {
    let (h, _) = spins(3, &chain(3, 0.4), 0.9);
    // The battery's energies differ where H does not tell: H_B does not act while it charges.
    let h_b = (0..3).map(|k| (1.0 + 0.2 * k as f64) * site(Operator::number(2), k, 3)).sum::<Operator>();
    let reason = assert_same(&MasterEquation::new(h, h_b), "energies");
    assert!(reason.contains("all 8 levels"), "{reason}");
    let (h, h_b) = spins(3, &chain(3, 0.4), 0.9);
    let pulse = |at: usize| {
        let window = Shape::Window { from: 0.5, to: 1.5 };
        MasterEquation::new(h.clone(), h_b.clone()).with_part(window, 0.8 * site(x(), at, 3))
    };
    let reason = run(&pulse(1), None).reason;
    assert!(reason.contains("6 levels of 8"), "{reason}");
    let reason = run(&pulse(0), None).reason;
    assert!(reason.contains("all 8 levels"), "{reason}");
    // What acts always at one end and what acts later at the other are not the same.
    let (bonds, _) = spins(3, &chain(3, 0.4), 0.0);
    let ends = (&bonds + &(3.0 * site(x(), 0, 3)), 3.0 * site(x(), 2, 3));
    let later =
        MasterEquation::new(ends.0, h_b.clone()).with_part(Shape::Window { from: 0.5, to: 1.5 }, ends.1);
    let reason = run(&later, None).reason;
    assert!(reason.contains("all 8 levels"), "{reason}");
    for at in [0, 1] {
        // A channel too weak to matter asks for the density matrix.
        let open = pulse(at).with_channel(1e-13, h_b.clone());
        let (kets, density) = (run(&pulse(at), None), run(&open, None));
        let energies = kets.series.energy().into_iter().zip(density.series.energy());
        energies.for_each(|(a, b)| assert!((a - b).abs() < 1e-8, "{at}: {a}, not {b}"));
    }
}
