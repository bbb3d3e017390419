//! C18 to C24: heat engines as chargers, and a star of spins.

use leyden_results::StudyData;

use super::Claim;
use crate::AtlasError;
use crate::closed;
use crate::evidence::Check::{Above, Below, Near, True};
use crate::evidence::{CLOSED, Finding, Verdict};
use crate::runs::number;

const LECTURE: &str = "G. Watanabe, Quantum batteries, Lecture 4; Scovil, Schulz-DuBois, PRL 2, 262 (1959)";
const TOGETHER: &str = "Ito, Watanabe, arXiv:2008.07089";
const SPINS: &str = "Joshi, Mahesh, PRA 106, 042601 (2022)";
const LADDER: &str = "rate equations of the ladder by Runge-Kutta steps";
/// beta_e omega_0 = -0.8: x = e^{0.8}.
const X: f64 = 2.225_540_928_492_467_6;

fn one(data: &StudyData, name: &str) -> f64 {
    data.everywhere(name)[0]
}

pub(super) const C18: Claim = Claim {
    id: "C18",
    claim: "The baths of a maser offer the population ratio n_1/n_0 = exp[(h nu_s/kT_0)((nu_p T_1 - T_0)/(nu_s T_1) - 1)].",
    source: LECTURE,
    verdict: Verdict::WithCorrection,
    find: |runs| {
        let data = runs.study("maser", &["sweep.engine.hot_temperature=[10.0]"])?;
        let ratio = one(&data, "engine_ratio");
        let (signal, pump, cold, hot): (f64, f64, f64, f64) = (1.0, 10.0, 5.0, 10.0);
        let printed = (signal / cold * ((pump * hot - cold) / (signal * hot) - 1.0)).exp();
        let right = (signal / cold * (pump / signal * (hot - cold) / hot - 1.0)).exp();
        Ok(Finding::new()
            .measure("ratio for nu = (1, 10), T = (5, 10)", ratio, (right, CLOSED), 1e-12)
            .published([Near(ratio, printed, 1e-6)])
            .corrected(
                format!(
                    "exp[(h nu_s/kT_0)((nu_p/nu_s)(T_1 - T_0)/T_1 - 1)]; as printed it would be {printed:.4}"
                ),
                [Near(ratio, right, 1e-12)],
            ))
    },
};

pub(super) const C19: Claim = Claim {
    id: "C19",
    claim: "A maser amplifies if and only if its efficiency nu_s/nu_p is at most Carnot's; in reverse it is a refrigerator.",
    source: LECTURE,
    verdict: Verdict::Holds,
    find: |runs| {
        let data = runs.study("maser", &[])?;
        let undriven =
            runs.study("maser", &["engine.drive=0.0", "sweep.engine.hot_temperature=[3.0, 10.0]"])?;
        let hot = &data.axes[0].values;
        let of = |name: &str| data.everywhere(name);
        let (power, efficiency, cop, cold) =
            (of("engine_power"), of("engine_efficiency"), of("engine_cop"), of("engine_heat_cold"));
        let mut finding = Finding::new();
        for (i, t) in hot.iter().enumerate() {
            let margin = 1.0 - 5.0 / t - 0.1;
            if margin > 1e-9 {
                finding = finding.published([Above(power[i], 0.0), Near(efficiency[i], 0.1, 1e-12)]);
            } else if margin < -1e-9 {
                finding =
                    finding.published([Below(power[i], 0.0), Above(cold[i], 0.0), Near(cop[i], 9.0, 1e-12)]);
            }
        }
        let at = |t: f64| hot.iter().position(|hot| (hot - t).abs() < 1e-9).unwrap_or(0);
        Ok(finding
            .measure("efficiency at T_h = 10", efficiency[at(10.0)], (0.1, CLOSED), 1e-12)
            .measure("coefficient of performance at T_h = 3", cop[at(3.0)], (9.0, CLOSED), 1e-12)
            .measure("power without a drive", undriven.everywhere("engine_power")[0], (0.0, CLOSED), 1e-12)
            .remark("The refrigerator needs a driven signal: without one no current flows."))
    },
};

pub(super) const C20: Claim = Claim {
    id: "C20",
    claim: "Fast engines act on the cells as one bath of a negative temperature, with the rate Gamma_e.",
    source: TOGETHER,
    verdict: Verdict::WithinLimits,
    find: |runs| {
        let cells = |n: &str, g: &str, model: &str| {
            let (cells, g, model) = (
                format!("sweep.battery.cells=[{n}]"),
                format!("sweep.coupling.strength=[{g}]"),
                format!("charging.model={model}"),
            );
            runs.study("full-engines", &[&cells, &g, &model])
        };
        let time = |n: &str, g: &str| -> Result<f64, AtlasError> {
            let [full, bath] =
                [cells(n, g, "full")?, cells(n, g, "effective")?].map(|data| one(&data, "charging_time"));
            Ok(full / bath - 1.0)
        };
        let data = cells("1", "0.02", "effective")?;
        // Gamma_e = 4 g^2 n_0/(gamma_h n_h + gamma_c n_c) with n_0 of the undriven steady state.
        let [h, c] = [(10.0, 0.1), (9.0, 0.2)].map(|(w, beta): (f64, f64)| 1.0 / ((w * beta).exp() - 1.0));
        let (a, b, up, d) = (h, h + 1.0, c + 1.0, c);
        let n_0 = b * d / (b * d + a * up + a * d);
        let rate = 4.0 * 0.02f64.powi(2) * n_0 / (h + c);
        let (slow, fast, many) = (time("1", "0.02")?, time("1", "0.3")?, time("8", "0.3")?);
        let warned = |n: &str, g: &str| -> Result<f64, AtlasError> {
            Ok(one(&*cells(n, g, "full")?, "engine_validity_battery_rate"))
        };
        Ok(Finding::new()
            .measure("Gamma_e at g = 0.02 gamma", one(&data, "engine_gamma_e"), (rate, CLOSED), 1e-12)
            .measure("-beta_e omega_0", -one(&data, "engine_beta_e"), (0.8, CLOSED), 1e-12)
            .published([Below(slow.abs(), 0.02), Below(fast.abs(), 0.02), Below(many.abs(), 0.02)])
            .within(
                format!(
                    "where the collective rate Gamma_e N (x - 1) stays far below the decay of the engines: charging times differ by {:.2} % for one cell at g = 0.02 gamma, \
                     by {:.0} % at 0.3 gamma and by {:.0} % for eight cells there",
                    100.0 * slow, 100.0 * fast, 100.0 * many
                ),
                [Below(slow.abs(), 0.02), Above(many.abs(), 0.2), Below(warned("1", "0.02")?, 0.1), Above(warned("8", "0.3")?, 0.1)],
            ))
    },
};

pub(super) const C21: Claim = Claim {
    id: "C21",
    claim: "Collective charging has high power, high capacity and high quality, that is small fluctuations (N = 10).",
    source: TOGETHER,
    verdict: Verdict::WithinLimits,
    find: |runs| {
        let together = runs.run("engines-together", &[])?;
        let alone = runs.run("engines-together", &["charging.mode=individual"])?;
        // The grid of 601 times to 60 has omega_0 t = 5, Gamma_e t = 0.5, at place 50.
        let of = |document: &leyden_results::Document, path: &str| document.numbers(path)[50];
        let [e, sigma] = closed::together(10, X, 0.5);
        let [e_alone, sigma_alone] = closed::alone(10.0, X, 0.5);
        let [_, limit, _] = closed::ladder(10.0, 1.0 / X);
        let (p, y) = (X / (1.0 + X), 1.0 / X);
        let limit_alone = (10.0 * p * (1.0 - p)).sqrt();
        let last = |document: &leyden_results::Document, path: &str| {
            document.numbers(path).last().copied().unwrap_or(f64::NAN)
        };
        let (best, best_alone) =
            (number(&together, "charging.average_power")?, number(&alone, "charging.average_power")?);
        let (top, top_alone) = (
            number(&together, "charging.peak_fluctuation.value")?,
            number(&alone, "charging.peak_fluctuation.value")?,
        );
        let (energy, energy_alone) =
            (last(&together, "charging.per_cell"), last(&alone, "charging.per_cell"));
        let steady =
            [number(&together, "charging.limit.fluctuation")?, number(&alone, "charging.limit.fluctuation")?];
        Ok(Finding::new()
            .measure("energy per cell together at omega_0 t = 5", of(&together, "charging.per_cell"), (e, LADDER), 1e-9)
            .measure("fluctuation together at omega_0 t = 5", of(&together, "fluctuation"), (sigma, LADDER), 1e-8)
            .measure("energy per cell alone at omega_0 t = 5", of(&alone, "charging.per_cell"), (e_alone, CLOSED), 1e-10)
            .measure("fluctuation alone at omega_0 t = 5", of(&alone, "fluctuation"), (sigma_alone, CLOSED), 1e-9)
            .measure("fluctuation of the limit together", steady[0], (limit, CLOSED), 1e-9)
            .measure("fluctuation of the limit alone", steady[1], (limit_alone, CLOSED), 1e-9)
            .measure("locked energy of the limit together", number(&together, "charging.limit.locked")?, (closed::ladder(10.0, y)[2], CLOSED), 1e-9)
            .published([Above(best, best_alone), Above(energy, energy_alone), Below(steady[0], steady[1]), Below(top, top_alone)])
            .within(
                format!(
                    "power and capacity hold; fluctuations are smaller at saturation only ({:.4} against {:.4}), on the way they reach {top:.2} together and {top_alone:.2} alone",
                    steady[0], steady[1]
                ),
                [Above(best, best_alone), Above(energy, energy_alone), Below(steady[0], steady[1]), Above(top, top_alone)],
            ))
    },
};

pub(super) const C22: Claim = Claim {
    id: "C22",
    claim: "Collective charging enhances the power almost N-fold.",
    source: TOGETHER,
    verdict: Verdict::WithCorrection,
    find: |runs| {
        let data = runs.study("ladder-of-engines", &["sweep.battery.cells=[10, 100, 1000]"])?;
        let gain = data.everywhere("charging_enhancement");
        let law = closed::many_cells(1000.0);
        // The time to 99 per cent from the rate equations of ten cells and from the closed form of one.
        let limit = closed::ladder(10.0, 1.0 / X)[0];
        let (mut low, mut high) = (0.1, 10.0);
        for _ in 0..40 {
            let middle = (low + high) / 2.0;
            if closed::together(10, X, middle)[0] < 0.99 * limit { low = middle } else { high = middle }
        }
        let alone = 100f64.ln() / (1.0 + X);
        let second = limit / low / (X / (1.0 + X) / alone);
        let full =
            runs.study("full-engines", &["sweep.coupling.strength=[0.3]", "sweep.battery.cells=[3]"])?;
        Ok(Finding::new()
            .measure("enhancement of ten cells to 99 per cent", gain[0], (second, LADDER), 1e-5)
            .measure("enhancement of 1000 cells", gain[2], (law, "law for many cells"), 0.002 * law)
            .published([Above(gain[2] / 1000.0, 0.5)])
            .corrected(
                format!(
                    "N/ln N: N (1 - y)(-ln(1 - f))/ln[N (1 - y)/a_f] for many cells ({:.3}, {:.2}, {:.1} for N = 10, 100, 1000 and f = 0.99); with all levels of the engines even that \
                     is lost once the collective rate reaches theirs ({:.3} for three cells at g = 0.3 gamma)",
                    gain[0], gain[1], gain[2], one(&full, "charging_enhancement")
                ),
                [Near(gain[2] / law, 1.0, 0.002), Near(gain[1] / closed::many_cells(100.0), 1.0, 0.02)],
            ))
    },
};

pub(super) const C23: Claim = Claim {
    id: "C23",
    claim: "The ratio of ergotropy and energy of cells charged by engines is 1 - e^{-|beta_e omega_0|}/N.",
    source: TOGETHER,
    verdict: Verdict::WithinLimits,
    find: |runs| {
        let cells = [10.0f64, 100.0, 1000.0];
        let data = runs.study("ladder-of-engines", &["sweep.battery.cells=[10, 100, 1000]"])?;
        let ratio = data.along("asymptote_ratio", 0, &vec![0], 0);
        let y = 1.0 / X;
        let mut finding = Finding::new();
        for (n, ratio) in cells.iter().zip(&ratio) {
            let [e, _, locked] = closed::ladder(*n, y);
            finding = finding
                .measure(format!("R of {n} cells"), *ratio, (1.0 - locked / (n * e), CLOSED), 1e-10)
                .published([Near(*ratio, 1.0 - y / n, 1e-6)]);
        }
        // The next order is y^2/((1 - y) N^2).
        let next = |i: usize| (1.0 - y / cells[i] - ratio[i]) * cells[i].powi(2) * (1.0 - y) / (y * y);
        Ok(finding.within(
            "to leading order in 1/N, of the global ergotropy; the next order is -y^2/((1 - y) N^2), y = e^{-|beta_e omega_0|}",
            [Near(next(1), 1.0, 0.05), Near(next(2), 1.0, 0.005)],
        ))
    },
};

pub(super) const C24: Claim = Claim {
    id: "C24",
    claim: "A star of spins charges its centre collectively faster, and re-energising the chargers again and again charges it asymptotically.",
    source: SPINS,
    verdict: Verdict::WithinLimits,
    find: |runs| {
        let mut finding = Finding::new();
        for n in [1, 4, 36] {
            let t = std::f64::consts::PI / f64::from(n).sqrt();
            let alone = runs.run(
                "nmr-star-alone",
                &[&format!("nmr.chargers={n}"), &format!("time.values=[{:?}, {t:?}]", t / 2.0)],
            )?;
            let energy = alone.numbers("energy");
            finding = finding
                .measure(
                    format!("energy of the battery at t = pi/(sqrt(N) J) among {n} excited chargers"),
                    energy[1],
                    (1.0, CLOSED),
                    1e-10,
                )
                .measure("at half that time", energy[0], (0.5, CLOSED), 1e-10)
                .published([Near(energy[1], 1.0, 1e-10)]);
        }
        let moved = closed::largest_move(36);
        let mut kept = Vec::new();
        for wait in [5.0f64, 17.0] {
            let document = runs.run("nmr-star-cycles", &[&format!("stage.1.duration=\"{wait} s\"")])?;
            let of = crate::plates::polarised(&document.numbers("cycles.energy"));
            let relaxed = [(-wait / 115.4).exp(), (-wait / 3.3).exp()];
            let second = closed::cycles(36, moved, 0.2, relaxed, of.len());
            finding = finding
                .measure(
                    format!("P/C_eq after one cycle with a wait of {wait} s"),
                    of[0],
                    (second[0], "recursion of polarisations"),
                    2e-4,
                )
                .measure(
                    format!("P/C_eq after 60 cycles with a wait of {wait} s"),
                    of[59],
                    (second[59], "recursion of polarisations"),
                    2e-4,
                );
            kept.push(of);
        }
        let rises = kept.iter().all(|of| of.windows(2).all(|pair| pair[1] > pair[0] - 1e-9));
        Ok(finding.published([True(rises)]).within(
            format!(
                "the speed-up is sqrt(N) exactly for fully excited chargers and smaller for mixed ones; the charge that cycles keep is set by T1 ({:.3} C_eq for a wait of 5 s, {:.3} for \
                 17 s), and with 36 chargers it is approached from above, alternating: the first cycle gives {:.3} C_eq",
                kept[0][59], kept[1][59], kept[0][0]
            ),
            [Above(kept[0][0], kept[0][59]), Near(moved, 1.25166, 1e-4)],
        ))
    },
};
