//! Parallel charging beside a cavity, and the classical law that the cavity approaches.

use leyden::InitialState::{self, Coherent, Excited, Fock, Squeezed, Thermal};
use leyden::charge::Parallel;
use leyden::model::{Cell, ChargerBattery, ChargerKind, Cutoff};
use leyden::why::NoParallel;
use leyden::{Charging, Known, Times, Why};

fn cavity(cells: usize, start: InitialState) -> ChargerBattery {
    let mut model = ChargerBattery::star(cells).with_charger_in(start);
    model.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
    model
}

fn charge(model: &ChargerBattery, end: f64) -> Charging {
    model.charge(&Times::even(0.0, end, 3).into()).unwrap()
}

fn parallel(model: &ChargerBattery, end: f64) -> Known<Parallel> {
    charge(model, end).parallel
}

fn refused(model: &ChargerBattery) -> Why {
    parallel(model, 3.0).unwrap_err()
}

/// max_t sin^2(t)/t of one photon, and the same summed over the photons of an amplitude of 1.
const ONE_PHOTON: (f64, f64) = (0.724_611_353_8, 1.165_561_185_2);
const AMPLITUDE_ONE: (f64, f64) = (0.525_715_741_2, 0.868_329_557_0);

#[test]
fn the_advantage_of_fock_and_coherent_starts() {
    let advantages = [(10, 2.570_684, 3.454_000), (30, 4.419_040, 6.039_223), (60, 6.238_424, 8.562_025)];
    for (cells, fock, coherent) in advantages {
        let n = cells as f64;
        let starts = [(Fock(cells), ONE_PHOTON, fock), (Coherent(n.sqrt()), AMPLITUDE_ONE, coherent)];
        for (start, (power, time), advantage) in starts {
            let run = charge(&cavity(cells, start.clone()), 2.0);
            let found = run.parallel.unwrap();
            assert!((found.power.value / n - power).abs() < 1e-10, "{start:?}: {found:?}");
            assert!((found.power.time - time).abs() < 1e-9, "{start:?}: {found:?}");
            assert!((found.advantage - advantage).abs() < 1e-6, "{start:?}: {found:?}");
            let ratio = run.maximum_power.unwrap().value / found.power.value;
            assert!((found.advantage - ratio).abs() < 1e-15);
        }
    }
}

#[test]
fn a_pair_alone_has_no_advantage_over_itself() {
    for start in [Fock(1), Fock(3), Coherent(0.7), Squeezed(0.6), Thermal(1.3)] {
        let found = parallel(&cavity(1, start.clone()), 4.0).unwrap();
        assert!((found.advantage - 1.0).abs() < 1e-14, "{start:?}: {found:?}");
    }
}

/// Every pair is the run of one cell with its share of the photons.
#[test]
fn pairs_share_photons_detuning_and_what_they_start_with() {
    let r = 1.1_f64;
    let shares = [
        (Coherent(-1.5), Coherent(-0.75)),
        (Squeezed(-r), Squeezed(-(r.sinh() / 2.0).asinh())),
        (Thermal(2.0), Thermal(0.5)),
        (Fock(8), Fock(2)),
    ];
    for (whole, share) in shares {
        let [mut whole, mut pair] = [cavity(4, whole), cavity(1, share)];
        for model in [&mut whole, &mut pair] {
            model.charger.detuning = 0.8;
            model.battery.cell = Cell::Qudit(3);
            model.coupling.strengths.iter_mut().for_each(|g| *g = 0.7);
        }
        let expected = charge(&pair, 5.0).maximum_power.unwrap();
        let found = parallel(&whole, 5.0).unwrap();
        assert!((found.power.value - 4.0 * expected.value).abs() < 1e-12, "{found:?} {expected:?}");
        assert!((found.power.time - expected.time).abs() < 1e-8, "{found:?} {expected:?}");
    }
    // One photon off resonance: E = 4 g^2/W^2 sin^2(W t/2), W^2 = Delta^2 + 4 g^2.
    let mut detuned = cavity(3, Fock(3));
    detuned.charger.detuning = 5.0;
    let w = 29.0_f64.sqrt();
    let expected = 3.0 * 4.0 / (w * w) * 0.5 * w * ONE_PHOTON.0;
    assert!((parallel(&detuned, 4.0).unwrap().power.value - expected).abs() < 1e-9);
    // The end of the run holds for pairs, too.
    let short = parallel(&cavity(3, Fock(3)), 0.5).unwrap().power;
    assert!((short.value - 3.0 * 0.5_f64.sin().powi(2) / 0.5).abs() < 1e-12 && short.time == 0.5);
}

/// g/sqrt(N) is that of N cells: one alone has g.
#[test]
fn a_coupling_that_is_scaled_is_not_that_of_a_pair() {
    let mut model = cavity(9, Fock(9));
    model.coupling.strengths.iter_mut().for_each(|g| *g /= 3.0);
    model.coupling.scaling = 1.0 / 3.0;
    let scaled = parallel(&model, 8.0).unwrap();
    let plain = parallel(&cavity(9, Fock(9)), 8.0).unwrap();
    assert!((scaled.power.value - plain.power.value).abs() < 1e-12);
    assert!((3.0 * scaled.advantage - plain.advantage).abs() < 1e-10);
}

#[test]
fn where_there_is_nothing_to_compare_with() {
    assert_eq!(refused(&cavity(3, Fock(4))), NoParallel::Photons { photons: 4, cells: 3 }.into());
    assert_eq!(refused(&cavity(3, InitialState::Ground)), NoParallel::Power.into());
    let shared = cavity(3, Fock(3)).with_battery_in(Fock(1));
    assert_eq!(refused(&shared), NoParallel::Excitations.into());
    assert_eq!(refused(&cavity(3, Fock(3)).with_battery_in(Excited)), NoParallel::Power.into());
    assert!(parallel(&cavity(3, Fock(3)).with_battery_in(Fock(0)), 3.0).is_ok());
    let no_cavity = Why::from(NoParallel::NoCavity);
    assert_eq!(refused(&ChargerBattery::star(2).driven(0.5)), no_cavity);
    assert_eq!(refused(&cavity(2, Fock(2)).dephased(0.1)), no_cavity);
    assert_eq!(refused(&cavity(2, Fock(2)).driven(0.1)), no_cavity);
    let model = cavity(2, Fock(2));
    assert_eq!(model.charge(&Times::none().into()).unwrap().parallel.unwrap_err(), Why::NoTimes);
    // However the whole is solved, and whatever it is cut to.
    let mut cut = model.clone();
    cut.charger.kind = ChargerKind::Oscillator(Cutoff::Levels(3));
    let taylor = leyden::Request { method: Some(leyden::Method::Taylor), ..Times::even(0.0, 3.0, 3).into() };
    let [exact, general] =
        [charge(&model, 3.0), cut.charge(&taylor).unwrap()].map(|run| run.parallel.unwrap());
    assert_eq!(exact.power, general.power);
    assert!((exact.advantage - general.advantage).abs() < 1e-7);
}

/// E_B/N at g sqrt(nbar) t = 0.8 (0.8 = g sqrt(N) t for nbar < N) for nbar = N, 2N and N/2.
#[test]
fn many_cells_approach_their_classical_law() {
    let law = |cells: usize, ratio: f64| {
        let n = cells as f64;
        let model = cavity(cells, Coherent((ratio * n).sqrt()));
        let t = 0.8 / (n * ratio.max(1.0)).sqrt();
        let run = model.charge(&Times::from(vec![t]).into()).unwrap();
        (run.last().energy / n, model.mean_field().unwrap().at(t) / n)
    };
    for (ratio, classical, quantum) in [
        (1.0, 0.440_945, [(30, 0.440_197), (100, 0.440_721), (300, 0.440_870)]),
        (2.0, 0.477_391, [(30, 0.476_960), (100, 0.477_262), (0, 0.0)]),
        (0.5, 0.238_695, [(30, 0.238_489), (100, 0.238_634), (0, 0.0)]),
    ] {
        for (cells, expected) in quantum.into_iter().filter(|(cells, _)| *cells > 0) {
            let (found, law) = law(cells, ratio);
            assert!(
                (found - expected).abs() < 1e-6 && (law - classical).abs() < 1e-6,
                "{cells} {ratio}: {found} {law}"
            );
            assert!((found - law).abs() * (cells as f64) < 0.03);
        }
    }
    assert!(cavity(4, Thermal(4.0)).mean_field().is_none());
    assert!(cavity(4, Fock(4)).with_battery_in(Fock(1)).mean_field().is_none());
    let mut detuned = cavity(4, Fock(4));
    detuned.charger.detuning = 1e-3;
    assert!(detuned.mean_field().is_none());
}

/// Of cells that end where they began no charging time exists, however rounding adds up their modes.
#[test]
fn emptied_cells_have_no_charging_time() {
    let mut model = cavity(6, Fock(6));
    model.charger.noise.relaxation = 5.0;
    let run = charge(&model, 1.0);
    assert!(run.limit().unwrap().energy.abs() < 1e-14);
    if let Ok(times) = run.charging_time {
        assert_eq!(times.settling, Err(Why::Still(leyden::why::Still::Threshold)));
        assert_eq!(times.first, times.settling);
    }
}
