//! Numbers that a start reaches, against whole density matrices; exact cutoffs, and what becomes of systems without any symmetry.

use std::ops::ControlFlow;

use leyden::charge::Charging;
use leyden::evolve::{Evolve, Explicit, Exponential, Implicit, Outcome, Taylor};
use leyden::lindblad::{Channel, Generator, Lindbladian, Modulation, Shape};
use leyden::model::{ChargerKind, CouplingForm, Cutoff, Levels};
use leyden::operator::{Hermitian, Operator};
use leyden::{ChargerBattery, Complex64, InitialState, MasterEquation, Method, Request, Times};

/// Levels with a label each, in random order.
struct Planted {
    labels: Vec<i32>,
    random: fastrand::Rng,
}

impl Planted {
    fn new(classes: i32, each: usize, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut labels: Vec<i32> = (0..classes).flat_map(|label| vec![label; each]).collect();
        random.shuffle(&mut labels);
        Planted { labels, random }
    }

    fn number(&mut self) -> Complex64 {
        Complex64::new(self.random.f64() - 0.5, self.random.f64() - 0.5)
    }

    /// Random entries where `allowed` says so of the labels of row and column.
    fn operator(&mut self, allowed: impl Fn(i32, i32) -> bool) -> Operator {
        let n = self.labels.len();
        let places: Vec<_> = (0..n * n).map(|p| (p / n, p % n)).collect();
        let kept: Vec<_> =
            places.into_iter().filter(|&(i, j)| allowed(self.labels[i], self.labels[j])).collect();
        let entries: Vec<_> = kept.into_iter().map(|(i, j)| (i, j, self.number())).collect();
        Operator::from_entries(n, entries)
    }

    /// A random pure state on levels with these labels.
    fn pure(&mut self, on: impl Fn(i32) -> bool) -> Hermitian {
        let labels = self.labels.clone();
        let psi: Vec<_> =
            labels.iter().map(|&l| if on(l) { self.number() } else { Complex64::ZERO }).collect();
        let norm = psi.iter().map(|x| x.norm_sqr()).sum::<f64>().sqrt();
        Hermitian::projector(&psi.iter().map(|x| x / norm).collect::<Vec<_>>())
    }
}

fn states(method: &dyn Evolve, generator: &Generator, rho0: &Hermitian, times: &[f64]) -> Vec<Vec<f64>> {
    let mut found = Vec::new();
    let outcome = method.evolve(generator, rho0, times, &mut |_, _, s| {
        found.push(s.to_vec());
        ControlFlow::Continue(())
    });
    assert_eq!(outcome, Ok(Outcome::Converged), "{method:?}");
    found
}

fn largest_difference(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().flatten().zip(b.iter().flatten()).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
}

/// By every general method, on what is reached and on all numbers.
fn same_by_all_methods(lindbladian: &Lindbladian, rho0: &Hermitian, expected_numbers: usize) {
    let times = [0.0, 0.3, 0.6, 0.9, 2.0];
    let (reached, whole) = (Generator::from_start(lindbladian, rho0), Generator::new(lindbladian));
    assert_eq!(reached.numbers(), expected_numbers);
    assert_eq!(whole.numbers(), rho0.s().len());
    let expected = states(&Exponential { tolerance: 0.0 }, &whole, rho0, &times);
    let methods: [(&dyn Evolve, f64); 4] = [
        (&Exponential { tolerance: 0.0 }, 1e-12),
        (&Taylor { tolerance: 1e-13 }, 1e-12),
        (&Explicit { tolerance: 1e-14 }, 1e-12),
        (&Implicit { tolerance: 1e-15 }, 1e-12),
    ];
    for (method, tolerance) in methods {
        let difference = largest_difference(&states(method, &reached, rho0, &times), &expected);
        assert!(difference <= tolerance, "{method:?}: {difference:e}");
    }
}

#[test]
fn a_planted_number_is_found_with_cold_and_warm_jumps() {
    for seed in 0..6 {
        // Five classes of four levels; jumps lead down by one, or by two, of start in the classes below the fourth.
        let mut planted = Planted::new(5, 4, seed);
        let h = planted.operator(|a, b| a == b).plus_adjoint();
        let down = planted.operator(|a, b| a == b - 1);
        let two = planted.operator(|a, b| a == b - 2);
        let dephasing = planted.operator(|a, b| a == b);
        let channel = |rate, jump: &Operator| Channel { rate, jump: jump.clone() };
        let channels = vec![channel(0.4, &down), channel(0.3, &two), channel(0.2, &dephasing)];
        let cold = Lindbladian::new(h.clone(), channels.clone()).unwrap();
        // Populations of the third class lead to the three lower ones: 4 blocks of 4 x 4.
        same_by_all_methods(&cold, &planted.pure(|label| label == 3), 4 * 16);
        // Warm: all five, whatever the start.
        let warm = [channels, vec![channel(0.1, &down.adjoint())]].concat();
        let warm = Lindbladian::new(h, warm).unwrap();
        same_by_all_methods(&warm, &planted.pure(|label| label == 1), 5 * 16);
        // A coherence between classes 2 and 4 goes with them as long as both jump: (2,4), (1,3), (0,2) and their mirror images.
        let both = planted.pure(|label| label == 2 || label == 4);
        same_by_all_methods(&cold, &both, 5 * 16 + 6 * 16);
    }
}

#[test]
fn a_planted_parity_halves_the_numbers() {
    for seed in 10..14 {
        let mut planted = Planted::new(2, 10, seed);
        let h = planted.operator(|a, b| a == b).plus_adjoint();
        let jump = planted.operator(|a, b| a != b);
        let lindbladian = Lindbladian::new(h, vec![Channel { rate: 0.1, jump }]).unwrap();
        same_by_all_methods(&lindbladian, &planted.pure(|label| label == 0), 200);
        // Coherences between the parities stay such: with them everything is carried.
        let both = planted.pure(|_| true);
        assert_eq!(Generator::from_start(&lindbladian, &both).numbers(), 400);
    }
}

#[test]
fn levels_that_decay_together_are_coherent() {
    // No H connects any levels, but L^dag L those of the upper class, and L leads to superpositions of the lower one.
    for seed in 50..53 {
        let mut planted = Planted::new(2, 6, seed);
        let h = Operator::diagonal(&(0..12).map(|k| 0.3 * k as f64).collect::<Vec<_>>());
        let jump = planted.operator(|a, b| (a, b) == (0, 1));
        let lindbladian = Lindbladian::new(h, vec![Channel { rate: 0.5, jump }]).unwrap();
        let upper = planted.labels.iter().position(|label| *label == 1).unwrap();
        same_by_all_methods(&lindbladian, &Hermitian::level(12, upper), 2 * 36);
    }
}

#[test]
fn two_channels_are_not_one() {
    // Two jump operators that lead to different classes make no coherence between them; their sum does.
    let mut planted = Planted::new(3, 4, 20);
    let h = planted.operator(|a, b| a == b).plus_adjoint();
    let (one, other) = (planted.operator(|a, b| (a, b) == (0, 2)), planted.operator(|a, b| (a, b) == (1, 2)));
    let start = planted.pure(|label| label == 2);
    let channel = |jump: &Operator| Channel { rate: 0.5, jump: jump.clone() };
    let apart = Lindbladian::new(h.clone(), vec![channel(&one), channel(&other)]).unwrap();
    same_by_all_methods(&apart, &start, 3 * 16);
    let together = Lindbladian::new(h, vec![channel(&(&one + &other))]).unwrap();
    same_by_all_methods(&together, &start, 3 * 16 + 2 * 16);
}

#[test]
fn no_symmetry_leaves_everything_as_it_was() {
    let mut planted = Planted::new(1, 12, 30);
    let (h, jump) = (planted.operator(|_, _| true).plus_adjoint(), planted.operator(|_, _| true));
    let lindbladian = Lindbladian::new(h, vec![Channel { rate: 0.3, jump }]).unwrap();
    let start = planted.pure(|_| true);
    let (reached, whole) = (Generator::from_start(&lindbladian, &start), Generator::new(&lindbladian));
    assert_eq!(reached.numbers(), 144);
    let method = Taylor { tolerance: 1e-9 };
    let times = [0.5, 3.0];
    assert_eq!(states(&method, &reached, &start, &times), states(&method, &whole, &start, &times));
}

#[test]
fn modulated_parts_keep_their_symmetry_or_break_it() {
    let mut planted = Planted::new(3, 4, 40);
    let h = planted.operator(|a, b| a == b).plus_adjoint();
    let down = planted.operator(|a, b| a == b - 1);
    let (kept, broken) = (
        planted.operator(|a, b| a == b).plus_adjoint(),
        planted.operator(|a, b| (a - b).abs() == 1).plus_adjoint(),
    );
    let start = planted.pure(|label| label == 1);
    let shape = Shape::Cosine { frequency: 1.7, phase: 0.4 };
    let modulated = |operator: &Operator| {
        let part = Modulation { operator: operator.clone(), shape: shape.clone() };
        Lindbladian::modulated(h.clone(), vec![Channel { rate: 0.4, jump: down.clone() }], vec![part])
            .unwrap()
    };
    let lindbladian = modulated(&kept);
    let (reached, whole) = (Generator::from_start(&lindbladian, &start), Generator::new(&lindbladian));
    assert_eq!(reached.numbers(), 2 * 16);
    let (method, times) = (Explicit { tolerance: 1e-14 }, [0.4, 1.5]);
    let found = states(&method, &reached, &start, &times);
    let difference = largest_difference(&found, &states(&method, &whole, &start, &times));
    assert!(difference < 1e-11, "{difference:e}");
    assert_eq!(Generator::from_start(&modulated(&broken), &start).numbers(), 144);
}

/// A cavity that loses photons and charges N cells, g = 1.
fn cavity(cells: usize, start: InitialState) -> ChargerBattery {
    let mut model = ChargerBattery::star(cells).with_charger_in(start);
    model.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
    model.charger.noise.relaxation = 0.1;
    model
}

fn request(times: &[f64]) -> Request {
    Request { tolerance: 1e-12, ..Times::from(times.to_vec()).into() }
}

/// E_B of all numbers on more levels than are reached.
fn energies_of_all(model: &ChargerBattery, levels: Levels, times: &[f64]) -> Vec<f64> {
    let system = model.system(levels).unwrap();
    let diagonal: Vec<f64> = system.space.energies().collect();
    let energy =
        Hermitian::from_operator(&Operator::identity(levels.charger).kron(&Operator::diagonal(&diagonal)));
    let found =
        states(&Taylor { tolerance: 1e-13 }, &Generator::new(&system.lindbladian), &system.rho0, times);
    found.into_iter().map(|s| Hermitian::from_s(system.rho0.dim(), s).expect(&energy)).collect()
}

fn assert_energies(run: &Charging, expected: &[f64], tolerance: f64) {
    let energies = run.series.energy();
    assert_eq!(energies.len(), expected.len());
    for (found, expected) in energies.iter().zip(expected) {
        assert!((found - expected).abs() <= tolerance, "{found} {expected}");
    }
}

#[test]
fn fock_states_take_as_many_levels_as_they_fill() {
    let times = [0.0, 0.5, 1.0, 2.0, 3.0];
    for cells in [1, 3, 5] {
        for start in [2, 4] {
            let model = cavity(cells, InitialState::Fock(start));
            let plan = model.plan(&request(&times)).unwrap();
            let run = model.charge(&request(&times)).unwrap();
            assert_eq!((run.levels.charger, plan.levels.charger), (start + 1, start + 1));
            assert_eq!(run.outcome, Outcome::Converged);
            assert_eq!(run.checks.top_population, None);
            let expected = energies_of_all(&model, Levels { charger: start + 4, battery: 1 }, &times);
            assert_energies(&run, &expected, 1e-12);
            assert!(run.checks.error < 1e-10);
        }
    }
    let reason = cavity(6, InitialState::Fock(6)).plan(&request(&times)).unwrap().reason;
    let carried = "49 levels, of which the start reaches 28 in blocks of up to 7: 140 of 2401 numbers";
    assert!(reason.contains(carried), "{reason}");
}

#[test]
fn excitations_of_cells_count_and_warm_or_broad_starts_have_no_end() {
    let times = [0.0, 1.0];
    let charger_levels = |model: &ChargerBattery| model.plan(&request(&times)).unwrap().levels.charger;
    let mut model = cavity(3, InitialState::Fock(2)).with_battery_in(InitialState::Fock(3));
    assert_eq!(charger_levels(&model), 6);
    // Cold noise of the cells changes nothing, a bath with photons does, and so does a drive.
    model.battery.noise.relaxation = 0.2;
    model.battery.noise.dephasing = 0.2;
    assert_eq!(charger_levels(&model), 6);
    let mut warm = model.clone();
    warm.charger.noise.thermal_occupation = 0.01;
    assert!(charger_levels(&warm) > 6);
    assert!(charger_levels(&model.clone().driven(0.1)) > 6);
    let mut dipole = model.clone();
    dipole.coupling.form = CouplingForm::Dipole;
    assert!(charger_levels(&dipole) > 6);
    for broad in [InitialState::Coherent(0.3), InitialState::Squeezed(0.3), InitialState::Thermal(0.1)] {
        assert!(charger_levels(&cavity(3, broad.clone())) > 6, "{broad:?}");
        let run = cavity(3, broad.clone()).charge(&request(&times)).unwrap();
        assert!(run.checks.top_population.is_some());
    }
}

#[test]
fn a_cutoff_that_holds_everything_cuts_nothing_off() {
    let times = [0.0, 1.0, 2.5];
    let with = |levels: usize| {
        let mut model = cavity(2, InitialState::Fock(3));
        model.charger.kind = ChargerKind::Oscillator(Cutoff::Levels(levels));
        model.charge(&request(&times))
    };
    let exact = cavity(2, InitialState::Fock(3)).charge(&request(&times)).unwrap();
    for levels in [4, 5, 9] {
        let run = with(levels).unwrap();
        assert_eq!((run.levels.charger, &run.outcome), (levels, &Outcome::Converged));
        assert_eq!(run.checks.top_population, None);
        assert_energies(&run, &exact.series.energy(), 1e-12);
    }
    assert!(with(3).is_err(), "the state itself is cut");
    // Cells in excited states need more than the photons.
    let mut model = cavity(2, InitialState::Fock(3)).with_battery_in(InitialState::Excited);
    model.charger.kind = ChargerKind::Oscillator(Cutoff::Levels(5));
    let run = model.charge(&request(&times)).unwrap();
    assert!(matches!(run.outcome, Outcome::CutoffTooSmall { .. }), "{:?}", run.outcome);
}

#[test]
fn a_battery_that_is_an_oscillator_is_cut_exactly_too() {
    let times = [0.0, 0.7, 2.0];
    let mut model = ChargerBattery::oscillators().with_charger_in(InitialState::Fock(3));
    model.charger.noise.relaxation = 0.3;
    model.battery.noise.dephasing = 0.2;
    let run = model.charge(&request(&times)).unwrap();
    assert_eq!(run.levels, Levels { charger: 4, battery: 4 });
    let expected = energies_of_all(&model, Levels { charger: 6, battery: 6 }, &times);
    assert_energies(&run, &expected, 1e-12);
}

/// E_B and global ergotropy by brute force in the full space of two cells with dephasing of their own, two photons at first.
#[test]
fn two_cells_with_dephasing_of_their_own() {
    let mut model = cavity(2, InitialState::Fock(2));
    model.battery.noise.dephasing = 0.2;
    let run = model.charge(&request(&[1.0, 4.0])).unwrap();
    let expected = [(1.5615446731, 1.1230893463), (1.3137342523, 0.6947924270)];
    for (merits, (energy, global)) in run.series.merits.iter().zip(expected) {
        assert!((merits.energy - energy).abs() < 1e-10 && (merits.ergotropy.global - global).abs() < 1e-10);
    }
    assert_eq!(run.levels.charger, 3);
}

#[test]
fn a_coherent_cavity_carries_what_its_battery_needs() {
    // Coherences between K and K' photons and excitations, |K - K'| <= N: others never reach a battery of N cells.
    let times = [0.0, 0.8, 2.0];
    for cells in [1, 3] {
        let model = cavity(cells, InitialState::Coherent(1.2));
        let plan = model.plan(&request(&times)).unwrap();
        let run = model.charge(&request(&times)).unwrap();
        // Photons and excitations together stay below the cut.
        let (cut, kets) = (run.levels.charger, |k: usize| k.min(cells) + 1);
        let pairs = (0..cut).flat_map(|k| (0..cut).map(move |l| (k, l)));
        let needed = pairs.filter(|&(k, l)| k.abs_diff(l) <= cells);
        let numbers: usize = needed.map(|(k, l)| kets(k) * kets(l)).sum();
        let carried = format!(": {numbers} of {} numbers", (cut * (cells + 1)).pow(2));
        assert!(plan.reason.contains(&carried), "{} {carried}", plan.reason);
        let levels = Levels { charger: run.levels.charger, battery: 1 };
        assert_energies(&run, &energies_of_all(&model, levels, &times), 1e-12);
        let verified = model.charge(&Request { verify: true, ..request(&times) }).unwrap();
        let differences = verified.verification.unwrap().differences;
        assert!(differences.iter().all(|(_, x)| *x < 1e-9 || x.is_nan()), "{differences:?}");
    }
}

#[test]
fn every_method_knows_how_accurate_it_is_on_carried_numbers() {
    let times = [0.0, 0.4, 0.8, 1.2, 4.0];
    let mut model = cavity(2, InitialState::Coherent(0.4));
    model.charger.kind = ChargerKind::Oscillator(Cutoff::Levels(14));
    let expected = energies_of_all(&model, Levels { charger: 14, battery: 1 }, &times);
    for method in [Method::Taylor, Method::Explicit, Method::Exponential, Method::Implicit] {
        let request = Request { method: Some(method), tolerance: 1e-8, ..request(&times) };
        let plan = model.plan(&request).unwrap();
        let run = model.charge(&request).unwrap();
        let errors =
            run.series.energy().iter().zip(&expected).map(|(a, b)| (a - b).abs()).collect::<Vec<_>>();
        let largest = errors.iter().copied().fold(0.0, f64::max);
        let allowed = run.checks.error + 1e-12;
        assert!(largest <= allowed && run.checks.error < 1e-7, "{method}: {largest:e} {allowed:e}");
        // 525 of 1764 numbers, not 1764, are what memory is counted for.
        assert!(plan.memory < 525.0 * 1e5 + 1e5, "{method}: {}", plan.memory);
    }
}

#[test]
fn equations_of_ones_own_find_their_symmetries() {
    // A lossy cavity of four photons and two levels that exchange: the same numbers, and the same energies as the built-in system.
    let (times, levels) = ([0.0, 0.6, 1.9], 5);
    let (a, s) = (Operator::annihilation(levels), Operator::spin_lowering(2));
    let (a, s) = (a.kron(&Operator::identity(2)), Operator::identity(levels).kron(&s));
    let own = MasterEquation::new((&a.adjoint() * &s).plus_adjoint(), Operator::number(2))
        .with_channel(0.1, a)
        .starting_in(Hermitian::level(2 * levels, 2 * 4));
    let reason = own.plan(&request(&times)).unwrap().reason;
    assert!(
        reason.contains("of which the start reaches 9 in blocks of up to 2: 17 of 100 numbers"),
        "{reason}"
    );
    let run = own.charge(&request(&times)).unwrap();
    let built_in = cavity(1, InitialState::Fock(4)).charge(&request(&times)).unwrap();
    assert_energies(&run, &built_in.series.energy(), 1e-12);
}
