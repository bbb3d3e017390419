//! Laws for many cells, for figures and summaries of sweeps over the number of cells.
//!
//! A lossless resonant cavity becomes a pair of classical fields (`leyden::exact::MeanField`): its largest average power and the time of it,
//! with as many photons as cells 0.5825829084 g omega N^{3/2} at 1.0886594925/(g sqrt(N)), the power over that of parallel charging, and from
//! a coherent start E_B over time, then tanh^2(g sqrt(N) t) per cell. Every point has the law of its own coupling and photons.

use leyden::charge::AnySystem;
use leyden::exact::MeanField;
use leyden::model::{ChargerBattery, ChargerKind};
use leyden::{InitialState, merit};
use leyden_scenario::Scenario;

use crate::fits::CELLS;
use crate::study_data::{Place, places};
use crate::table::Dimension;

/// A law for many cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Law {
    /// Name of the quantity that approaches it.
    pub quantity: &'static str,
    /// Where the other axes stand, the place of the cells being 0.
    pub at: Place,
    /// Numbers of cells, or times.
    pub x: Vec<f64>,
    /// Its values there, in the units of the file.
    pub y: Vec<f64>,
    /// What it is, as far as that has a name.
    pub form: Form,
}

/// What a law is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    /// prefactor N^exponent.
    Power {
        /// Its value at N = 1.
        prefactor: f64,
        /// Its power.
        exponent: f64,
    },
    /// tanh^2(rate t), in the unit of the times.
    Tanh {
        /// The rate.
        rate: f64,
    },
    /// sn^2 of time.
    Elliptic,
    /// Some other function.
    Other,
}

/// Points beyond which laws are not looked for.
const MOST_POINTS: usize = 2000;
/// Laws that differ by less are one.
const SAME: f64 = 1e-9;

/// The laws of the cavity that a scenario sweeps over numbers of cells.
pub fn laws(scenario: &Scenario) -> Vec<Law> {
    let Some(cells) = scenario.axes.iter().position(|axis| axis.key.to_string() == CELLS) else {
        return Vec::new();
    };
    let (AnySystem::ChargerBattery(first), Some(&end)) = (&scenario.system, scenario.times.last()) else {
        return Vec::new();
    };
    let sizes: Vec<usize> = scenario.axes.iter().map(|axis| axis.values.len()).collect();
    let points: usize = sizes.iter().product();
    let oscillator = matches!(first.charger.kind, ChargerKind::Oscillator(_));
    if !oscillator || scenario.optimise.is_some() || points > MOST_POINTS {
        return Vec::new();
    }
    let template = scenario.template();
    let system = |place: &Place| -> Option<ChargerBattery> {
        let values: Vec<f64> = scenario.axes.iter().zip(place).map(|(axis, &i)| axis.values[i]).collect();
        match template.at(&values, &[]).ok()?.system {
            AnySystem::ChargerBattery(system) => Some(system),
            _ => None,
        }
    };
    let along = |at: &Place| -> Option<Vec<(ChargerBattery, MeanField)>> {
        let mut place = at.clone();
        let systems = (0..sizes[cells]).map(|i| {
            place[cells] = i;
            system(&place)
        });
        systems.map(|system| system.and_then(|system| system.mean_field().map(|law| (system, law)))).collect()
    };
    let mut laws = Vec::new();
    for at in places(&sizes).filter(|place| place[cells] == 0) {
        let Some(systems) = along(&at) else { continue };
        laws.extend(over_cells(scenario, &at, &systems, end));
        laws.extend(over_time(scenario, &at, &systems));
    }
    laws
}

/// The largest average power, its time, and its advantage.
fn over_cells(
    scenario: &Scenario,
    at: &Place,
    systems: &[(ChargerBattery, MeanField)],
    end: f64,
) -> Vec<Law> {
    let cells: Vec<f64> = systems.iter().map(|(system, _)| system.cells() as f64).collect();
    let most: Vec<_> = systems.iter().map(|(_, law)| law.largest_power()).collect();
    if most.iter().any(|most| most.time > end) {
        return Vec::new();
    }
    let law = |quantity, dimension: Dimension, y: Vec<f64>| {
        let y: Vec<f64> = y.into_iter().map(dimension.shown(&scenario.units)).collect();
        let form = match merit::fit_power(&cells, &y) {
            Some(fit) if fit.residual < SAME => {
                // Multiples of 1/2, as a rule, up to rounding.
                let half = 0.5 * (2.0 * fit.exponent).round();
                let exponent = if (fit.exponent - half).abs() < SAME { half + 0.0 } else { fit.exponent };
                Form::Power { prefactor: fit.prefactor, exponent }
            }
            _ => Form::Other,
        };
        Law { quantity, at: at.clone(), x: cells.clone(), y, form }
    };
    let of = |read: fn(&merit::MaximumPower) -> f64| most.iter().map(read).collect::<Vec<f64>>();
    let mut laws = vec![
        law("power_maximum_average_value", Dimension::Power, of(|most| most.value)),
        law("power_maximum_average_time", Dimension::Time, of(|most| most.time)),
    ];
    let pairs = systems.iter().zip(&most);
    let advantage: Result<Vec<f64>, _> =
        pairs.map(|((system, _), most)| Ok(most.value / system.parallel_power(end)?.value)).collect();
    if let Ok::<_, leyden::Why>(advantage) = advantage {
        laws.push(law("parallel_advantage", Dimension::Number, advantage));
    }
    laws
}

/// E_B per cell, where that is one curve for all of them.
fn over_time(scenario: &Scenario, at: &Place, systems: &[(ChargerBattery, MeanField)]) -> Option<Law> {
    let coherent = |(system, _): &(ChargerBattery, MeanField)| {
        matches!(system.initial.charger, InitialState::Coherent(_))
    };
    let per_cell = |(system, law): &(ChargerBattery, MeanField)| {
        [law.energy / system.cells() as f64, law.rate, law.parameter]
    };
    let first = per_cell(&systems[0]);
    let one = systems
        .iter()
        .map(per_cell)
        .all(|other| other.iter().zip(first).all(|(a, b)| (a - b).abs() <= SAME * b.abs()));
    if !(one && systems.iter().all(coherent)) {
        return None;
    }
    let (energy, time) = (Dimension::Energy.shown(&scenario.units), Dimension::Time.shown(&scenario.units));
    let (system, law) = &systems[0];
    let share = 1.0 / system.cells() as f64;
    let form = match law.parameter {
        1.0 => Form::Tanh { rate: law.rate / time(1.0) },
        _ => Form::Elliptic,
    };
    Some(Law {
        quantity: "energy_per_cell",
        at: at.clone(),
        x: scenario.times.iter().map(|&t| time(t)).collect(),
        y: scenario.times.iter().map(|&t| energy(share * law.at(t))).collect(),
        form,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(start: &str, more: &str) -> Vec<Law> {
        let text = format!(
            "[charger]\nkind = \"oscillator\"\n[time]\nend = 2.0\npoints = 3\n{more}[sweep]\n\"battery.cells\" = [4, 9, 16]\n{start}\n"
        );
        laws(&Scenario::parse("", &text).unwrap_or_else(|report| panic!("{report}")))
    }

    const FOCK: &str = "\"initial.charger.fock\" = \"battery.cells\"";
    const COHERENT: &str = "\"initial.charger.coherent\" = \"sqrt(battery.cells)\"";
    const SCALED: &str = "[coupling]\nscaling = \"inverse-sqrt-cells\"\n";

    #[test]
    fn as_many_photons_as_cells_have_the_known_powers() {
        let expected = [
            ("power_maximum_average_value", 0.582_582_908_4, 1.5),
            ("power_maximum_average_time", 1.088_659_492_5, -0.5),
            ("parallel_advantage", 0.582_582_908_4 / 0.724_611_353_8, 0.5),
        ];
        let laws = found(FOCK, "");
        assert_eq!(laws.len(), 3);
        for (law, (quantity, factor, power)) in laws.iter().zip(expected) {
            let Form::Power { prefactor, exponent } = law.form else { panic!("{law:?}") };
            assert_eq!(law.quantity, quantity);
            assert!((prefactor - factor).abs() < 1e-9 && (exponent - power).abs() < 1e-12, "{law:?}");
            assert!((law.y[1] - factor * 9.0_f64.powf(power)).abs() < 1e-8, "{law:?}");
        }
        let scaled = found(FOCK, SCALED);
        let power = |law: &Law| match law.form {
            Form::Power { exponent, .. } => exponent,
            _ => f64::NAN,
        };
        let exponents: Vec<f64> = scaled.iter().map(power).collect();
        assert!(exponents.iter().zip([1.0, 0.0, 0.0]).all(|(x, y)| (x - y).abs() < 1e-12), "{exponents:?}");
    }

    #[test]
    fn one_curve_over_time_where_all_cells_share_it() {
        let curve = |start: &str, more: &str| {
            found(start, more).into_iter().find(|law| law.quantity == "energy_per_cell")
        };
        let law = curve(COHERENT, SCALED).unwrap();
        assert!((law.y[1] - 1.0_f64.tanh().powi(2)).abs() < 1e-14 && law.x == [0.0, 1.0, 2.0], "{law:?}");
        assert!(matches!(law.form, Form::Tanh { rate } if (rate - 1.0).abs() < 1e-14));
        // Other times for every N, another start, and other photons.
        assert!(curve(COHERENT, "").is_none() && curve(FOCK, SCALED).is_none());
        let twice = curve("\"initial.charger.coherent\" = \"sqrt(2*battery.cells)\"", SCALED).unwrap();
        assert!(twice.form == Form::Elliptic && twice.y[1] > law.y[1]);
    }

    #[test]
    fn nothing_but_a_lossless_resonant_cavity_has_them() {
        for more in [
            "[charger]\nkind = \"oscillator\"\nrelaxation = 0.1\n",
            "[charger]\nkind = \"oscillator\"\ndetuning = 0.1\n",
            "[charger]\nkind = \"qubit\"\n",
        ] {
            let text = format!("{more}[time]\nend = 2.0\npoints = 3\n[sweep]\n\"battery.cells\" = [4, 9]\n");
            let start = if more.contains("qubit") { "" } else { FOCK };
            assert_eq!(laws(&Scenario::parse("", &(text + start)).unwrap()), [], "{more}");
        }
        assert_eq!(found("\"initial.charger.thermal\" = \"battery.cells\"", ""), []);
        assert_eq!(found(FOCK, "[drive]\namplitude = 0.1\n"), []);
        // Too short to see the largest power.
        let text = "[charger]\nkind = \"oscillator\"\n[time]\nend = 0.1\npoints = 3\n[sweep]\n\"battery.cells\" = [4, 9]\n";
        assert_eq!(laws(&Scenario::parse("", &format!("{text}{FOCK}\n")).unwrap()), []);
    }
}
