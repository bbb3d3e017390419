//! The batteries as text that come with leyden, against closed forms and independent numbers.

use leyden::{Charging, Request, System, Times};
use leyden_scenario::shipped;
use leyden_scenario::{Scenario, with_overrides};

const PI: f64 = std::f64::consts::PI;

/// A shipped scenario with some keys set.
fn shipped(name: &str, set: &[&str]) -> Scenario {
    let text = shipped::find(name).unwrap_or_else(|| panic!("{name}"));
    assert!(text.lines().count() <= 25, "{name} is longer than a page");
    let set: Vec<String> = set.iter().map(|set| set.to_string()).collect();
    let text = with_overrides(text, &set).unwrap();
    Scenario::parse(name, &text).unwrap_or_else(|report| panic!("{report}"))
}

/// Its run, or that of one point of its sweep.
fn run(scenario: &Scenario, point: &[f64]) -> Charging {
    let system = scenario.template().at(point, &[]).unwrap().system;
    let request = Request { tolerance: 1e-10, ..Times::from(scenario.times.clone()).into() };
    system.charge(&request).unwrap()
}

/// Whether all stored energies follow a function of time.
fn follows(run: &Charging, tolerance: f64, energy: impl Fn(f64) -> f64) {
    for (time, merits) in run.times.iter().zip(&run.series.merits) {
        let error = merits.energy - energy(*time);
        assert!(error.abs() < tolerance, "{error:e} at {time}: {} {}", merits.energy, run.reason);
    }
}

#[test]
fn a_heisenberg_chain_stores_what_an_independent_program_found() {
    let run = run(&shipped("heisenberg-chain", &[]), &[]);
    let energies = run.series.column(|m| m.energy);
    let largest = energies.iter().fold(f64::MIN, |a, e| a.max(e - energies[0]));
    assert!((largest - 6.627211).abs() < 1e-6, "{largest}");
}

#[test]
fn pairs_of_photons_and_many_spins_follow_rabi_oscillations_of_one_cell() {
    // |2, g> and |0, e> meet with g sqrt 2.
    let scenario = shipped("two-photon-dicke", &[]);
    follows(&run(&scenario, &[1.0]), 1e-9, |t| (2.0_f64.sqrt() * t).sin().powi(2));
    // One cell among 32 excited spins: A sqrt 32.
    let scenario = shipped("central-spins", &[]);
    follows(&run(&scenario, &[1.0]), 1e-9, |t| (32.0_f64.sqrt() * t).sin().powi(2));
    // A spin 8 at its top: S^- has the element sqrt 16.
    let scenario = shipped("collective-spin", &["parts.cells.count=1"]);
    follows(&run(&scenario, &[]), 1e-9, |t| (4.0 * t).sin().powi(2));
}

#[test]
fn the_largest_power_of_two_photons_grows_faster_than_the_number_of_cells() {
    let scenario = shipped("two-photon-dicke", &[]);
    let power = |n: f64| run(&scenario, &[n]).maximum_power.unwrap().value;
    assert!((power(1.0) / (0.724611 * 2.0_f64.sqrt()) - 1.0).abs() < 1e-5);
    let exponent = (power(12.0) / power(6.0)).log2();
    assert!((1.7..2.1).contains(&exponent), "{exponent}");
}

#[test]
fn one_axis_twisting_has_its_closed_form() {
    // Kitagawa, Ueda, PRA 47, 5138 (1993): <J_z> = -(N/2) cos^{N-1}(chi t).
    let run = run(&shipped("lmg", &[]), &[]);
    follows(&run, 1e-9, |t| 25.0 * (1.0 - t.cos().powi(49)));
    assert!(run.reason.contains("the 50 members of cells stay in symmetric states"), "{}", run.reason);
}

#[test]
fn a_mediator_hands_the_excitation_on() {
    let run = run(&shipped("mediator", &["parameters.kappa=0.0"]), &[]);
    follows(&run, 1e-9, |t| (t / 2.0_f64.sqrt()).sin().powi(4));
}

#[test]
fn a_nonreciprocal_pair_holds_four_times_the_energy_of_its_charger() {
    // a = -2i(F/Gamma)(1 - e^{-x}), b = -(4F/Gamma)(1 - e^{-x} - x e^{-x}), x = Gamma t/2, both coherent.
    let run = run(&shipped("nonreciprocal", &[]), &[]);
    let b = |t: f64| 0.5 * (1.0 - (1.0 + 0.5 * t) * (-0.5 * t).exp());
    follows(&run, 1e-8, |t| b(t).powi(2));
    let last = run.last();
    assert!((last.ergotropy.global - last.energy).abs() < 1e-7);
    let charger = (0.25 * (1.0 - (-10.0_f64).exp())).powi(2);
    assert!((last.energy / charger - 4.0).abs() < 5e-3);
}

#[test]
fn pulses_do_what_they_are_known_for() {
    // An independent solution of the three equations, by scipy.
    let stirap = run(&shipped("stirap", &[]), &[]);
    assert!((stirap.last().energy - 1.949_249_269).abs() < 1e-7, "{}", stirap.last().energy);
    let scenario = shipped("pulse-area", &[]);
    for area in [0.5, 1.0, PI, 7.7, 12.5] {
        let energy = run(&scenario, &[area]).last().energy;
        // Tails of e^{-25} are outside.
        assert!((energy - (0.5 * area).sin().powi(2)).abs() < 1e-8, "{area}: {energy}");
    }
    let ramp = run(&shipped("landau-zener", &[]), &[]);
    let expected = 1.0 - (-2.0 * PI * 0.35 * 0.35_f64).exp();
    // A ramp from -20 to 20 leaves D/(v T) of a swing.
    assert!((ramp.last().energy - expected).abs() < 2.0 * 0.35 / 20.0, "{}", ramp.last().energy);
}

#[test]
fn quanta_walk_along_a_chain_by_its_normal_modes() {
    // One quantum among five sites: U_15 = sum_k v_1k v_5k e^{-2i cos(k pi/6) t}, v_jk = sqrt(1/3) sin(j k pi/6).
    let run = run(&shipped("oscillator-chain", &[]), &[]);
    let mode = |j: f64, k: f64| (1.0_f64 / 3.0).sqrt() * (j * k * PI / 6.0).sin();
    follows(&run, 1e-9, |t| {
        let parts = (1..=5).map(f64::from).map(|k| {
            let (weight, phase) = (mode(1.0, k) * mode(5.0, k), 2.0 * (k * PI / 6.0).cos() * t);
            (weight * phase.cos(), weight * phase.sin())
        });
        let (re, im) = parts.fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
        3.0 * (re * re + im * im)
    });
}

#[test]
fn disordered_chains_average_to_the_integral_over_their_fields() {
    let scenario = shipped("disordered-ising", &["time.points=3"]);
    let run = leyden_results::run(&scenario, &leyden_results::request(&scenario, false, 1e9)).unwrap();
    // Gauss and Legendre, 8 points for each field.
    const NODES: [(f64, f64); 4] = [
        (0.183_434_642_495_649_8, 0.362_683_783_378_362),
        (0.525_532_409_916_329, 0.313_706_645_877_887_3),
        (0.796_666_477_413_626_7, 0.222_381_034_453_374_5),
        (0.960_289_856_497_536_2, 0.101_228_536_290_376_3),
    ];
    let points = || NODES.into_iter().flat_map(|(x, w)| [(2.0 * x, 0.5 * w), (-2.0 * x, 0.5 * w)]);
    let mut expected = [0.0; 3];
    for (h1, a) in points() {
        for (h2, b) in points() {
            for (h3, c) in points() {
                let set = [
                    format!("parameters.h1={h1:?}"),
                    format!("parameters.h2={h2:?}"),
                    format!("parameters.h3={h3:?}"),
                ];
                let set: Vec<&str> = set.iter().map(String::as_str).chain(["time.points=3"]).collect();
                let one = self::run(&shipped("disordered-ising", &set), &[]);
                one.series.merits.iter().zip(&mut expected).for_each(|(m, sum)| *sum += a * b * c * m.energy);
            }
        }
    }
    let of = |table: &str| run.numbers(&format!("disorder.{table}.energy"));
    for (k, (mean, error)) in of("mean").into_iter().zip(of("standard_error")).enumerate().skip(1) {
        // The quadrature is good to a few thousandths at these times.
        assert!((mean - expected[k]).abs() < 4.0 * error + 5e-3, "{k}: {mean} +- {error}, {}", expected[k]);
        assert!(error > 0.01 && error < 0.2);
    }
}

#[test]
fn baths_of_thousands_of_spins_start_in_their_dicke_states() {
    // |N; k> and an empty cell meet |N; k - 1> and a full one with sqrt(k (N - k + 1)): more products of levels than there are numbers.
    for (count, excited) in [(1000, 1), (1023, 1), (1100, 550), (4000, 1), (4000, 2000), (4000, 4000)] {
        let text = format!(
            "title = \"x\"\n[parts]\nbath = {{ kind = \"qubit\", count = {count}, initial = {{ fock = {excited} }} }}\n\
             cell = {{ kind = \"qubit\" }}\n[hamiltonian]\nbattery = \"n(cell)\"\n\
             charging = \"sum(k in bath, n(k)) + sum(k in bath, sm(k)*sp(cell) + h.c.)\"\n[time]\nend = 0.02\npoints = 6\n"
        );
        let scenario = Scenario::parse("x", &text).unwrap_or_else(|report| panic!("{report}"));
        let run = run(&scenario, &[]);
        let said = format!("the {count} members of bath stay in symmetric states");
        assert!(
            run.outcome == leyden::evolve::Outcome::Converged && run.reason.contains(&said),
            "{}",
            run.reason
        );
        let coupling = ((excited * (count - excited + 1)) as f64).sqrt();
        follows(&run, 1e-8, |t| (coupling * t).sin().powi(2));
    }
    // Thousands that are all excited are a product state.
    let text = "title = \"x\"\n[parts]\nbath = { kind = \"qubit\", count = 1100, initial = \"excited\" }\n\
                cell = { kind = \"qubit\" }\n[hamiltonian]\nbattery = \"n(cell)\"\n\
                charging = \"sum(k in bath, n(k)) + sum(k in bath, sm(k)*sp(cell) + h.c.)\"\n[time]\nend = 0.1\npoints = 6\n";
    follows(&run(&Scenario::parse("x", text).unwrap(), &[]), 1e-8, |t| (1100.0_f64.sqrt() * t).sin().powi(2));
}

#[test]
fn starts_that_fill_too_many_levels_are_refused_at_once() {
    let lossy = |state: &str| {
        let text = format!(
            "title = \"x\"\n[parts]\nmode = {{ kind = \"oscillator\", initial = {{ {state} }} }}\n[hamiltonian]\n\
             battery = \"n(mode)\"\ncharging = \"0.1*(a(mode) + ad(mode))\"\n[[channel]]\noperator = \"a(mode)\"\nrate = 0.1\n\
             [time]\nend = 1.0\n"
        );
        Scenario::parse("x", &text).unwrap_or_else(|report| panic!("{report}"))
    };
    // tanh(4)^n is 1e-12 at n = 41,200.
    for (state, levels) in [("squeezed = 4.0", 40_000..60_000), ("squeezed = 12.0", 1 << 30..usize::MAX)] {
        let begun = std::time::Instant::now();
        let error = lossy(state).system.plan(&Request::default()).unwrap_err().to_string();
        assert!(begun.elapsed().as_secs_f64() < 1.0, "{:?}", begun.elapsed());
        let said = error.split(" takes about ").collect::<Vec<_>>();
        let [before, after] = said[..] else { panic!("{error}") };
        let number: f64 = state.trim_start_matches("squeezed = ").parse().unwrap();
        assert_eq!(before, format!("mode: `squeezed` = {number}"));
        let found: usize = after.split(' ').next().unwrap().parse().unwrap();
        assert!(levels.contains(&found), "{error}");
    }
    assert!(lossy("squeezed = 1.0").system.plan(&Request::default()).is_ok());
}

#[test]
fn no_power_is_above_its_bound() {
    // The second level of the ladder holds 1e-15 when the power is 1e-9 already.
    let scenario = shipped("santos-2019", &["time.points=401"]);
    let request = Request { bounds: true, ..leyden_results::request(&scenario, false, 1e9) };
    let run = scenario.system.charge(&request).unwrap();
    let bounds = &run.rate_bounds.as_ref().unwrap().power;
    for ((time, power), bound) in run.times.iter().zip(&run.series.power).zip(bounds) {
        assert!(power.abs() <= bound * (1.0 + 1e-9) + 1e-22, "{time}: {power:e} {bound:e}");
    }
    let document = leyden_results::Document::of(&scenario, &run, None);
    let tightness = document.get("bounds.tightness").unwrap().as_array().unwrap();
    assert!(tightness.iter().filter_map(|x| x.as_f64()).all(|x| x <= 1.0 + 1e-9), "{tightness:?}");
}
