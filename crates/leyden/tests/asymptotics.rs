//! Long times: limits, what is conserved, plateaus, slow rates. Limits are tested against evolution to long times, closed forms and
//! each other.

mod common;

use common::{charge, oscillators, star};
use leyden::asymptote::{Detail, Remark};
use leyden::charge::{Charging, Request};
use leyden::merit::PassiveLevel;
use leyden::model::{Cell, ChargerBattery, Cutoff, NoiseRates};
use leyden::space::InitialState;
use leyden::why::{Elsewhere, Undamped};
use leyden::{Times, Why};

/// One qubit charged off resonance: charger at 1 + Delta_C, cell at 1 + Delta_B, F = 0.5, gamma = 1.4.
fn pair(delta_c: f64, delta_b: f64) -> ChargerBattery {
    let mut model = star(1, Cell::Qubit, 0.5, 1.4);
    model.charger.frequency += delta_c;
    model.battery.frequencies[0] += delta_b;
    model
}

fn detuned_star(cells: usize) -> ChargerBattery {
    let mut model = star(cells, Cell::Qubit, 0.5, 1.4);
    model.battery.frequencies = vec![1.1; cells];
    model
}

fn close(a: f64, b: f64, tolerance: f64, context: &str) {
    assert!((a - b).abs() <= tolerance, "{context}: {a} for {b}");
}

/// The limit of the run is its own state at `time`.
fn limit_is_reached(model: &ChargerBattery, method: &str, time: f64, tolerance: f64) -> Charging {
    let run = charge(model, method, &[0.0, time]);
    let limit = run.asymptote.limit.unwrap_or_else(|why| panic!("{why}"));
    assert!(run.asymptote.certified);
    close(limit.energy, run.series.merits[1].energy, tolerance, "energy");
    close(limit.ergotropy.global, run.series.merits[1].ergotropy.global, tolerance, "global ergotropy");
    close(limit.ergotropy.local, run.series.merits[1].ergotropy.local, tolerance, "local ergotropy");
    close(limit.purity, run.series.merits[1].purity, tolerance, "purity");
    run
}

#[test]
fn detuned_qubit_leaves_its_plateau_at_known_rates() {
    for (delta_c, rate) in [(0.1, 3.52183838e-3), (0.0, 3.48680003e-3)] {
        let run = charge(&pair(delta_c, 0.1), "auto", &[0.0, 10.0, 50.0, 100.0, 500.0]);
        let asymptote = &run.asymptote;
        let limit = asymptote.limit.unwrap();
        close(limit.energy, 0.55, 1e-13, "limit");
        close(limit.ergotropy.global, 0.0, 1e-13, "locked");
        assert!(asymptote.certified && asymptote.unique == Some(true) && asymptote.conserved == Ok(1));
        close(asymptote.slowest_rate.unwrap().rate, rate, 5e-12, "rate");
        let plateaus = asymptote.plateaus.as_ref().unwrap();
        assert_eq!(plateaus.len(), 1);
        let plateau = plateaus[0];
        close(plateau.lifetime * asymptote.slowest_rate.unwrap().rate, 1.0, 1e-12, "lifetime");
        close(plateau.ergotropy.global / 1.1, 0.24996, 1e-5, "ergotropy of the plateau");
        close(plateau.energy, 0.55, 1e-12, "energy of the plateau");
        assert!(plateau.from < 3.0);
        // The ergotropy decays from there with that rate.
        for (time, ergotropy) in run.times.iter().zip(&run.series.ergotropy()).skip(2) {
            let expected = plateau.ergotropy.global * (-asymptote.slowest_rate.unwrap().rate * time).exp();
            close(*ergotropy, expected, 2e-7, "decay of the ergotropy");
        }
        if delta_c == 0.1 {
            for (found, expected) in run.series.ergotropy()[1..].iter().zip([0.2322, 0.2096, 0.1758, 0.0430])
            {
                close(found / 1.1, expected, 5e-5, "published decay");
            }
        }
    }
}

#[test]
fn a_detuned_charger_alone_keeps_the_limit() {
    let exact = charge(&pair(0.1, 0.0), "auto", &[]);
    assert_eq!(exact.method.name(), "rabi-blocks");
    for run in [&exact, &charge(&pair(0.1, 0.0), "taylor", &[0.0, 1.0])] {
        close(run.asymptote.limit.unwrap().ergotropy.global, 0.25, 1e-13, "limit");
        assert_eq!(run.asymptote.plateaus.as_deref(), Ok(&[][..]));
        assert_eq!(run.asymptote.conserved, Ok(2));
        close(run.asymptote.conserved_values.iter().sum(), 1.0, 1e-13, "weights");
        let rates = |of: &Charging| of.asymptote.rates.clone().unwrap();
        for (a, b) in rates(run).iter().zip(rates(&exact)) {
            close(a.rate, b.rate, 1e-12, "rate");
            close(a.energy, b.energy, 1e-11, "energy carried");
            close(a.ergotropy, b.ergotropy, 1e-10, "ergotropy carried");
        }
    }
}

#[test]
fn detuned_stars_end_maximally_mixed_on_the_symmetric_states() {
    for cells in (1..=12).chain([16, 20, 60, 110]) {
        let run = charge(&detuned_star(cells), "auto", &[]);
        let (n, limit) = (cells as f64, run.asymptote.limit.unwrap());
        close(limit.energy, 1.1 * n / 2.0, 1e-12 * n, "energy");
        close(limit.ergotropy.global, 1.1 * n * (n - 1.0) / (2.0 * (n + 1.0)), 1e-12 * n, "global");
        close(limit.ergotropy.collective.unwrap(), 0.0, 1e-12, "collective");
        close(limit.ergotropy.local, 0.0, 1e-12, "local");
        assert!(run.asymptote.certified && run.asymptote.unique == Some(true));
        assert!(run.asymptote.residual.unwrap() < 1e-15);
        if (2..=10).contains(&cells) {
            // Several slow rates, not one.
            let slow = run.asymptote.rates.unwrap().iter().filter(|r| r.rate < 0.02).count();
            assert!(slow >= 2, "{cells}: {slow}");
        }
    }
}

#[test]
fn slow_rates_of_a_reduced_model_are_those_of_the_run() {
    // 20 cells have 1764 unknowns: beyond all modes, within a reduced model.
    let mut model = detuned_star(20);
    model.drive.as_mut().unwrap().amplitude = 2.236;
    let run = charge(&model, "auto", &[0.0, 4000.0, 8000.0]);
    let asymptote = &run.asymptote;
    let rates = asymptote.rates.as_ref().unwrap();
    assert!(rates.len() >= 4 && asymptote.why().as_ref().unwrap().contains("slowest are reliable"));
    assert!(run.charging_time.is_err());
    for (time, energy) in run.times.iter().zip(&run.series.energy()).skip(1) {
        let slow: f64 = rates.iter().map(|r| r.energy * (-r.rate * time).exp()).sum();
        close(asymptote.limit.unwrap().energy + slow, *energy, 1e-6, "slow modes carry the energy");
    }
}

#[test]
fn a_forced_method_reaches_the_limit_of_rabi_blocks() {
    for cells in [1, 4, 8, 12] {
        let model = star(cells, Cell::Qubit, 0.5, 1.4);
        let exact = charge(&model, "auto", &[]);
        for method in ["taylor", "explicit"] {
            let forced = charge(&model, method, &[0.0, 1.0]);
            let (a, b) = (forced.asymptote.limit.unwrap(), exact.asymptote.limit.unwrap());
            close(a.energy, b.energy, 1e-10, "energy");
            close(a.ergotropy.global, b.ergotropy.global, 1e-10, "global");
            assert_eq!(forced.asymptote.conserved, Ok(cells + 1));
            let rate = |run: &Charging| run.asymptote.slowest_rate.unwrap().log10;
            close(rate(&forced), rate(&exact), 1e-10, "slowest rate");
            let count = |run: &Charging| run.asymptote.plateaus.as_ref().unwrap().len();
            assert_eq!(count(&forced), count(&exact));
        }
    }
    // Splittings far below rounding: only the blocks know them.
    let forced = charge(&star(20, Cell::Qubit, 0.5, 1.4), "taylor", &[0.0, 1.0]);
    assert!(forced.asymptote.why().unwrap().contains("rabi-blocks"));
    close(forced.asymptote.limit.unwrap().energy, 10.0, 1e-10, "energy");
}

#[test]
fn weakly_driven_stars_stay_on_low_plateaus() {
    // F = 0.1 gN: 0.68 of a limit of 20 for any practical time.
    let model = star(40, Cell::Qubit, 4.0, 1.4);
    let run = charge(&model, "auto", &[0.0, 1e4, 3e6]);
    let plateaus = run.asymptote.plateaus.as_ref().unwrap();
    close(run.asymptote.limit.unwrap().energy, 20.0, 1e-11, "limit");
    assert!(plateaus.len() >= 5);
    for pair in plateaus.windows(2) {
        assert!(pair[1].log10_lifetime > pair[0].log10_lifetime && pair[1].from >= pair[0].lifetime * 0.999);
    }
    for (time, energy, ergotropy) in run
        .times
        .iter()
        .zip(&run.series.energy())
        .zip(&run.series.ergotropy())
        .map(|((t, e), w)| (*t, *e, *w))
    {
        let standing = plateaus.iter().find(|p| 5.0 * p.from < time && time < 0.2 * p.lifetime);
        if time > 0.0 {
            let plateau = standing.expect("the times lie on plateaus");
            close(plateau.energy, energy, 1e-6, "energy on the plateau");
            close(plateau.ergotropy.global, ergotropy, 1e-6, "ergotropy on the plateau");
        }
    }
    // Charging time against the plateau: e^{-1} of the way is left there.
    let first = plateaus[0];
    let times = [first.settling.unwrap(), first.first.unwrap()];
    let mut sorted = times;
    sorted.sort_by(f64::total_cmp);
    let at = charge(&model, "auto", &sorted);
    for energy in &at.series.energy() {
        let left = (energy - first.energy).abs() / first.energy;
        close(left, (-1.0_f64).exp(), 1e-5, "threshold");
    }
}

#[test]
fn rates_that_underflow_are_kept_as_logarithms() {
    let run = charge(&star(300, Cell::Qubit, 30.0, 1.4), "auto", &[]);
    let last = *run.asymptote.plateaus.as_ref().unwrap().last().unwrap();
    assert!(last.lifetime.is_infinite() && last.log10_lifetime > 308.0 && last.log10_lifetime.is_finite());
    let more = charge(&star(301, Cell::Qubit, 30.0, 1.4), "auto", &[]);
    assert!(more.asymptote.plateaus.is_err() && more.asymptote.why().unwrap().contains("300 cells"));
}

#[test]
fn all_modes_together_are_the_way_from_start_to_limit() {
    for model in [pair(0.1, 0.1), detuned_star(2), star(2, Cell::Qubit, 0.5, 1.4)] {
        let run = charge(&model, "auto", &[0.0]);
        let rates = run.asymptote.rates.unwrap();
        assert!(rates.len() < 32);
        let limit = run.asymptote.limit.unwrap();
        let energy: f64 = rates.iter().map(|r| r.energy).sum();
        let ergotropy: f64 = rates.iter().map(|r| r.ergotropy).sum();
        close(limit.energy + energy, run.series.merits[0].energy, 1e-11, "energy");
        close(limit.ergotropy.global + ergotropy, run.series.merits[0].ergotropy.global, 1e-11, "ergotropy");
        assert!(rates.windows(2).all(|r| r[0].rate <= r[1].rate * (1.0 + 1e-9)));
    }
}

#[test]
fn nothing_damped_has_no_limit() {
    for method in ["auto", "taylor"] {
        let run = charge(&star(1, Cell::Qubit, 0.5, 0.0), method, &[0.0, 1.0]);
        assert!(run.asymptote.limit.is_err() && !run.asymptote.certified);
        assert!(run.asymptote.why().unwrap().contains("damp"));
    }
    // A cell that hears nothing of the charger keeps its own coherence: dark, and said to be so.
    let mut model = star(2, Cell::Qubit, 0.5, 1.4);
    model.battery.frequencies = vec![1.0, 1.3];
    model.coupling.strengths = vec![1.0, 0.0];
    let dark = charge(&model, "auto", &[0.0, 1.0]);
    assert!(dark.asymptote.limit.is_ok(), "its ground state is stationary: {:?}", dark.asymptote.why());
    model.initial.battery = InitialState::Fock(1);
    let ringing = charge(&model, "auto", &[0.0, 1.0]);
    assert!(ringing.asymptote.limit.is_err());
    assert!(ringing.asymptote.why().unwrap().contains("3.000e-1 are not damped"));
}

#[test]
fn without_a_drive_the_ground_state_stays() {
    let mut model = star(1, Cell::Qubit, 0.5, 1.4);
    model.drive = None;
    for method in ["auto", "taylor"] {
        let run = charge(&model, method, &[0.0, 1.0]);
        let limit = run.asymptote.limit.unwrap();
        assert_eq!((limit.energy, limit.ergotropy.global), (0.0, 0.0));
        assert_eq!(run.asymptote.plateaus.as_deref(), Ok(&[][..]));
    }
    model.initial.charger = InitialState::Excited;
    limit_is_reached(&model, "taylor", 100.0, 1e-9);
}

#[test]
fn degenerate_blocks_are_settled_by_the_commutant() {
    // One coupling vanishes: every Rabi frequency twice, which rounding cannot tell from almost twice.
    let mut model = star(2, Cell::Qubit, 0.5, 1.4);
    model.coupling.strengths = vec![1.0, 0.0];
    let run = limit_is_reached(&model, "auto", 200.0, 1e-10);
    assert_eq!(run.method.name(), "rabi-blocks");
    assert_eq!(run.asymptote.conserved, Ok(8));
    let alone = charge(&star(1, Cell::Qubit, 0.5, 1.4), "auto", &[]);
    close(run.asymptote.limit.unwrap().energy, alone.asymptote.limit.unwrap().energy, 1e-12, "one cell");
    let times = |run: &Charging| run.charging_time.clone().unwrap().settling.unwrap();
    close(times(&run), times(&alone), 1e-9, "settling");
}

#[test]
fn unequal_cells_and_dark_states() {
    let mut model = star(2, Cell::Qubit, 0.5, 1.4);
    model.coupling.strengths = vec![1.0, 0.7];
    model.battery.frequencies = vec![1.0, 1.3];
    limit_is_reached(&model, "auto", 3e3, 1e-7);
    // The singlet does not couple: a collective decay keeps it, and one excited cell of two is half in it.
    let mut model = star(2, Cell::Qubit, 0.5, 1.4);
    model.battery.noise = NoiseRates { relaxation: 0.4, ..NoiseRates::default() };
    model.battery.collective_noise = true;
    model.battery.frequencies = vec![1.0, 1.0 + 1e-3];
    model.drive = None;
    model.initial.battery = InitialState::Excited;
    let run = limit_is_reached(&model, "auto", 2e7, 1e-7);
    assert_eq!(run.asymptote.unique, Some(true));
}

#[test]
fn relaxing_stars_reach_their_certified_state() {
    for (occupation, collective) in [(0.3, true), (0.0, true), (0.3, false)] {
        let mut model = star(10, Cell::Qubit, 1.5, 1.4);
        model.battery.noise =
            NoiseRates { relaxation: 0.1, thermal_occupation: occupation, ..NoiseRates::default() };
        model.battery.collective_noise = collective;
        let method = if collective { "implicit" } else { "taylor" };
        let run = limit_is_reached(&model, method, 800.0, 1e-9);
        assert_eq!((run.asymptote.unique, run.asymptote.conserved), (Some(true), Ok(1)));
        assert!(run.asymptote.residual.unwrap() < 1e-14);
    }
    // Cold and undriven: everything ends in the ground state, on which alone the stationary state lives.
    let mut model = star(10, Cell::Qubit, 1.5, 1.4);
    model.battery.noise.relaxation = 0.1;
    model.battery.collective_noise = true;
    model.drive = None;
    model.initial.charger = InitialState::Excited;
    let run = limit_is_reached(&model, "taylor", 800.0, 1e-10);
    close(run.asymptote.limit.unwrap().purity, 1.0, 1e-12, "ground state");
}

#[test]
fn what_grows_for_ever_is_said_to_diverge() {
    let why =
        |model: &ChargerBattery| charge(model, "taylor", &[0.0, 0.5]).asymptote.why().unwrap_or_default();
    let detuned = |mut model: ChargerBattery| {
        model.battery.frequencies[0] = 1.2;
        model
    };
    let qubit_oscillator = || star(1, Cell::Oscillator(Cutoff::Auto), 0.5, 1.0);
    for model in [detuned(oscillators(0.5, 1.0)), detuned(qubit_oscillator())] {
        assert!(why(&model).starts_with("diverges"), "{}", why(&model));
        let mut relaxing = model.clone();
        relaxing.charger.noise.relaxation = 0.1;
        assert!(!why(&relaxing).contains("diverges"));
    }
    let mut noisy = oscillators(0.5, 0.0);
    noisy.battery.noise.dephasing = 1.0;
    assert!(why(&noisy).starts_with("diverges"));
    assert!(!why(&oscillators(0.5, 1.0)).contains("diverges"), "b + F/g keeps the numbers");
    assert!(!why(&qubit_oscillator()).contains("diverges"), "Rabi blocks");
}

#[test]
fn a_dark_singlet_keeps_its_share() {
    // Cells 1 and 2 are alike for the charger and for a collective decay: their singlet hears neither.
    let mut model = star(3, Cell::Qubit, 0.5, 1.4);
    model.coupling.strengths = vec![1.0, 1.0, 0.5];
    model.battery.noise = NoiseRates { relaxation: 0.4, ..NoiseRates::default() };
    model.battery.collective_noise = true;
    model.drive = None;
    model.initial.battery = InitialState::Thermal(0.5);
    let run = limit_is_reached(&model, "auto", 2e3, 1e-8);
    assert_eq!(run.asymptote.unique, Some(false));
    assert!(run.asymptote.conserved.unwrap() > 1 && run.asymptote.limit.unwrap().energy > 0.1);
}

#[test]
fn the_commutant_settles_frequencies_that_blocks_cannot_tell_apart() {
    // One excitation on the charger and two unequal cells: sqrt(g_1^2 + g_2^2) twice, one of them rounded. Half of the
    // excitation stays on the charger, the rest lies on one mixture of both cells.
    let mut model = ChargerBattery::star(2).with_charger_in(InitialState::Excited).dephased(0.7);
    model.coupling.strengths = vec![1.0, 1.1];
    let run = |model: &ChargerBattery, detail: Detail| {
        let request =
            Request { method: common::method("rabi-blocks"), detail, ..Times::from(vec![1.0]).into() };
        model.charge(&request).unwrap().asymptote
    };
    for detail in [Detail::Limit, Detail::Times, Detail::Plateaus] {
        let asymptote = run(&model, detail);
        let limit = asymptote.limit.unwrap();
        close(limit.energy, 0.5, 1e-13, "energy");
        close(limit.passive, 0.5, 1e-13, "passive");
        close(limit.purity, 0.5, 1e-13, "purity");
        assert!(matches!(asymptote.remarks[..], [Remark::LimitByCommutant(Why::NotResolved(_))]));
    }
    // Nobody is asked where nobody wants to know, nothing dephases, or the blocks know.
    let unknown = run(&model, Detail::States);
    assert!(unknown.limit == Err(Why::NotAsked) && unknown.remarks.is_empty());
    let still = run(&model.clone().dephased(0.0), Detail::Limit);
    assert!(still.limit == Err(Undamped::NoDephasing.into()) && still.remarks.is_empty());
    model.coupling.strengths = vec![1.0; 2];
    let equal = run(&model, Detail::Limit);
    close(equal.limit.unwrap().energy, 0.5, 1e-13, "equal cells");
    assert!(equal.remarks.is_empty());
    let oscillator = run(&star(1, Cell::Oscillator(Cutoff::Auto), 0.5, 1.0), Detail::Limit);
    assert!(oscillator.limit.is_ok() && oscillator.remarks.is_empty());
}

/// sum_i r_i m_i = 1, and with the energies the passive one.
fn adds_up(run: &Charging, context: &str) -> Vec<PassiveLevel> {
    let spectrum = run.asymptote.spectrum.clone().unwrap_or_else(|why| panic!("{context}: {why}"));
    let trace: f64 = spectrum.iter().map(|level| level.eigenvalue * level.multiplicity).sum();
    let passive: f64 =
        spectrum.iter().map(|level| level.eigenvalue * level.multiplicity * level.energy).sum();
    let limit = run.asymptote.limit.unwrap();
    close(trace, 1.0, 1e-12, context);
    close(passive, limit.passive, 1e-12, context);
    close(spectrum[0].eigenvalue, limit.ergotropy.largest_eigenvalue, 1e-14, context);
    assert!(spectrum.windows(2).all(|pair| pair[0].eigenvalue > pair[1].eigenvalue));
    assert!(spectrum.windows(2).all(|pair| pair[0].energy <= pair[1].energy + 1e-14));
    spectrum
}

#[test]
fn eigenvalues_of_the_limit_fill_the_levels_from_below() {
    for cells in [1, 2, 4, 10] {
        let model = star(cells, Cell::Qubit, 0.5 * cells as f64, 1.0);
        let [exact, general] = ["rabi-blocks", "taylor"].map(|method| charge(&model, method, &[0.0, 1.0]));
        let [exact, general] = [exact, general].map(|run| adds_up(&run, run.method.name()));
        assert_eq!(exact.len(), cells + 1);
        assert_eq!(exact.len(), general.len());
        for (i, (a, b)) in exact.iter().zip(&general).enumerate() {
            close(a.eigenvalue, b.eigenvalue, 1e-11, "eigenvalue");
            // Symmetric states: N + 1 eigenvalues, on the ground state and on the N levels above it.
            assert_eq!((a.multiplicity, b.multiplicity), (1.0, 1.0));
            let level = if i == 0 { 0.0 } else { 1.0 };
            assert_eq!((a.energy, b.energy), (level, level));
        }
    }
    // Local noise of the cells fills all total spins: the whole space is there.
    let mut model = star(4, Cell::Qubit, 0.0, 0.0);
    model.drive = None;
    model.battery.noise = NoiseRates { relaxation: 0.3, thermal_occupation: 0.5, ..NoiseRates::default() };
    let spectrum = adds_up(&charge(&model, "auto", &[0.0, 1.0]), "thermal");
    close(spectrum.iter().map(|level| level.multiplicity).sum(), 16.0, 1e-12, "levels");
    // With a charger that only they heat each cell is excited with q = n/(2n + 1): q^k (1 - q)^{N-k}, C(N, k) times, on energy k.
    for (k, (level, ways)) in spectrum.iter().zip([1.0, 4.0, 6.0, 4.0, 1.0]).enumerate() {
        close(level.eigenvalue, 0.25_f64.powi(k as i32) * 0.75_f64.powi(4 - k as i32), 1e-10, "thermal");
        close(level.multiplicity, ways, 1e-12, "ways");
        close(level.energy, k as f64, 1e-12, "energy");
    }
}

#[test]
fn spectra_of_limits_are_made_where_they_are_asked_for() {
    let of = |model: &ChargerBattery, detail: Detail| {
        let request = Request { detail, ..Times::from(vec![1.0]).into() };
        model.charge(&request).unwrap().asymptote.spectrum
    };
    let pair = star(1, Cell::Qubit, 0.5, 1.0);
    assert_eq!(of(&pair, Detail::Plateaus), Err(Why::NotAsked));
    assert!(of(&pair, Detail::Spectrum).is_ok());
    let many = star(2000, Cell::Qubit, 1e4, 1.0);
    assert_eq!(of(&many, Detail::Spectrum), Err(Elsewhere::Eigenvalues.into()));
    let still = of(&pair.dephased(0.0), Detail::Spectrum);
    assert_eq!(still, Err(Undamped::NoDephasing.into()));
}
