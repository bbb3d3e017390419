//! Cut oscillators: what a cut loses is refused, widened or reported, never hidden.

mod common;

use common::star;
use leyden::asymptote::Detail;
use leyden::charge::{Charging, Request};
use leyden::evolve::Outcome;
use leyden::model::{Cell, ChargerBattery, ChargerKind, Cutoff, ModelError};
use leyden::space::{InitialState, StateError};
use leyden::{Error, Method, Times};

#[test]
fn a_state_must_fit_to_twelve_digits() {
    // A thermal state of mean 1 loses 2^-levels.
    for (levels, fits) in [(13, false), (30, false), (36, false), (39, false), (40, true), (60, true)] {
        let state = InitialState::Thermal(1.0).on_oscillator(levels);
        assert_eq!(state.is_ok(), fits, "{levels} levels lose {:.1e}", 0.5_f64.powi(levels as i32));
        if let Err(error) = state {
            let StateError::CutTooLow { levels: of, held } = error else { panic!("{error:?}") };
            assert!(of == levels && (1.0 - held - 0.5_f64.powi(levels as i32)).abs() < 1e-15);
        }
    }
}

/// A dephased qubit that charges an oscillator, cut, by a general method.
fn cut(levels: Cutoff, tolerance: f64) -> Charging {
    let mut model = star(1, Cell::Oscillator(levels), 0.9, 0.4);
    model.charger.detuning = 0.2;
    let request = Request {
        method: Some(Method::Taylor),
        tolerance,
        detail: Detail::States,
        ..Times::even(0.0, 6.0, 13).into()
    };
    model.charge(&request).unwrap()
}

fn top(run: &Charging) -> f64 {
    run.checks.top_population.unwrap()
}

#[test]
fn highest_levels_that_hold_more_than_the_tolerance_are_told() {
    let exact = cut(Cutoff::Levels(60), 1e-13);
    assert!(
        top(&exact) < 1e-20 && exact.outcome == Outcome::Converged,
        "{:?} {:?}",
        exact.outcome,
        exact.checks
    );
    let (mut coarse, mut fine) = (0, 0);
    for levels in 4..30 {
        let run = cut(Cutoff::Levels(levels), 1e-8);
        let population = top(&run);
        let expected = match population > 1e-8 {
            true => Outcome::CutoffTooSmall { population },
            false => Outcome::Converged,
        };
        assert_eq!(run.outcome, expected, "{levels}");
        let pairs = run.series.energy().into_iter().zip(exact.series.energy());
        let error = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        // Where little is lost the estimate covers it.
        assert!(population > 1e-3 || error <= run.checks.error + 1e-9, "{levels}: {error:e} {population:e}");
        // The same cut for more digits.
        let strict = cut(Cutoff::Levels(levels), 1e-12);
        assert_eq!(strict.outcome == Outcome::Converged, top(&strict) <= 1e-12, "{levels}");
        coarse += usize::from((1e-5..1e-3).contains(&population));
        fine += usize::from((1e-12..1e-10).contains(&population));
    }
    assert!(coarse > 0 && fine > 0, "{coarse} {fine}");
}

#[test]
fn cutoffs_grow_until_almost_nothing_is_lost() {
    let exact = cut(Cutoff::Levels(60), 1e-13);
    for (tolerance, allowed) in [(1e-6, 1e-9), (1e-8, 1e-11), (1e-9, 1e-12), (1e-12, 1e-13)] {
        let run = cut(Cutoff::Auto, tolerance);
        assert!(run.outcome == Outcome::Converged && top(&run) <= allowed, "{tolerance:e}: {:e}", top(&run));
        for (a, b) in run.series.energy().iter().zip(exact.series.energy()) {
            assert!((a - b).abs() <= tolerance, "{tolerance:e}: {a} {b}");
        }
    }
}

#[test]
fn both_of_the_highest_levels_count() {
    // A squeezed battery at rest holds even levels alone: an even number of levels leaves the highest one empty.
    let mut model = star(1, Cell::Qubit, 0.0, 0.0);
    (model.drive, model.coupling.strengths) = (None, vec![0.0]);
    model.initial.battery = InitialState::Squeezed(0.4);
    for levels in [30, 31, 32] {
        model.battery.cell = Cell::Oscillator(Cutoff::Levels(levels));
        let state = model.initial.battery.on_oscillator(levels).unwrap();
        let expected = state.population(levels - 1) + state.population(levels - 2);
        let run = common::charge(&model, "taylor", &[0.0, 1.0]);
        assert!(expected > 1e-15 && (top(&run) / expected - 1.0).abs() < 1e-9, "{levels}: {:e}", top(&run));
    }
    // The same of a charger.
    let mut model = ChargerBattery::star(1);
    model.coupling.strengths = vec![0.0];
    model.initial.charger = InitialState::Squeezed(0.4);
    for levels in [30, 31] {
        model.charger.kind = ChargerKind::Oscillator(Cutoff::Levels(levels));
        let state = model.initial.charger.on_oscillator(levels).unwrap();
        let expected = state.population(levels - 1) + state.population(levels - 2);
        let found = top(&common::charge(&model, "taylor", &[0.0, 1.0]));
        assert!((found / expected - 1.0).abs() < 1e-9, "{levels}: {found:e} {expected:e}");
    }
}

#[test]
fn what_an_initial_state_needs_is_kept_or_refused() {
    let with = |cutoff| {
        let mut model = star(1, Cell::Oscillator(cutoff), 0.0, 0.3);
        (model.drive, model.initial.battery) = (None, InitialState::Thermal(0.5));
        let request = Request { method: Some(Method::Taylor), ..Times::from(vec![0.0, 0.5]).into() };
        model.charge(&request)
    };
    // 3^-levels: 1e-4 and 1e-11 of the state are lost.
    for levels in [8, 23] {
        let error = with(Cutoff::Levels(levels)).unwrap_err();
        assert!(
            matches!(error, Error::Model(ModelError::BatteryState(StateError::CutTooLow { .. }))),
            "{levels}: {error}"
        );
    }
    let wide = with(Cutoff::Auto).unwrap();
    assert!(wide.levels.battery >= 26 && (wide.at(0).energy - 0.5).abs() < 1e-11);
}
