//! What a maser does by itself and what it is to the cells that it charges.
//!
//! Q_h = omega_h J, Q_c = -omega_c J into the engine, P = omega_0 J out of it (omega_d J under a detuned drive), and
//! -beta_h Q_h - beta_c Q_c = J ln x >= 0 under a drive. Heats are those of the bare levels.

use super::super::{Charging, Contents, Error, Plan, Recorder, Request, System, Verification, Workspace};
use super::verify::NotVerified;
use super::{EngineReport, Regime, Validity};
use crate::Why;
use crate::asymptote::{Asymptote, NullSpace};
use crate::evolve::{NotApplicable, Outcome};
use crate::lindblad::Generator;
use crate::method::Method;
use crate::model::{EngineBattery, EngineRates, Engines, HeatEngine, Levels, MaserCycle, Signal};
use crate::numerics::nan_max;
use crate::operator::Hermitian;

/// Largest dE_B/dt of many cells over N^2 Gamma_e (x - 1) omega_B.
const PEAK: f64 = 0.196;
const TREES: &str = "three levels in one cycle: populations and current by spanning trees";

impl HeatEngine {
    /// The stationary engine with its signal as it is.
    ///
    /// Under a load with R_d != R_u the entropy production is that of the two baths alone; the load adds J ln(R_d/R_u).
    ///
    /// ```
    /// use leyden::charge::Regime;
    /// use leyden::model::{BathRates, HeatEngine, Signal};
    ///
    /// let engine = HeatEngine {
    ///     hot_frequency: 10.0,
    ///     signal_frequency: 1.0,
    ///     hot_temperature: 10.0,
    ///     cold_temperature: 5.0,
    ///     hot_rate: 1.0,
    ///     cold_rate: 1.0,
    ///     rates: BathRates::Bosonic,
    ///     signal: Signal::Open,
    /// };
    /// let report = engine.report();
    /// assert_eq!(report.regime, Regime::Engine);
    /// // x = e^{0.8}, and omega_0/omega_h.
    /// assert!((report.ratio - 0.8_f64.exp()).abs() < 1e-14);
    /// assert_eq!(report.efficiency, Some(0.1));
    /// let [n0, n1, n2] = report.populations.expect("steady");
    /// assert!((n0 - 0.2782864).abs() < 1e-7 && (n1 - 0.6193378).abs() < 1e-7 && (n2 - 0.1023758).abs() < 1e-7);
    /// ```
    pub fn report(&self) -> EngineReport {
        let MaserCycle { populations, current } = self.cycle();
        let (hot, cold, ln) = (self.hot_frequency, self.cold_frequency(), self.ln_ratio());
        let detuning = match self.signal {
            Signal::Drive { detuning, .. } => detuning,
            Signal::Open | Signal::Load { .. } => 0.0,
        };
        // A load that pumps turns an engine round. Without a current, what the baths would make of it.
        let gives = current > 0.0 || (current == 0.0 && ln >= 0.0);
        let regime = match (current == 0.0, current > 0.0) {
            (true, _) => Regime::of_ratio(ln),
            (false, true) => Regime::Engine,
            (false, false) => Regime::Refrigerator,
        };
        let entropy_load = match self.signal {
            Signal::Load { down, up } if down > 0.0 && up > 0.0 => Some(current * (down / up).ln()),
            _ => None,
        };
        let mut open = self.open_report();
        if detuning.abs() > Validity::LARGE * self.signal_frequency {
            open.validity.warnings.push(format!(
                "the drive is detuned by {} omega_0: heats are those of the bare levels, and what the drive gives beyond omega_0 J is in none of them",
                short(detuning / self.signal_frequency)
            ));
        }
        EngineReport {
            current: Some(current),
            heat_hot: Some(hot * current),
            heat_cold: Some(-cold * current),
            power: Some((self.signal_frequency + detuning) * current),
            efficiency: gives.then_some(self.signal_frequency / hot),
            cop: (!gives).then_some(cold / self.signal_frequency),
            entropy_production: Some(if current == 0.0 { 0.0 } else { ln * current }),
            entropy_load,
            regime,
            populations: Some(populations),
            ..open
        }
    }

    /// What the baths offer, nothing flowing.
    fn open_report(&self) -> EngineReport {
        let ln = self.ln_ratio();
        let mut validity = Validity {
            bath_rates: Some(self.largest_rate() / self.slowest_frequency()),
            ..Validity::default()
        };
        validity.warn_of_baths();
        EngineReport {
            populations: Some(self.open_populations()),
            validity,
            ..EngineReport::of_ratio(ln, self.beta_e())
        }
    }

    fn largest_rate(&self) -> f64 {
        let EngineRates { a, b, c, d } = self.bath_rates();
        a.max(b).max(c).max(d)
    }

    fn slowest_frequency(&self) -> f64 {
        self.signal_frequency.min(self.cold_frequency())
    }

    /// |x - 1|/|J_max|, finite at the stall.
    fn saturation(&self) -> f64 {
        let (ln, EngineRates { a, b, c, d }) = (self.ln_ratio(), self.bath_rates());
        if ln.abs() < 1.0 {
            return (2.0 * (b + c) + a + d) / (b * d);
        }
        ln.exp_m1().abs() / self.max_current().abs()
    }

    /// The stationary state of the master equation.
    fn by_null_space(&self) -> Result<Hermitian, NotVerified> {
        let found = NullSpace::new(&Generator::new(&self.lindbladian()?), &Hermitian::level(3, 0))?;
        match found.dimension {
            1 => Ok(found.limit),
            states => Err(NotVerified::Stationary { states }),
        }
    }
}

impl System for HeatEngine {
    fn name(&self) -> &'static str {
        "heat engine"
    }

    fn cells(&self) -> usize {
        0
    }

    fn methods(&self) -> Vec<Method> {
        vec![Method::ClosedForm]
    }

    fn contents(&self) -> Contents {
        Contents { engine: true, ..Contents::default() }
    }

    fn dimension_counts(&self) -> &'static str {
        "levels"
    }

    fn schedule(&self) -> Option<(&'static str, String)> {
        Some(("times", "none: the steady state".into()))
    }

    fn plan(&self, request: &Request) -> Result<Plan, Error> {
        self.validate()?;
        if let Some(method) = request.method.filter(|method| *method != Method::ClosedForm) {
            let because = "an engine without cells has a closed form".into();
            return Err(NotApplicable { method, because }.into());
        }
        let (method, levels) = (Method::ClosedForm, Levels { charger: 3, battery: 1 });
        Ok(Plan {
            method,
            reason: TREES.into(),
            dimension: 3,
            memory: 0.0,
            levels,
            seconds: None,
            candidates: Vec::new(),
        })
    }

    /// The stationary state of an engine that charges nothing; no times.
    fn charge_in(&self, request: &Request, _workspace: &Workspace) -> Result<Charging, Error> {
        let Plan { method, reason, levels, .. } = self.plan(request)?;
        let recorder = Recorder::new(0.0, 0);
        let mut charging = Charging::new(method, reason, Outcome::Converged, levels, 0, recorder);
        let report = self.report();
        charging.asymptote = Asymptote::unknown(Why::NoBattery);
        charging.charging_time = Err(Why::NoBattery);
        charging.maximum_power = Err(Why::NoBattery);
        if request.verify {
            match self.by_null_space() {
                Ok(state) => {
                    let EngineRates { a, b, .. } = self.bath_rates();
                    let n = [0, 1, 2].map(|level| state.population(level));
                    let far = |x: Option<f64>, y: f64| (x.unwrap_or(f64::NAN) - y).abs();
                    let known = report.populations.unwrap_or([f64::NAN; 3]);
                    let populations = (0..3).map(|i| (known[i] - n[i]).abs()).fold(0.0, nan_max);
                    charging.verification = Some(Verification {
                        method: "null space of the master equation".into(),
                        differences: vec![
                            ("engine.populations", populations),
                            ("engine.current", far(report.current, a * n[0] - b * n[2])),
                        ],
                    });
                }
                Err(why) => charging.reason = format!("{}; not verified: {why}", charging.reason),
            }
        }
        charging.engine = Some(report);
        Ok(charging)
    }
}

impl EngineBattery {
    /// The engines as chargers: no stationary current, the effective rate, and how far equations hold.
    ///
    /// Ratios are those of N cells for collective charging and of one for individual charging.
    pub(in crate::charge) fn engine_report(&self) -> EngineReport {
        let (rate, ln, cells) = (self.gamma_e(), self.ln_ratio(), self.cells_together() as f64);
        let engine = match &self.engines {
            Engines::Effective { exponent, .. } => {
                return EngineReport {
                    gamma_e: Some(rate),
                    ..EngineReport::of_ratio(ln, exponent / self.cell_frequency())
                };
            }
            Engines::Maser(engine) => engine,
        };
        let mut report = engine.open_report();
        report.gamma_e = Some(rate);
        // At the stall, what it would be: Carnot's.
        report.efficiency =
            (report.regime != Regime::Refrigerator).then_some(engine.signal_frequency / engine.hot_frequency);
        let decay = engine.coherence_decay();
        let battery = rate * cells * ln.exp_m1().abs() / decay;
        let current = PEAK * cells * rate * engine.saturation();
        let single = rate * (1.0 + ln.exp()) / decay;
        let validity = &mut report.validity;
        (validity.battery_rate, validity.current) = (Some(battery), Some(current));
        if battery > Validity::LARGE {
            validity.warnings.push(format!(
                "Gamma_e N |x - 1| / G_p = {} > {}: the engines are not fast beside the battery, and the effective model charges faster than they can (G_p: decay of their coherence)",
                short(battery),
                Validity::LARGE
            ));
        } else if single > Validity::LARGE {
            validity.warnings.push(format!(
                "Gamma_e (1 + x) / G_p = {} > {}: the engines are not fast beside one cell, and the effective model does not show their exchange of quanta (G_p: decay of their coherence)",
                short(single),
                Validity::LARGE
            ));
        }
        if current > Validity::LARGE {
            validity.warnings.push(format!(
                "current into the battery / J_max = {} > {}: the populations of the engines change, and the effective model overstates power and collective advantage (J_max: their largest current)",
                short(current),
                Validity::LARGE
            ));
        }
        report
    }
}

impl Regime {
    /// What baths make of an engine, by ln x.
    fn of_ratio(ln: f64) -> Self {
        match ln {
            0.0 => Regime::Stall,
            _ if ln > 0.0 => Regime::Engine,
            _ => Regime::Refrigerator,
        }
    }
}

impl EngineReport {
    /// Only the ratio is known.
    fn of_ratio(ln: f64, beta_e: f64) -> Self {
        EngineReport {
            populations: None,
            ratio: ln.exp(),
            beta_e,
            regime: Regime::of_ratio(ln),
            current: None,
            heat_hot: None,
            heat_cold: None,
            power: None,
            efficiency: None,
            cop: None,
            entropy_production: None,
            entropy_load: None,
            gamma_e: None,
            validity: Validity::default(),
        }
    }
}

impl Validity {
    /// Ratios above this are worth a warning.
    pub const LARGE: f64 = 0.1;

    /// The ratios that are not small, by name.
    pub fn large(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let all =
            [("bath_rates", self.bath_rates), ("battery_rate", self.battery_rate), ("current", self.current)];
        all.into_iter().filter_map(|(name, ratio)| Some((name, ratio.filter(|x| *x > Self::LARGE)?)))
    }

    fn warn_of_baths(&mut self) {
        if let Some(ratio) = self.bath_rates
            && ratio > Validity::LARGE
        {
            self.warnings.push(format!(
                "bath rate / min(omega_0, omega_c) = {} > {}: one bath per transition is not justified",
                short(ratio),
                Validity::LARGE
            ));
        }
    }
}

/// A ratio in a sentence.
fn short(x: f64) -> String {
    if x.abs() < 1e4 { format!("{x:.2}") } else { format!("{x:.2e}") }
}
