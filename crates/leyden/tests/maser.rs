//! The three-level maser: closed forms against the null space of its master equation, anchors, limits and laws.

#[path = "common/maser.rs"]
mod set_a;

use leyden::asymptote::{Detail, NullSpace};
use leyden::charge::{Error, Regime, Request};
use leyden::lindblad::Generator;
use leyden::model::{BathRates, EngineRates, HeatEngine, Signal};
use leyden::operator::Hermitian;
use set_a::SET_A;

fn set_b() -> HeatEngine {
    HeatEngine { signal_frequency: 6.0, cold_rate: 0.5, ..SET_A }
}

fn close(a: f64, b: f64, tolerance: f64, what: &str) {
    assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{what}: {a} against {b}");
}

/// Engines, the same in every run.
struct Seed(fastrand::Rng);

impl Seed {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.f64()
    }

    fn engine(&mut self) -> HeatEngine {
        let hot = self.between(2.0, 12.0);
        let rates = if self.0.bool() { BathRates::Bosonic } else { BathRates::DetailedBalance };
        HeatEngine {
            hot_frequency: hot,
            signal_frequency: hot * self.between(0.05, 0.95),
            hot_temperature: self.between(2.0, 20.0),
            cold_temperature: self.between(2.0, 10.0),
            hot_rate: self.between(0.3, 3.0),
            cold_rate: self.between(0.3, 3.0),
            rates,
            signal: Signal::Open,
        }
    }

    fn signals(&mut self) -> [Signal; 4] {
        let amplitude = self.between(0.05, 2.0);
        let (down, up) = (self.between(0.05, 2.0), self.between(0.0, 2.0));
        [
            Signal::Open,
            Signal::Drive { amplitude, detuning: 0.0 },
            Signal::Drive { amplitude, detuning: self.between(-2.0, 2.0) },
            Signal::Load { down, up },
        ]
    }
}

fn stationary(engine: &HeatEngine) -> Hermitian {
    let lindbladian = engine.lindbladian().unwrap();
    let found = NullSpace::new(&Generator::new(&lindbladian), &Hermitian::level(3, 0)).unwrap();
    assert_eq!(found.dimension, 1);
    found.limit
}

fn against_the_master_equation(engine: &HeatEngine) {
    let (cycle, report, state) = (engine.cycle(), engine.report(), stationary(engine));
    let p = [0, 1, 2].map(|level| state.population(level));
    for (known, found) in cycle.populations.iter().zip(p) {
        close(*known, found, 1e-10, "population");
    }
    let EngineRates { a, b, c, d } = engine.bath_rates();
    let hot = engine.hot_frequency * (a * p[0] - b * p[2]);
    let cold = engine.cold_frequency() * (d * p[1] - c * p[2]);
    close(report.heat_hot.unwrap(), hot, 1e-10, "heat from the hot bath");
    close(report.heat_cold.unwrap(), cold, 1e-10, "heat from the cold bath");
    // The power of the bare signal is what both heats leave; through the signal it is Im of the coherence or the load's jumps.
    let quanta = match engine.signal {
        Signal::Open => 0.0,
        Signal::Drive { amplitude, .. } => -2.0 * amplitude * state.get(0, 1).im,
        Signal::Load { down, up } => down * p[1] - up * p[0],
    };
    close(cycle.current, quanta, 1e-10, "current through the signal");
}

#[test]
fn closed_forms_are_the_null_space_of_the_master_equation() {
    let mut seed = Seed(fastrand::Rng::with_seed(7));
    for engine in [SET_A, set_b()] {
        for rates in [BathRates::Bosonic, BathRates::DetailedBalance] {
            for signal in seed.signals() {
                against_the_master_equation(&HeatEngine { rates, signal, ..engine });
            }
        }
    }
    for _ in 0..200 {
        let engine = seed.engine();
        for signal in seed.signals() {
            against_the_master_equation(&HeatEngine { signal, ..engine });
        }
    }
}

#[test]
fn anchors_of_an_engine() {
    let engine = SET_A;
    for (n, anchor) in engine.open_populations().iter().zip([0.2782864, 0.6193378, 0.1023758]) {
        assert!((n - anchor).abs() < 5e-8);
    }
    assert!((engine.coherence_decay() - 0.3900052).abs() < 5e-8);
    assert!((engine.max_current() - 0.0605585).abs() < 5e-8);
    assert!((engine.gamma_e(0.01, 0.0) - 1.4270908e-4).abs() < 5e-12);
    assert!((engine.ln_ratio() - 0.8).abs() < 1e-15);
    let n = engine.open_populations();
    let EngineRates { a, b, c, d } = engine.bath_rates();
    let z = b * d + a * c + a * d;
    for (n, tree) in n.iter().zip([b * d / z, a * c / z, a * d / z]) {
        assert!((n - tree).abs() < 1e-15);
    }
    let report = engine.report();
    assert_eq!((report.regime, report.current, report.cop), (Regime::Engine, Some(0.0), None));
    // The largest bath rate, gamma (n_c + 1) = 1.19, exceeds omega_0 = 1.
    assert_eq!(report.validity.warnings.len(), 1);
}

#[test]
fn a_refrigerator_needs_a_drive() {
    let engine = set_b();
    assert!((engine.ln_ratio() + 0.2).abs() < 1e-15);
    let open = engine.report();
    // What it would be with a current.
    assert_eq!((open.regime, open.current), (Regime::Refrigerator, Some(0.0)));
    assert_eq!((open.efficiency, open.cop), (None, Some(4.0 / 6.0)));
    let report = HeatEngine { signal: Signal::Drive { amplitude: 0.4, detuning: 0.0 }, ..engine }.report();
    let (hot, cold, power) = (report.heat_hot.unwrap(), report.heat_cold.unwrap(), report.power.unwrap());
    assert!(cold > 0.0 && power < 0.0 && hot < 0.0);
    assert!((hot + cold - power).abs() < 1e-15);
    assert!((report.cop.unwrap() - cold / -power).abs() < 1e-14);
    assert!(report.cop.unwrap() <= 5.0 / (10.0 - 5.0));
}

#[test]
fn a_large_drive_saturates_the_current() {
    for engine in [SET_A, set_b()] {
        let at =
            |amplitude| HeatEngine { signal: Signal::Drive { amplitude, detuning: 0.3 }, ..engine }.cycle();
        let mut before = 0.0;
        for exponent in 0..8 {
            let missing = (at(10f64.powi(exponent)).current / engine.max_current() - 1.0).abs();
            // R grows as lambda^2, and what is missing falls as 1/R.
            assert!(exponent == 0 || missing < 2e-2 * before || missing < 1e-14);
            before = missing;
        }
        let huge = at(1e160);
        assert!((huge.current / engine.max_current() - 1.0).abs() < 1e-14);
        assert!((huge.populations[0] - huge.populations[1]).abs() < 1e-15);
    }
}

#[test]
fn the_second_law_holds() {
    let mut seed = Seed(fastrand::Rng::with_seed(11));
    for _ in 0..200 {
        let engine = seed.engine();
        for signal in seed.signals() {
            let report = HeatEngine { signal, ..engine }.report();
            let baths = report.entropy_production.unwrap();
            let (hot, cold) = (report.heat_hot.unwrap(), report.heat_cold.unwrap());
            close(baths, -hot / engine.hot_temperature - cold / engine.cold_temperature, 1e-13, "entropy");
            let carnot = 1.0 - engine.cold_temperature / engine.hot_temperature;
            match signal {
                Signal::Load { down, up } => {
                    assert!(baths + report.current.unwrap() * (down / up).ln() >= 0.0);
                }
                Signal::Open | Signal::Drive { .. } => {
                    assert!(baths >= 0.0);
                    assert!(report.efficiency.is_none_or(|eta| eta <= carnot));
                }
            }
        }
    }
}

#[test]
fn nothing_flows_at_the_stall() {
    // omega_c/T_c = omega_h/T_h, also where the quotients are not exact.
    for (hot, signal, t_hot, t_cold) in [(10.0, 5.0, 10.0, 5.0), (3.0, 0.9, 1.0, 0.7), (7.0, 0.7, 0.3, 0.27)]
    {
        for signal_kind in [
            Signal::Open,
            Signal::Drive { amplitude: 0.3, detuning: 0.1 },
            Signal::Load { down: 0.4, up: 0.4 },
        ] {
            let engine = HeatEngine {
                hot_frequency: hot,
                signal_frequency: signal,
                hot_temperature: t_hot,
                cold_temperature: t_cold,
                signal: signal_kind,
                ..SET_A
            };
            let report = engine.report();
            assert_eq!((report.ratio, report.regime, report.current), (1.0, Regime::Stall, Some(0.0)));
            // At the stall the efficiency is Carnot's.
            assert!(
                (report.efficiency.unwrap() - (1.0 - t_cold / t_hot)).abs() < 1e-14 && report.cop.is_none()
            );
            let n = report.populations.unwrap();
            assert!((n[0] - n[1]).abs() < 1e-15);
        }
    }
    // Next to it J is its own first order, not rounding: J/ln x is smooth.
    let slope = |step: f64| {
        let engine = HeatEngine {
            signal_frequency: 5.0,
            cold_temperature: 5.0 / (1.0 + step),
            signal: Signal::Drive { amplitude: 0.3, detuning: 0.0 },
            ..SET_A
        };
        engine.cycle().current / engine.ln_ratio()
    };
    assert!((slope(1e-12) / slope(1e-9) - 1.0).abs() < 1e-8);
}

#[test]
fn extreme_temperatures_leave_no_nan() {
    for t_hot in [1e-6, 1e-3, 1.0, 1e6, 1e12] {
        for t_cold in [1e-6, 1e-3, 1.0, 1e6, 1e12] {
            for rates in [BathRates::Bosonic, BathRates::DetailedBalance] {
                for signal in [
                    Signal::Open,
                    Signal::Drive { amplitude: 0.3, detuning: 0.0 },
                    Signal::Drive { amplitude: 0.3, detuning: 0.2 },
                    Signal::Load { down: 0.4, up: 0.0 },
                ] {
                    let engine = HeatEngine {
                        hot_temperature: t_hot,
                        cold_temperature: t_cold,
                        rates,
                        signal,
                        ..SET_A
                    };
                    let cycle = engine.cycle();
                    assert!((cycle.populations.iter().sum::<f64>() - 1.0).abs() < 1e-14, "{engine:?}");
                    assert!(cycle.current.is_finite() && !engine.report().power.unwrap().is_nan());
                }
            }
        }
    }
    // n (e^u - 1) = gamma at u = 1e-12: no digit is lost.
    let warm = HeatEngine { hot_temperature: 1e13, ..SET_A };
    let EngineRates { a, b, .. } = warm.bath_rates();
    assert!((a * 1e-12 - (1.0 - 0.5e-12)).abs() < 1e-15 && (b - a - 1.0).abs() < 1e-3);
}

#[test]
fn a_detuned_drive_delivers_its_own_quanta() {
    let signal = Signal::Drive { amplitude: 0.2, detuning: 0.25 };
    let report = HeatEngine { signal, ..SET_A }.report();
    assert!((report.power.unwrap() - 1.25 * report.current.unwrap()).abs() < 1e-16);
    assert!((report.efficiency.unwrap() - 0.1).abs() < 1e-16);
}

#[test]
fn impossible_engines_are_refused_with_their_key() {
    let message = |engine: HeatEngine| engine.validate().unwrap_err().to_string();
    assert_eq!(
        message(HeatEngine { cold_temperature: -2.0, ..SET_A }),
        "`cold_temperature` must be above 0 and finite, but is -2"
    );
    assert_eq!(
        message(HeatEngine { signal_frequency: 12.0, ..SET_A }),
        "`signal_frequency` must be below `hot_frequency` = 10, but is 12"
    );
    assert!(message(HeatEngine { hot_rate: f64::NAN, ..SET_A }).contains("but is NaN"));
    assert!(
        message(HeatEngine { signal: Signal::Load { down: 0.1, up: -1.0 }, ..SET_A }).contains("signal.up")
    );
}

#[test]
fn an_engine_without_cells_runs_by_its_closed_form() {
    let engine = HeatEngine { signal: Signal::Drive { amplitude: 0.3, detuning: 0.1 }, ..SET_A };
    let mut request = Request {
        times: vec![0.0, 1.0],

        tolerance: 1e-8,
        verify: true,
        detail: Detail::Spectrum,
        memory_limit: 1e9,
        ..Request::default()
    };
    let charging = engine.charge(&request).unwrap();
    assert_eq!((charging.method.name(), charging.times.len()), ("closed-form", 0));
    assert_eq!(charging.engine, Some(engine.report()));
    assert_eq!(charging.asymptote.why().as_deref(), Some("there is no battery"));
    for (quantity, difference) in charging.verification.unwrap().differences {
        assert!(difference < 1e-12, "{quantity} {difference}");
    }
    request.method = Some(leyden::Method::Taylor);
    let refused = engine.charge(&request).unwrap_err();
    assert!(matches!(refused, Error::NotApplicable(_)));
}

#[test]
fn bath_rates_of_both_sets() {
    let rates = SET_A.bath_rates();
    // From rates and from exponents.
    let (steady, open) = (rates.steady(), SET_A.open_populations());
    for ((found, other), expected) in steady.iter().zip(open).zip([0.278_286_4, 0.619_337_8, 0.102_375_8]) {
        assert!((found - expected).abs() < 1e-7 && (found - other).abs() < 1e-15, "{steady:?}");
    }
    let EngineRates { a, b, c, d } = rates;
    assert!(((a * c / (b * d)).ln() - 0.8).abs() < 1e-14 && (b - a - 1.0).abs() < 1e-14);
    assert!((0.5 * (a + d) - 0.390_005_2).abs() < 1e-7);
    let ruled =
        HeatEngine { signal_frequency: 4.0, rates: BathRates::DetailedBalance, ..set_b() }.bath_rates();
    let expected = [(-1.0_f64).exp(), 1.0, 0.5, 0.5 * (-1.2_f64).exp()];
    for (found, expected) in [ruled.a, ruled.b, ruled.c, ruled.d].iter().zip(expected) {
        assert!((found - expected).abs() < 1e-15, "{ruled:?}");
    }
    // Baths so cold that products of their rates underflow.
    let cold = EngineRates { a: 3e-200, b: 1.0, c: 1.0, d: 1e-200 }.steady();
    assert!((cold[0] - 0.25).abs() < 1e-15 && (cold[1] - 0.75).abs() < 1e-15 && cold[2] > 0.0);
}
