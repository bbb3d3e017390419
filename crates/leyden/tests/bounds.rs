//! Bounds on power, work and speed: numbers that were computed by brute force in the full space (tests/references/bounds.py), and what must hold everywhere.

use leyden::charge::{RateBounds, SpeedLimit};
use leyden::model::{Cell, ChargerKind, CouplingForm, Cutoff, NoiseRates};
use leyden::protocol::{Part, Protocol, ProtocolSystem, ResetState, Stage, Task};
use leyden::{ChargerBattery, Charging, InitialState, Method, Request, Times, Why};

fn request(end: f64, points: usize) -> Request {
    Request { bounds: true, tolerance: 1e-11, ..Times::even(0.0, end, points).into() }
}

fn bounds(charging: &Charging) -> &RateBounds {
    charging.rate_bounds.as_ref().unwrap_or_else(|why| panic!("{}: {why}", charging.method))
}

fn path(charging: &Charging) -> &SpeedLimit {
    bounds(charging).speed_limit.as_ref().unwrap_or_else(|why| panic!("{}: {why}", charging.method))
}

fn last(column: &[f64]) -> f64 {
    *column.last().unwrap()
}

fn close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-10, "{what}: {found} for {expected}");
}

/// F = g/2, gamma = g = 1.
fn pair() -> ChargerBattery {
    ChargerBattery::star(1).driven(0.5).dephased(1.0)
}

/// Two cells, F = gamma = g = 1.
fn star() -> ChargerBattery {
    ChargerBattery::star(2).driven(1.0).dephased(1.0)
}

const METHODS: [Option<Method>; 4] =
    [None, Some(Method::Taylor), Some(Method::Explicit), Some(Method::Implicit)];

#[test]
fn a_pair_has_the_numbers_that_were_computed_by_brute_force() {
    for (method, points) in METHODS.into_iter().flat_map(|method| [(method, 3), (method, 41)]) {
        let run = pair().charge(&Request { method, ..request(2.0, points) }).unwrap();
        let (merits, found, name) = (run.last(), bounds(&run), run.method.name());
        close(last(&run.series.power), 0.2805069152, name);
        close(last(&found.power), 0.2805069152, name);
        close(last(found.power_joint.as_ref().unwrap()), 0.5599370557, name);
        close(merits.bounds.capacity, 0.874948431528, name);
        close(merits.bounds.coherence, 0.7649979787, name);
        close(merits.bounds.bound_energy, 0.0, name);
        close(last(&path(&run).angle), 0.566120137841, name);
        assert!((last(&path(&run).length) - 0.569994451374).abs() < 2e-9, "{name}: {:?}", path(&run).length);
    }
}

#[test]
fn a_star_has_the_numbers_that_were_computed_by_brute_force() {
    for (method, points) in METHODS.into_iter().flat_map(|method| [(method, 3), (method, 41)]) {
        let run = star().charge(&Request { method, ..request(2.0, points) }).unwrap();
        let (merits, found, name) = (run.last(), bounds(&run), run.method.name());
        close(last(&run.series.power), 0.4548396034, name);
        close(last(&found.power), 0.7155388418, name);
        close((last(&found.power) / merits.fluctuation).powi(2), 1.0627962601, name);
        close(last(found.power_joint.as_ref().unwrap()), 1.6796901124, name);
        close(merits.bounds.capacity, 1.60999443180, name);
        close(merits.bounds.coherence, 1.2414685118, name);
        close(merits.bounds.entropy, 0.5356596964, name);
        close(merits.bounds.bound_energy, 0.0438502390, name);
        close(merits.ergotropy.global + merits.bounds.bound_energy, 0.7612238576, name);
        close(merits.ergotropy.global - merits.ergotropy.local, 0.0677030325, name);
        close(last(&path(&run).angle), 1.003749780794, name);
        assert!((last(&path(&run).length) - 1.189938490610).abs() < 2e-9, "{name}: {:?}", path(&run).length);
    }
}

#[test]
fn three_cells_that_dephase_have_the_numbers_of_the_full_space() {
    let mut star = ChargerBattery::star(3).driven(0.8).dephased(0.5);
    star.charger.detuning = 0.3;
    star.battery.noise = NoiseRates { dephasing: 0.2, ..NoiseRates::default() };
    // As written, and as a system of parts on its own symmetries.
    let runs = [
        star.charge(&request(1.5, 4)).unwrap(),
        star.as_parts().charge(&Request { method: Some(Method::Taylor), ..request(1.5, 7) }).unwrap(),
    ];
    for run in &runs {
        let (merits, found, name) = (run.last(), bounds(run), run.method.name());
        close(last(&run.series.power), 0.4935763824, name);
        close(last(&found.power), 0.5296648120, name);
        close(last(found.power_joint.as_ref().unwrap()), 1.4814862971, name);
        close(merits.bounds.capacity, 2.8345041286, name);
        close(merits.bounds.entropy, 0.3634665390, name);
        close(merits.bounds.bound_energy, 0.0042462641, name);
        close(merits.bounds.coherence, 1.4191630532, name);
        close(merits.ergotropy.global - merits.ergotropy.local, 0.0302136224, name);
        close(last(&path(run).angle), 0.7711438651, name);
        assert!((last(&path(run).length) - 0.8050623641).abs() < 2e-8, "{name}: {:?}", path(run).length);
    }
}

/// Every bound holds at every time.
fn hold(charging: &Charging, what: &str) {
    let found = bounds(charging);
    for (i, (power, bound)) in charging.series.power.iter().zip(&found.power).enumerate() {
        assert!(power.abs() <= bound + 1e-9, "{what}: {power} above {bound} at {}", charging.times[i]);
    }
    if let Ok(joint) = &found.power_joint {
        for (power, bound) in charging.series.power.iter().zip(joint) {
            assert!(power.abs() <= bound + 1e-9, "{what}: {power} above the joint {bound}");
        }
    }
    if let Ok(path) = &found.speed_limit {
        for (angle, length) in path.angle.iter().zip(&path.length) {
            assert!(*angle <= length + 1e-7, "{what}: angle {angle} beyond length {length}");
        }
        assert!(path.length.windows(2).all(|pair| pair[0] <= pair[1]), "{what}");
    }
    for merits in &charging.series.merits {
        let of = merits.bounds;
        assert!(of.capacity >= merits.ergotropy.global - 1e-9, "{what}: {merits:?}");
        assert!(of.bound_energy >= -1e-7 && of.entropy >= -1e-9, "{what}: {merits:?}");
    }
}

#[test]
fn bounds_hold_for_charger_and_battery_of_every_kind() {
    let mut systems = Vec::new();
    for dephasing in [0.0, 0.7] {
        for form in [CouplingForm::Exchange, CouplingForm::Dipole] {
            let mut star = ChargerBattery::star(2).driven(0.8).dephased(dephasing);
            star.coupling.form = form;
            star.charger.detuning = 0.3;
            systems.push((format!("{form:?} {dephasing}"), star.clone()));
            star.battery.noise = NoiseRates { dephasing: 0.2, ..NoiseRates::default() };
            systems.push((format!("{form:?} {dephasing}, cells dephase"), star.clone()));
            star.battery.noise = NoiseRates { relaxation: 0.2, ..NoiseRates::default() };
            systems.push((format!("{form:?} {dephasing}, cells relax"), star));
        }
    }
    let mut cavity = ChargerBattery::star(3);
    cavity.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
    cavity.initial.charger = InitialState::Fock(3);
    systems.push(("cavity".into(), cavity));
    let mut unequal = ChargerBattery::star(2).driven(0.6).dephased(0.4);
    unequal.battery.frequencies = vec![1.0, 1.3];
    systems.push(("unequal cells".into(), unequal));
    let mut qudit = ChargerBattery::star(1).driven(0.6).dephased(0.4);
    qudit.battery.cell = Cell::Qudit(4);
    systems.push(("qudit".into(), qudit));
    for (what, system) in systems {
        let run = system.charge(&request(3.0, 16)).unwrap_or_else(|error| panic!("{what}: {error}"));
        hold(&run, &what);
        let relaxes = system.battery.noise.relaxation > 0.0;
        assert_eq!(bounds(&run).power_joint.is_err(), relaxes, "{what}");
        assert!(bounds(&run).speed_limit.is_ok(), "{what}");
        // One method or another.
        let others = [Method::Explicit, Method::Taylor, Method::Implicit].into_iter();
        let mut others = others.filter(|method| *method != run.method);
        let other = others
            .find_map(|method| system.charge(&Request { method: Some(method), ..request(3.0, 16) }).ok());
        let Some(other) = other else { continue };
        let both = [(&bounds(&run).power, &bounds(&other).power), (&path(&run).length, &path(&other).length)];
        for (a, b) in both {
            assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6), "{what}: {a:?} {b:?}");
        }
    }
}

#[test]
fn lengths_do_not_depend_on_the_times_that_are_shown() {
    for system in [pair(), star()] {
        let lengths: Vec<f64> = [2, 5, 64, 301]
            .map(|points| last(&path(&system.charge(&request(7.0, points)).unwrap()).length))
            .into();
        assert!(lengths.iter().all(|length| (length - lengths[3]).abs() < 2e-8), "{lengths:?}");
    }
    // From a later time on the path counts from t = 0 all the same.
    let late = star().charge(&Request { times: vec![1.3, 2.0], ..request(1.0, 2) }).unwrap();
    assert!((last(&path(&late).length) - 1.189938490610).abs() < 2e-9);
    close(last(&path(&late).angle), 1.0037497808, "late");
}

#[test]
fn what_there_is_no_room_for_says_so() {
    let large = ChargerBattery::star(40).driven(1.0).dephased(1.0);
    let run = large.charge(&request(1.0, 3)).unwrap();
    assert!(
        run.last().bounds.capacity > 1.0 && run.last().bounds.entropy > 0.01,
        "{} {:?}",
        run.method,
        run.last()
    );
    if let Ok(bounds) = &run.rate_bounds {
        let why = bounds.speed_limit.as_ref().unwrap_err().to_string();
        assert!(why.contains("32 levels"), "{why}");
    }
    let none = pair().charge(&Request { bounds: true, ..Times::none().into() }).unwrap();
    assert!(none.rate_bounds.is_err());
    let not_asked = pair().charge(&Times::even(0.0, 1.0, 3).into()).unwrap();
    assert_eq!(not_asked.rate_bounds.as_ref().unwrap_err().to_string(), "not asked for");
}

/// Thirty-three cells in one block of 34 levels: the path is followed where it is asked for.
#[test]
fn a_path_that_is_asked_for_is_followed_through_large_blocks() {
    let large = |dephasing| ChargerBattery::star(33).driven(1.0).dephased(dephasing);
    for dephasing in [0.0, 0.5] {
        let unasked = Request { method: Some(Method::Explicit), ..request(0.2, 3) };
        let run = large(dephasing).charge(&unasked).unwrap();
        let why = bounds(&run).speed_limit.as_ref().unwrap_err().to_string();
        assert!(
            why.contains("32 levels") && why.contains("34") && why.contains("`method.bounds = true`"),
            "{why}"
        );
        let asked = Request { whole_path: true, ..unasked };
        let run = large(dephasing).charge(&asked).unwrap();
        hold(&run, "33 cells");
        let other =
            large(dephasing).charge(&Request { method: Some(Method::Taylor), ..asked.clone() }).unwrap();
        for (found, other) in
            [(&path(&run).angle, &path(&other).angle), (&path(&run).length, &path(&other).length)]
        {
            assert!(last(found) > 0.01 && (last(found) - last(other)).abs() < 1e-8, "{found:?} {other:?}");
        }
        // Exact methods have it from the run beside them.
        let beside = large(dephasing).charge(&Request { method: None, ..asked }).unwrap();
        assert_eq!(beside.method, Method::RabiBlocks);
        assert!((last(&path(&beside).length) - last(&path(&run).length)).abs() < 1e-8);
    }
    // Small ones are the same.
    let lengths = [false, true].map(|whole_path| {
        let run = star().charge(&Request { whole_path, ..request(2.0, 3) }).unwrap();
        last(&path(&run).length)
    });
    assert_eq!(lengths[0], lengths[1]);
}

/// The ladder of cells in symmetric states, whose populations alone are known: the same numbers as from the state of all of them.
#[test]
fn populations_of_a_ladder_have_the_bounds_of_the_whole_state() {
    for (cells, photons) in [(1, 1), (2, 1), (3, 3), (5, 4)] {
        let mut cavity = ChargerBattery::star(cells).with_charger_in(InitialState::Fock(photons));
        cavity.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
        let by = |method| cavity.charge(&Request { method: Some(method), ..request(0.7, 3) }).unwrap();
        let (ladder, whole) = (by(Method::NumberBlocks), by(Method::Explicit));
        let (ladder, whole) = (ladder.last(), whole.last());
        for (what, found, expected) in [
            ("capacity", ladder.bounds.capacity, whole.bounds.capacity),
            ("entropy", ladder.bounds.entropy, whole.bounds.entropy),
            ("bound energy", ladder.bounds.bound_energy, whole.bounds.bound_energy),
            ("ergotropy", ladder.ergotropy.global, whole.ergotropy.global),
        ] {
            assert!((found - expected).abs() < 1e-9, "{cells} cells, {what}: {found} {expected}");
        }
        assert!(whole.bounds.capacity > 0.1 && whole.bounds.entropy > 0.1, "{cells}: {:?}", whole.bounds);
    }
}

/// Stages have the bound of the evolution that they are, one qubit charges at it, and behind what takes no time there is none.
#[test]
fn stages_have_the_bound_by_populations() {
    let evolve = Stage { task: Task::Evolve { duration: Some(2.0), system: None }, points: 8 };
    let state = ResetState::State(InitialState::Excited);
    let reset = Stage { task: Task::Reset { target: Part::Charger, state }, points: 1 };
    let mut noisy = ChargerBattery::star(3).driven(1.0).dephased(1.0);
    noisy.battery.noise = NoiseRates { dephasing: 0.2, relaxation: 0.3, ..NoiseRates::default() };
    for (model, method) in
        [(pair(), None), (star(), None), (noisy.clone(), None), (noisy, Some(Method::Taylor))]
    {
        let alone = model.charge(&request(2.0, 9)).unwrap();
        let system = ProtocolSystem::ChargerBattery(model.clone());
        let protocol =
            Protocol { system, stages: vec![evolve.clone(), reset.clone()], repeat: 2, shown: None };
        let stages = protocol.charge(&Request { method, ..request(0.0, 1) }).unwrap();
        let (whole, part) = (&bounds(&alone).power, bounds(&stages));
        assert_eq!(part.power.len(), 19);
        for (k, (a, b)) in whole.iter().zip(&part.power).enumerate() {
            assert!((a - b).abs() < 1e-9, "{k}: {a} {b}");
        }
        for (power, bound) in stages.series.power.iter().zip(&part.power) {
            assert_eq!(power.is_nan(), bound.is_nan());
            assert!(bound.is_nan() || power.abs() <= bound + 1e-9, "{power} {bound}");
            assert!(
                bound.is_nan() || model.cells() > 1 || (power.abs() - bound).abs() < 1e-9,
                "{power} {bound}"
            );
        }
        let elsewhere: Why = leyden::why::Elsewhere::Stages.into();
        assert_eq!((part.power_joint.clone(), part.speed_limit.clone()), (Err(elsewhere), Err(elsewhere)));
    }
}
