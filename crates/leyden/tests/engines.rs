//! Cells charged by engines: anchors, laws and limits through the whole corridor.

mod common;
#[path = "common/maser.rs"]
mod set_a;

use leyden::asymptote::Detail;
use leyden::charge::{Charging, EngineCharging, Error, Lower, Request};
use leyden::model::{EngineBattery, EngineMode, EngineModel, EngineStart, Engines, HeatEngine, Signal};
use leyden::why::EngineTrouble;

use EngineMode::{Collective, Individual};
use EngineModel::{Effective, Full};
use set_a::SET_A;

fn battery(cells: usize, engines: Engines, mode: EngineMode, model: EngineModel) -> EngineBattery {
    EngineBattery { model, ..common::charged_by(cells, engines, mode) }
}

/// Gamma_e = 0.1, beta_e omega_0 = -0.8.
fn effective(cells: usize, mode: EngineMode) -> EngineBattery {
    battery(cells, Engines::Effective { rate: 0.1, exponent: -0.8 }, mode, Effective)
}

fn masers(cells: usize, mode: EngineMode, model: EngineModel) -> EngineBattery {
    battery(cells, Engines::Maser(SET_A), mode, model)
}

fn request(times: &[f64]) -> Request {
    Request {
        times: times.to_vec(),

        tolerance: 1e-9,
        verify: false,
        detail: Detail::Spectrum,
        memory_limit: 4e9,
        ..Request::default()
    }
}

fn charge(battery: &EngineBattery, times: &[f64]) -> Charging {
    battery.charge(&request(times)).unwrap()
}

fn of(charging: &Charging) -> &EngineCharging {
    charging.engine_charging.as_ref().unwrap()
}

fn close(a: f64, b: f64, tolerance: f64, what: &str) {
    assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{what}: {a:.14} against {b:.14}");
}

#[test]
fn anchors_of_ten_cells() {
    let charging = charge(&effective(10, Collective), &[0.0, 5.0]);
    assert_eq!(charging.method.name(), "effective-ladder");
    close(of(&charging).per_cell[1], 0.88234572890, 1e-9, "e");
    close(charging.series.merits[1].fluctuation, 1.6961173977, 1e-9, "sigma");
    close(charging.series.merits[1].ergotropy.global, 8.3037768426, 1e-9, "ergotropy");
    assert!(charging.checks.trace < 1e-9 && charging.checks.energy_balance < 1e-9);
    close(of(&charging).enhancement.unwrap(), 2.866, 2e-4, "enhancement");
    close(of(&charging).limit_fluctuation, 1.2098, 5e-5, "sigma of the limit");
    assert!(of(&charging).peak_fluctuation.unwrap().0 > 2.95);
    assert!(of(&charging).heat_hot.iter().all(|heat| heat.is_nan()));
    assert_eq!(of(&charging).limit_efficiency, Err(EngineTrouble::NoHeat.into()));

    let charging = charge(&effective(10, Individual), &[0.0, 5.0]);
    assert_eq!(charging.method.name(), "closed-form");
    close(of(&charging).per_cell[1], 0.55243869462, 1e-11, "e");
    close(of(&charging).limit_fluctuation, 1.4626, 5e-5, "sigma of the limit");
    assert!(charging.series.merits.iter().all(|m| m.ergotropy.collective.is_err()));
    assert_eq!(of(&charging).enhancement, Ok(1.0));
}

#[test]
fn the_limit_is_the_geometric_ladder() {
    let y = (-0.8_f64).exp();
    for cells in [1, 2, 10, 25] {
        let n = cells as f64;
        let q = y.powf(n + 1.0);
        let charging = charge(&effective(cells, Collective), &[0.0, 1.0]);
        let limit = charging.asymptote.limit.unwrap();
        close(limit.energy, n - (y / (1.0 - y) - (n + 1.0) * q / (1.0 - q)), 1e-13, "energy");
        let locked = (y - q) / (1.0 - q);
        close(of(&charging).locked, locked, 1e-13, "locked");
        close(limit.ergotropy.global, limit.energy - locked, 1e-13, "ergotropy");
        let variance = y / (1.0 - y).powi(2) - ((n + 1.0) / (1.0 - q)).powi(2) * q;
        close(limit.fluctuation, variance.sqrt(), 1e-12, "fluctuation");
        assert!(charging.asymptote.certified && charging.asymptote.unique == Some(true));

        let charging = charge(&effective(cells, Individual), &[0.0, 1.0]);
        let limit = charging.asymptote.limit.unwrap();
        close(limit.energy, n / (1.0 + y), 1e-14, "energy");
        close(limit.ergotropy.global / limit.energy, 1.0 - y, 1e-14, "ratio");
        close(charging.asymptote.slowest_rate.unwrap().rate, 0.1 * (1.0 + 1.0 / y), 1e-14, "rate");
        let times = charging.charging_time.unwrap();
        close(times.settling.unwrap(), 1.0 / (0.1 * (1.0 + 1.0 / y)), 1e-12, "settling");
    }
}

#[test]
fn long_runs_reach_the_limit() {
    for (mode, model) in
        [(Collective, Effective), (Individual, Effective), (Collective, Full), (Individual, Full)]
    {
        for excited in [false, true] {
            let battery = EngineBattery { excited, coupling: 0.3, ..masers(2, mode, model) };
            let charging = charge(&battery, &[0.0, 400.0]);
            let limit = charging.asymptote.limit.unwrap();
            close(charging.series.merits[1].energy, limit.energy, 1e-9, "energy");
            close(charging.series.merits[1].ergotropy.global, limit.ergotropy.global, 1e-9, "ergotropy");
            close(charging.series.merits[1].fluctuation, limit.fluctuation, 1e-9, "fluctuation");
            close(charging.series.merits[1].purity, limit.purity, 1e-9, "purity");
            close(charging.series.merits[1].ergotropy.local, limit.ergotropy.local, 1e-9, "local");
        }
    }
}

#[test]
fn first_law() {
    for (mode, model) in
        [(Collective, Effective), (Individual, Effective), (Collective, Full), (Individual, Full)]
    {
        let charging = charge(&masers(2, mode, model), &[0.0, 3.0, 900.0]);
        let found = of(&charging);
        assert!(found.efficiency[0].is_nan() && found.heat_hot[0] == 0.0);
        close(found.efficiency[2], 0.1, 1e-8, "efficiency at the end");
        close(found.limit_efficiency.unwrap(), 0.1, 1e-12, "efficiency of the limit");
    }
    // Engines that start cold take heat for themselves: n_1 + n_2 quanta each.
    let cold = EngineBattery { start: EngineStart::Ground, ..masers(2, Collective, Full) };
    let charging = charge(&cold, &[0.0, 900.0]);
    let [_, n1, n2] = SET_A.open_populations();
    let energy = charging.asymptote.limit.unwrap().energy;
    let expected = energy / (10.0 * (energy + 2.0 * (n1 + n2)));
    close(of(&charging).limit_efficiency.unwrap(), expected, 1e-12, "efficiency of the limit");
    close(of(&charging).efficiency[1], expected, 1e-8, "efficiency at the end");
}

#[test]
fn weak_coupling_makes_the_full_model_effective() {
    for mode in [Collective, Individual] {
        let far = |coupling: f64| {
            let full = EngineBattery { coupling, ..masers(2, mode, Full) };
            let time = 1.0 / full.gamma_e();
            let full = charge(&full, &[time]).series.merits[0].energy;
            let bath = EngineBattery { coupling, ..masers(2, mode, Effective) };
            (full - charge(&bath, &[time]).series.merits[0].energy).abs()
        };
        // Corrections are of the order Gamma_e/G_p ~ g^2.
        let (at, at_half) = (far(0.04), far(0.02));
        assert!(at < 0.02 && (at / at_half - 4.0).abs() < 0.3, "{at} {at_half}");
    }
}

#[test]
fn detuned_cells_are_charged_more_slowly_to_the_same_populations() {
    let on = masers(2, Collective, Effective);
    let off = EngineBattery { frequency: 1.3, ..on.clone() };
    let gp = SET_A.coherence_decay();
    close(off.gamma_e() / on.gamma_e(), gp * gp / (gp * gp + 0.09), 1e-14, "rate");
    for model in [Effective, Full] {
        let charging = charge(&EngineBattery { model, ..off.clone() }, &[0.0, 900.0]);
        let limit = charging.asymptote.limit.unwrap();
        let resonant = charge(&on, &[0.0]).asymptote.limit.unwrap();
        close(limit.energy, 1.3 * resonant.energy, 1e-13, "energy");
        close(charging.series.merits[1].energy, limit.energy, 1e-9, "energy at the end");
        close(of(&charging).efficiency[1], 0.13, 1e-9, "omega_B/omega_h");
    }
}

#[test]
fn every_way_is_verified_on_the_product_space() {
    for (cells, mode, model) in [
        (7, Collective, Effective),
        (7, Individual, Effective),
        (1, Collective, Full),
        (2, Collective, Full),
        (5, Individual, Full),
    ] {
        for (excited, start) in [(false, EngineStart::Steady), (true, EngineStart::Ground)] {
            let battery =
                EngineBattery { excited, start, frequency: 1.1, coupling: 0.4, ..masers(cells, mode, model) };
            let request = Request { verify: true, ..request(&[0.0, 0.7, 2.0, 9.0]) };
            let charging = battery.charge(&request).unwrap();
            let found = charging.verification.unwrap();
            assert!(found.differences.len() >= 10);
            for (quantity, difference) in found.differences {
                assert!(difference < 1e-8, "{cells} {mode:?} {model:?}: {quantity} {difference}");
            }
        }
    }
    let large = Request { verify: true, ..request(&[0.0, 1.0]) };
    let charging = effective(61, Collective).charge(&large).unwrap();
    assert!(charging.verification.is_none() && charging.reason.contains("not verified"));
}

#[test]
fn charging_time_and_power_of_one_exponential() {
    let charging = charge(&effective(4, Individual), &[0.0, 1.0]);
    let (x, found) = (0.8_f64.exp(), of(&charging));
    let k = 0.1 * (1.0 + x);
    close(found.time.unwrap(), 100.0_f64.ln() / k, 1e-13, "time");
    close(found.average_power.unwrap(), 0.99 * 4.0 * x / (1.0 + x) * k / 100.0_f64.ln(), 1e-13, "power");
    let (power, time) = found.peak_power.unwrap();
    close(power, 4.0 * 0.1 * x, 1e-14, "peak power");
    assert_eq!(time, 0.0);
    // sigma = sqrt(N)/2 where p = 1/2.
    let (sigma, time) = found.peak_fluctuation.unwrap();
    close(sigma, 1.0, 1e-14, "peak fluctuation");
    close(time, -(1.0 - 0.5 * (1.0 + x) / x).ln() / k, 1e-13, "its time");
}

#[test]
fn energies_scale_with_the_frequency() {
    for (mode, model) in
        [(Collective, Effective), (Individual, Effective), (Collective, Full), (Individual, Full)]
    {
        // On resonance g and the baths alone set the pace.
        let exponents = |w: f64| HeatEngine {
            hot_frequency: 10.0 * w,
            signal_frequency: w,
            hot_temperature: 10.0 * w,
            cold_temperature: 5.0 * w,
            ..SET_A
        };
        let at = |w: f64| {
            let engines = Engines::Maser(exponents(w));
            charge(&EngineBattery { frequency: w, engines, ..masers(2, mode, model) }, &[0.0, 7.0])
        };
        let (one, other) = (at(1.0), at(2.5));
        let (a, b) = (of(&one), of(&other));
        for (a, b, what) in [
            (a.peak_fluctuation, b.peak_fluctuation, "peak fluctuation"),
            (a.peak_power, b.peak_power, "peak power"),
        ] {
            close(b.unwrap().0 / a.unwrap().0, 2.5, 1e-12, what);
            close(b.unwrap().1, a.unwrap().1, 1e-12, what);
        }
        close(b.limit_fluctuation / a.limit_fluctuation, 2.5, 1e-12, "limit");
        close(
            other.series.merits[1].fluctuation / one.series.merits[1].fluctuation,
            2.5,
            1e-12,
            "fluctuation",
        );
        let [highest, seen] = [b.peak_fluctuation.unwrap().0, other.series.merits[1].fluctuation];
        assert!(highest >= seen && highest >= b.limit_fluctuation, "{highest} {seen}");
    }
}

#[test]
fn full_charging_of_one_cell_settles_with_its_modes() {
    for (coupling, monotone) in [(0.05, true), (2.0, false)] {
        let battery =
            EngineBattery { coupling, fraction: 1.0 - (-1.0_f64).exp(), ..masers(5, Individual, Full) };
        let charging = charge(&battery, &[0.0, 1.0]);
        let times = charging.charging_time.clone().unwrap();
        let first = times.first.unwrap();
        close(of(&charging).time.unwrap(), first, 1e-9, "modes and run");
        let settling = times.settling.unwrap();
        assert!(if monotone { settling == first } else { settling > first }, "{first} {settling}");
        let rate = charging.asymptote.slowest_rate.unwrap().rate;
        close(times.spectral.unwrap().rate, rate, 1e-12, "slowest rate");
    }
    // Slow cells: (1 + x) Gamma_e.
    let off = |coupling: f64| {
        let slow = EngineBattery { coupling, ..masers(1, Collective, Full) };
        let rate = charge(&slow, &[0.0]).asymptote.slowest_rate.unwrap().rate;
        rate / (SET_A.gamma_e(coupling, 0.0) * (1.0 + 0.8_f64.exp())) - 1.0
    };
    // Engines are fast beside the cell to the order g^2.
    let (at, at_half) = (off(0.01), off(0.005));
    assert!(at.abs() < 3e-4 && (at / at_half - 4.0).abs() < 0.05, "effective rate: {at} {at_half}");
    let two = charge(&masers(2, Collective, Full), &[0.0]).charging_time.unwrap();
    assert!(two.first.is_ok() && two.settling.is_err() && two.spectral.is_err());
}

#[test]
fn cells_that_start_full_have_no_charging_power() {
    for (mode, model) in
        [(Collective, Effective), (Individual, Effective), (Collective, Full), (Individual, Full)]
    {
        let battery = EngineBattery { excited: true, ..masers(2, mode, model) };
        let charging = charge(&battery, &[0.0, 5.0]);
        let found = of(&charging);
        assert!(found.peak_power.is_err() && charging.maximum_power.is_err());
        assert!(found.average_power.unwrap() < 0.0 && charging.series.power[1] < 0.0);
        // Quanta that cells give back go to the hot baths, or wait in the engines.
        assert!(found.heat_hot[1] < 0.0);
        close(found.limit_efficiency.unwrap(), 0.1, 1e-12, "omega_0/omega_h");
    }
}

#[test]
fn stall_refrigerator_and_steep_ladders() {
    for mode in [Collective, Individual] {
        for exponent in [0.0, 1e-9, -1e-9, 3.0, 40.0, -50.0] {
            for excited in [false, true] {
                for cells in [1, 3] {
                    let engines = Engines::Effective { rate: 0.1, exponent };
                    let battery = EngineBattery { excited, ..battery(cells, engines, mode, Effective) };
                    let charging = charge(&battery, &[0.0, 1.0, 60.0]);
                    let (series, n) = (&charging.series, cells as f64);
                    assert!(series.energy().iter().all(|e| *e >= 0.0 && *e <= n * (1.0 + 1e-9)));
                    assert!(
                        series
                            .ergotropy()
                            .iter()
                            .zip(&series.energy())
                            .all(|(w, e)| *w >= 0.0 && *w <= *e + 1e-9)
                    );
                    let limit = charging.asymptote.limit.unwrap();
                    // Means of p_n ~ x^n mirror under x -> 1/x.
                    let mirror = Engines::Effective { rate: 0.1, exponent: -exponent };
                    let mirror = EngineBattery { engines: mirror, ..battery.clone() };
                    let other = charge(&mirror, &[0.0]).asymptote.limit.unwrap();
                    close(limit.energy, n - other.energy, 1e-13, "mirror");
                    assert!(exponent < 0.0 || limit.ergotropy.global <= 0.5 * n);
                    let found = of(&charging);
                    if exponent < -35.0 && excited {
                        // Nothing moves: the limit is the start to rounding.
                        assert!(found.time.is_err() && found.average_power.is_err());
                    } else {
                        assert!(*found.time.as_ref().unwrap() > 0.0);
                        assert_eq!(found.average_power.unwrap() < 0.0, excited);
                    }
                }
            }
        }
    }
}

#[test]
fn comparison_runs_what_fits() {
    let all = EngineBattery { compare: true, ..masers(2, Collective, Effective) };
    let charging = charge(&all, &[0.0, 10.0, 20.0]);
    let found = of(&charging);
    assert_eq!(found.comparison.len(), 3);
    for other in &found.comparison {
        let run = other.run.as_ref().unwrap();
        assert_eq!(run.series.merits.len(), 3);
        assert!(of(run).time.is_ok() && of(run).enhancement.is_ok());
    }
    // Two cells at g = 0.1 gamma: 1.137 by the effective model, 1.036 by the full one.
    close(found.enhancement.unwrap(), 1.137, 5e-4, "effective");
    let full = found.comparison.iter().find(|c| (c.mode, c.model) == (Collective, Full)).unwrap();
    close(of(full.run.as_ref().unwrap()).enhancement.unwrap(), 1.036, 5e-4, "full");

    let given = EngineBattery { compare: true, ..effective(3, Individual) };
    let charging = charge(&given, &[0.0, 10.0]);
    let missing: Vec<_> = of(&charging).comparison.iter().filter(|c| c.run.is_err()).collect();
    assert!(missing.len() == 2 && missing.iter().all(|c| c.model == Full));
}

#[test]
fn validity_is_measured_by_the_collective_rate() {
    let report = |cells| charge(&masers(cells, Collective, Effective), &[0.0]).engine.unwrap();
    let (one, ten) = (report(1).validity, report(10).validity);
    let x = 0.8_f64.exp();
    let rate = SET_A.gamma_e(0.1, 0.0);
    close(one.battery_rate.unwrap(), rate * (x - 1.0) / SET_A.coherence_decay(), 1e-13, "battery");
    close(one.current.unwrap(), 0.196 * rate * (x - 1.0) / SET_A.max_current(), 1e-13, "current");
    close(ten.battery_rate.unwrap(), 10.0 * one.battery_rate.unwrap(), 1e-13, "ten");
    assert!(ten.warnings.len() > one.warnings.len());
    assert!(ten.warnings.iter().any(|w| w.contains("decay of their coherence")));
    // The ratio of currents stays finite at the stall, where J_max = 0.
    let stall = HeatEngine { signal_frequency: 5.0, ..SET_A };
    let stall =
        EngineBattery { engines: Engines::Maser(stall), frequency: 5.0, ..masers(2, Collective, Effective) };
    let stall = charge(&stall, &[0.0]).engine.unwrap();
    assert!(stall.validity.current.unwrap().is_finite());
    // Carnot's efficiency, as of the engine alone; none of a refrigerator.
    let alone = HeatEngine { signal_frequency: 5.0, ..SET_A }.report();
    assert_eq!((stall.efficiency, stall.cop), (Some(0.5), None));
    assert_eq!((alone.efficiency, alone.regime), (Some(0.5), stall.regime));
    let cold = HeatEngine { signal_frequency: 6.0, ..SET_A };
    let cold =
        EngineBattery { engines: Engines::Maser(cold), frequency: 6.0, ..masers(2, Collective, Effective) };
    assert_eq!(charge(&cold, &[0.0]).engine.unwrap().efficiency, None);
}

#[test]
fn impossible_requests_are_refused() {
    let refused = |battery: EngineBattery, method: &str| {
        let request =
            Request { method: (method != "auto").then(|| method.parse().unwrap()), ..request(&[0.0, 1.0]) };
        battery.charge(&request).unwrap_err().to_string()
    };
    assert!(refused(effective(3, Collective), "closed-form").contains("`effective-ladder`"));
    assert!(refused(effective(3, Individual), "permutation").contains("`closed-form`"));
    assert!(refused(effective(3, Collective), "taylor").contains("`taylor` does not apply"));
    let full = EngineBattery { model: Full, ..effective(3, Collective) };
    assert!(refused(full, "auto").contains("levels and baths"));
    assert_eq!(refused(effective(0, Collective), "auto"), "`cells` must be at least 1, but is 0");
    let fraction = EngineBattery { fraction: 1.0, ..effective(3, Collective) };
    assert_eq!(refused(fraction, "auto"), "`fraction` must lie between 0 and 1, but is 1");
    let driven = HeatEngine { signal: Signal::Drive { amplitude: 0.1, detuning: 0.0 }, ..SET_A };
    let driven = EngineBattery { engines: Engines::Maser(driven), ..masers(2, Collective, Effective) };
    assert!(refused(driven, "auto").contains("`signal` must not be a drive"));
    let steep = Engines::Effective { rate: 0.1, exponent: -1e4 };
    assert!(refused(battery(2, steep, Collective, Effective), "auto").contains("between -600 and 600"));

    // Of a maser the temperature is to blame.
    for (hot_temperature, cold_temperature, key) in
        [(10.0, 0.01, "cold_temperature"), (0.01, 5.0, "hot_temperature")]
    {
        let engines = Engines::Maser(HeatEngine { hot_temperature, cold_temperature, ..SET_A });
        let error = EngineBattery { engines, ..masers(2, Collective, Effective) }.validate().unwrap_err();
        assert!(error.field() == key && error.to_string().contains("between -600 and 600"), "{error}");
    }

    let tight = Request { memory_limit: 1e5, ..request(&[0.0, 1.0]) };
    let error = masers(30, Collective, Full).charge(&tight).unwrap_err();
    assert!(matches!(error, Error::TooLarge { lower: Lower::Cells, .. }));
    for cells in [300, 1_000_000, usize::MAX] {
        let error = masers(cells, Collective, Full).plan(&request(&[0.0, 1.0])).unwrap_err();
        assert!(matches!(error, Error::TooLarge { lower: Lower::Cells, .. }), "{error}");
    }
    // Times need memory too, four times as much where ways are compared.
    let plan = |compare, times| {
        let battery = EngineBattery { compare, ..effective(10, Collective) };
        battery.plan(&Request { memory_limit: 2.5e6, ..request(&vec![1.0; times]) })
    };
    assert!(plan(false, 1000).is_ok() && plan(true, 400).is_ok());
    let error = plan(true, 1000).unwrap_err();
    assert!(matches!(error, Error::TooLarge { lower: Lower::Times, .. }), "{error}");
    // What would take days.
    let error = effective(1_000_000, Collective).plan(&request(&vec![1.0; 2_200_000])).unwrap_err();
    assert!(matches!(error, Error::TooLong { lower: Lower::Times, .. }), "{error}");
    assert!(error.to_string().ends_with("lower the number of times"), "{error}");
    for (end, key) in [(1.0, Lower::Cells), (1e14, Lower::LastTime)] {
        let slow = EngineBattery { coupling: 1e-6, ..masers(30, Collective, Full) };
        let error = slow.plan(&request(&[0.0, end])).unwrap_err();
        assert!(matches!(error, Error::TooLong { lower, .. } if lower == key), "{error}");
    }
    assert!(masers(2, Collective, Full).plan(&request(&[0.0, 1e12])).is_ok());
    assert_eq!(effective(30, Collective).plan(&request(&[0.0])).unwrap().dimension, 31);
}

#[test]
fn power_of_many_cells() {
    // Largest flow 0.1957 N^2 Gamma_e (x - 1), largest fluctuation 0.2381 N.
    let n = 20_000.0;
    let charging = charge(&effective(20_000, Collective), &[0.0, 1.0]);
    let flow = of(&charging).peak_power.unwrap().0 / (n * n * 0.1 * (0.8_f64.exp() - 1.0));
    let sigma = of(&charging).peak_fluctuation.unwrap().0 / n;
    // Four digits are known of infinitely many cells; these are 20,000.
    assert!((flow - 0.1957).abs() < 1e-4 && (sigma - 0.2381).abs() < 2e-4, "{flow} {sigma}");
}

#[test]
fn a_million_cells() {
    for (cells, exponent) in [(1_000_000, -0.8), (100_000, -1e-6), (100_000, 0.0), (100_000, 1e-6)] {
        let engines = Engines::Effective { rate: 0.1, exponent };
        let battery = battery(cells, engines, Collective, Effective);
        let charging = charge(&battery, &[0.0, 1e-6]);
        let limit = charging.asymptote.limit.unwrap();
        assert!(charging.checks.trace < 1e-8, "{exponent} {:?}", charging.checks);
        assert!(limit.ergotropy.global >= 0.0 && limit.ergotropy.global <= limit.energy);
        assert!(of(&charging).enhancement.is_ok() && of(&charging).time.is_ok());
        let (y, n) = (exponent.exp(), cells as f64);
        match exponent {
            // e = 1 - y/(1 - y)/N, q = 0 in numbers; locked = y.
            _ if exponent < -0.1 => {
                close(n - limit.energy, y / (1.0 - y), 1e-9, "empty");
                close(of(&charging).locked, y, 1e-14, "locked");
            }
            0.0 => close(limit.energy, 0.5 * n, 1e-13, "half"),
            // <n> - N/2 = [m coth(m t) - coth t]/2 with m = N + 1 and t = ln(x)/2, in powers of t.
            _ => {
                let (m, t) = (n + 1.0, -0.5 * exponent);
                let coth =
                    |m: f64| m * m * t / 3.0 - m.powi(4) * t.powi(3) / 45.0 + m.powi(6) * t.powi(5) / 472.5;
                let expected = 0.5 * (coth(m) - coth(1.0));
                assert!(
                    ((limit.energy - 0.5 * n) / expected - 1.0).abs() < 1e-8,
                    "near the stall: {limit:?}"
                );
            }
        }
    }
}

/// The corridor's enhancement; values of more cells are those of runs alone.
#[test]
fn the_advantage_shrinks_beyond_validity() {
    let enhancement = |model| {
        let charging = charge(&masers(4, Collective, model), &[0.0, 1.0]);
        of(&charging).enhancement.unwrap()
    };
    close(enhancement(Full), 1.206, 5e-4, "full");
    close(enhancement(Effective), 1.477, 5e-4, "effective");
}

#[test]
fn the_full_model_of_several_cells_keeps_the_laws() {
    for excited in [false, true] {
        let battery = EngineBattery { excited, coupling: 0.3, ..masers(6, Collective, Full) };
        let charging = charge(&battery, &[0.0, 2.0, 600.0]);
        let limit = charging.asymptote.limit.unwrap();
        close(charging.series.merits[2].energy, limit.energy, 1e-9, "energy");
        close(charging.series.merits[2].ergotropy.global, limit.ergotropy.global, 1e-9, "ergotropy");
        close(charging.series.merits[2].fluctuation, limit.fluctuation, 1e-8, "fluctuation");
        close(of(&charging).efficiency[2], 0.1, 1e-9, "first law");
    }
}
