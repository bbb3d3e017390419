//! Laws in the number of cells, where they hold.
//!
//! For a star 1 - R = a/N up to higher orders in 1/N, R = W(inf)/E_B(inf): least squares over the upper half of the logarithmic range,
//! a = sum((1 - R)/N)/sum(1/N^2). Times and powers get a power of N by least squares on the logarithms. A law holds where the data
//! follow it over its whole range; else there is none. The least squares of what only approaches a law differ from it: so with the power stand
//! the exponents between neighbours, and the law for many cells where that is known (`laws`).

use leyden::merit::{self, FreedomFit, PowerFit};
use serde_json::{Map, Value, json};

use crate::laws::{Form, Law};
use crate::study_data::{Place, StudyData, extent};
use crate::table::{Group, name_of};

/// The axis of the number of cells.
pub const CELLS: &str = "battery.cells";
/// A law for large N is not fitted to fewer cells than this.
const LEAST_CELLS: f64 = 8.0;
/// (1 - R) N further from a than this, relative to it, is no law a/N.
const OFF: f64 = 0.1;
/// Slopes between neighbours further apart than this are no power law.
const SPREAD: f64 = 0.3;
/// What is the same for all N has no law.
const LEAST_RATIO: f64 = 1.02;

/// 1 - R = a/N.
pub fn freedom(n: &[f64], r: &[f64]) -> Option<FreedomFit> {
    let known: Vec<(f64, f64)> =
        n.iter().copied().zip(r.iter().copied()).filter(|(n, r)| *n > 0.0 && r.is_finite()).collect();
    let (low, high) = extent(&known.iter().map(|(n, _)| *n).collect::<Vec<f64>>())?;
    if high < LEAST_CELLS {
        return None;
    }
    let upper: Vec<(f64, f64)> =
        known.iter().copied().filter(|(n, _)| *n >= (low * high).sqrt() - 1e-9).collect();
    let used = if upper.len() >= 2 { upper } else { known };
    if used.len() < 2 {
        return None;
    }
    let (cells, ratios): (Vec<f64>, Vec<f64>) = used.into_iter().unzip();
    let fit = merit::fit_freedom(&cells, &ratios)?;
    let holds = cells.iter().zip(&ratios).all(|(n, r)| ((1.0 - r) * n / fit.a - 1.0).abs() <= OFF);
    holds.then_some(fit)
}

/// y = prefactor N^exponent; at least three points.
pub fn power(n: &[f64], y: &[f64]) -> Option<PowerFit> {
    let pairs = n.iter().copied().zip(y.iter().copied());
    let mut known: Vec<(f64, f64)> = pairs.filter(|(n, y)| *n > 0.0 && *y > 0.0 && y.is_finite()).collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    known.dedup_by(|a, b| a.0 == b.0);
    if known.len() < 3 {
        return None;
    }
    let (cells, values): (Vec<f64>, Vec<f64>) = known.into_iter().unzip();
    let (low, high) = extent(&values)?;
    let fit = merit::fit_power(&cells, &values)?;
    let holds = fit.local.1 - fit.local.0 <= SPREAD && high / low >= LEAST_RATIO;
    holds.then_some(fit)
}

impl StudyData {
    /// The law for many cells of a quantity at a place, if one is known.
    pub fn law(&self, quantity: &str, place: &Place) -> Option<&Law> {
        let cells = self.cells_axis()?;
        let same = |at: &Place| (0..at.len()).all(|axis| axis == cells || at[axis] == place[axis]);
        self.laws.iter().find(|law| law.quantity == quantity && same(&law.at))
    }

    /// Every law in the number of cells that holds, for stores and documents: quantity, its law with the numbers, the range of N, and the
    /// values of the other axes.
    pub fn fits(&self) -> Vec<Value> {
        let Some(cells) = self.cells_axis() else { return Vec::new() };
        let n = &self.axes[cells].values;
        // Weights and ratios of rates are pure numbers, too, and how they grow says nothing of a battery.
        let has_law = |name: &str| match name_of(name).group {
            Group::Time | Group::Optimum | Group::Power | Group::Advantage => true,
            _ => name == "charging_enhancement",
        };
        // N separate pairs have N times the power of one.
        let powers: Vec<&str> = self
            .names()
            .into_iter()
            .filter(|name| {
                let of_batteries = !name.starts_with("checks") && *name != "parallel_power";
                !crate::is_series(name) && has_law(name) && of_batteries
            })
            .collect();
        let mut fits = Vec::new();
        for place in self.places().filter(|place| place[cells] == 0) {
            let others = self.axes.iter().zip(&place).enumerate().filter(|(axis, _)| *axis != cells);
            let at: Map<String, Value> =
                others.map(|(_, (axis, &i))| (axis.key.clone(), axis.values[i].into())).collect();
            let along = |name: &str, place: &Place| self.along(name, cells, place, 0);
            if let Some(fit) = freedom(n, &along("asymptote_ratio", &place)) {
                fits.push(json!({
                    "quantity": "asymptote_ratio", "law": "1 - R = a/N", "a": fit.a,
                    "from": fit.range.0, "to": fit.range.1, "residual": fit.residual, "at": at,
                }));
            }
            for name in &powers {
                if let Some(fit) = power(n, &along(name, &place)) {
                    let large = self.law(name, &place).map(|law| match law.form {
                        Form::Power { prefactor, exponent } => {
                            json!({ "prefactor": prefactor, "exponent": exponent })
                        }
                        _ => Value::Null,
                    });
                    fits.push(json!({
                        "quantity": name, "law": "prefactor N^exponent", "exponent": fit.exponent,
                        "prefactor": fit.prefactor, "unit": self.unit(name), "local_exponents": [fit.local.0, fit.local.1],
                        "many_cells": large, "from": fit.range.0, "to": fit.range.1, "residual": fit.residual, "at": at,
                    }));
                }
            }
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StudyAxis;

    #[test]
    fn laws_are_found_where_they_hold_and_nowhere_else() {
        let n: Vec<f64> = (0..11).map(|i| f64::from(1 << i)).collect();
        let of = |f: fn(f64) -> f64| n.iter().map(|&n| f(n)).collect::<Vec<f64>>();
        let fit = freedom(&n, &of(|n| 1.0 - 1.7 / (n + 0.1))).unwrap();
        assert!((fit.a - 1.7).abs() < 0.01 && fit.range == (32.0, 1024.0), "{fit:?}");
        // 1/sqrt(N) is no 1/N, and a few cells are no limit of many.
        assert!(freedom(&n, &of(|n| 1.0 - 0.5 / n.sqrt())).is_none());
        assert!(freedom(&[1.0, 2.0, 4.0], &[0.5, 0.75, 0.875]).is_none());
        let fit = power(&n, &of(|n| 3.0 * n.powf(-1.5))).unwrap();
        assert!((fit.exponent + 1.5).abs() < 1e-12 && (fit.prefactor - 3.0).abs() < 1e-12);
        assert!(power(&n, &of(|n| 1.0 + n)).is_none() && power(&n, &of(|_| 2.0)).is_none());
        assert!(power(&n[..2], &[1.0, 2.0]).is_none());
    }

    #[test]
    fn what_has_no_logarithm_is_left_out_wherever_it_stands() {
        let law = |n: f64| 7.0 * n.powf(-2.5);
        let odd = [0.0, 2.0, -3.0, 4.0, 6.0, 8.0, 10.0];
        for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let pick = |n: &f64, right: f64| if *n == 6.0 { wrong } else { right };
            let tau: Vec<f64> = odd.iter().map(|n| pick(n, law(n.abs().max(1.0)))).collect();
            let fit = power(&odd, &tau).unwrap();
            assert!((fit.exponent + 2.5).abs() < 1e-12 && fit.range == (2.0, 10.0), "{fit:?}");
        }
        let r: Vec<f64> = odd.iter().map(|n| if *n == 6.0 { f64::NAN } else { 1.0 - 1.3 / n }).collect();
        let fit = freedom(&odd, &r).unwrap();
        assert!((fit.a - 1.3).abs() < 1e-13 && fit.range == (8.0, 10.0), "{fit:?}");
        // Smallest settling times of one, two and three cells at F = g/2: slope 2.57, then 4.58, no power law.
        assert!(power(&[1.0, 2.0, 3.0], &[1.910836, 11.352555, 72.771338]).is_none());
        assert!(freedom(&[1.0], &[0.5]).is_none());
    }

    #[test]
    fn every_line_of_a_study_has_its_own_law() {
        let axes = vec![
            StudyAxis::new("battery.cells", vec![8.0, 16.0, 32.0, 64.0], ""),
            StudyAxis::new("drive.amplitude", vec![0.5, 2.0], ""),
        ];
        let mut data = StudyData::new("", axes, Vec::new());
        let times =
            [8.0_f64, 16.0, 32.0, 64.0].into_iter().flat_map(|n| [n.sqrt(), 1.0 + n * n / 100.0]).collect();
        data.insert("charging_time_settling", times, "1/g");
        // Energies are no law of their own, how good a run is says nothing of a battery, and series have a time.
        let cells = || [8.0, 16.0, 32.0, 64.0].into_iter().flat_map(|n| [n, n]).collect::<Vec<f64>>();
        data.insert("asymptote_energy", cells(), "omega_B");
        let numbers = ["checks_trace", "charging_time_spectral_weight", "engine_validity_current"];
        numbers.iter().for_each(|name| data.insert(*name, cells(), "1"));
        let fits = data.fits();
        assert_eq!(fits.len(), 1, "{fits:?}");
        data.insert("charging_enhancement", cells(), "1");
        assert_eq!(data.fits().len(), 3);
        assert_eq!((&fits[0]["at"]["drive.amplitude"], &fits[0]["unit"]), (&json!(0.5), &json!("1/g")));
        assert!((fits[0]["exponent"].as_f64().unwrap() - 0.5).abs() < 1e-12);
    }
}
