//! Papers of the field that run from a scenario: what their abstract states, and what leyden finds.
//!
//! Where an abstract leaves a parameter open the scenario chooses one and says so. Second numbers are closed forms, or those of independent
//! programs in numpy and scipy.

use std::rc::Rc;

use leyden_results::{Document, StudyData};
use serde_json::{Value, json};

use crate::evidence::Check::{Above, Below, Near, True};
use crate::evidence::{CLOSED, exponent, joined};
use crate::{AtlasError, Finding, Runs, Verdict};

/// A paper.
#[derive(Debug)]
pub struct Paper {
    /// The name of its scenario.
    pub id: &'static str,
    /// Authors, journal, year.
    pub reference: &'static str,
    /// What the abstract states.
    pub statement: &'static str,
    /// Its number; `None` where the abstract gives none.
    pub number: Option<&'static str>,
    /// What earlier measurements said.
    pub verdict: Verdict,
    /// Measures it.
    pub(crate) find: fn(&Runs) -> Result<Finding, AtlasError>,
}

impl Paper {
    /// Its entry of papers.json.
    pub(crate) fn json(&self, finding: &Finding) -> Value {
        let known = json!({
            "id": self.id, "reference": self.reference, "statement": self.statement,
            "number_in_abstract": self.number, "scenario": format!("{}.toml", self.id),
        });
        joined(known, finding.json())
    }
}

const NUMPY: &str = "independent program in numpy";
const SCIPY: &str = "independent program in scipy";

fn study(runs: &Runs, name: &str) -> Result<Rc<StudyData>, AtlasError> {
    runs.study(name, &[])
}

fn run(runs: &Runs, name: &str) -> Result<Rc<Document>, AtlasError> {
    runs.run(name, &[])
}

/// Exponent between the last two.
fn last_slope(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len();
    exponent(&x[n - 2..], &y[n - 2..])
}

/// Values of the only axis and a number along it.
fn along(data: &StudyData, name: &str) -> (Vec<f64>, Vec<f64>) {
    (
        data.axes[0].values.clone(),
        data.along(name, 0, &vec![0; data.axes.len()], data.times.len().saturating_sub(1)),
    )
}

/// All of them, in the order of their years.
pub const PAPERS: &[&Paper] = &[
    &FERRARO,
    &LE,
    &ANDOLINA,
    &FARINA,
    &SANTOS,
    &JULIA_FARRE,
    &CRESCENTE,
    &PENG,
    &SEAH,
    &YAN,
    &AHMADI,
    &YANG,
    &DOWNING,
    &SONG,
    &WATANABE,
];

const FERRARO: Paper = Paper {
    id: "ferraro-2018",
    reference: "D. Ferraro, M. Campisi, G. M. Andolina, V. Pellegrini, M. Polini, Phys. Rev. Lett. 120, 117702 (2018)",
    statement: "N cells in one cavity charge with more power than N cells in cavities of their own; the advantage grows as the square root of N for many cells.",
    number: Some("exponent 1/2"),
    verdict: Verdict::WithinLimits,
    find: |runs| {
        let (n, p) = along(&*study(runs, "ferraro-2018")?, "power_maximum_average_value");
        let gain: Vec<f64> = n.iter().zip(&p).map(|(n, power)| power / (n * p[0])).collect();
        let (fit, last) = (exponent(&n, &gain), last_slope(&n, &gain));
        Ok(Finding::new()
            .measure("exponent of the advantage, N = 1 to 10", fit, (0.423_362_96, NUMPY), 1e-6)
            .measure("advantage of ten cells", gain[9], (2.573_225_0, NUMPY), 1e-6)
            .published([Near(fit, 0.5, 0.02)])
            .within(format!("for many cells: a fit over N = 1 to 10 gives {fit:.3}, the exponent between 9 and 10 cells is {last:.3}"), [Near(last, 0.5, 0.01)]))
    },
};

const LE: Paper = Paper {
    id: "le-2018",
    reference: "T. P. Le, J. Levinsen, K. Modi, M. M. Parish, F. A. Pollock, Phys. Rev. A 97, 022106 (2018)",
    statement: "Interactions within a spin chain raise the charging power, super-extensively if they are long ranged, by a mean-field effect.",
    number: None,
    verdict: Verdict::Holds,
    find: |runs| {
        let data = study(runs, "le-2018")?;
        let n = &data.axes[1].values;
        let power = |i: usize| data.along("power_maximum_average_value", 1, &vec![i, 0], 0);
        let (all, short) = (power(0), power(1));
        let from = n.iter().position(|n| *n == 5.0).unwrap_or(0);
        let [a, b] = [&all, &short].map(|p| exponent(&n[from..], &p[from..]));
        Ok(Finding::new()
            .measure("exponent of the power, all pairs, N = 5 to 8", a, (2.031_594_0, NUMPY), 1e-6)
            .measure("exponent for couplings that fall as r^-3", b, (1.176_086_1, NUMPY), 1e-6)
            .measure(
                "power of eight spins with all pairs",
                all[all.len() - 1],
                (3583.3112, "product of rotated spins, the mean field"),
                40.0,
            )
            .published([Above(a, 1.5), Below(b, 1.3)])
            .remark(
                "The abstract gives no number; the state of a rotated product has the power to one per cent.",
            ))
    },
};

const ANDOLINA: Paper = Paper {
    id: "andolina-2019",
    reference: "G. M. Andolina, M. Keck, A. Mari, M. Campisi, V. Giovannetti, M. Polini, Phys. Rev. Lett. 122, 047702 (2019)",
    statement: "Correlations lock energy; a charger in a coherent state mitigates it, and the fraction that can be extracted goes to 1 for many cells.",
    number: Some("limit 1"),
    verdict: Verdict::Holds,
    find: |runs| {
        let last = |name: &str| -> Result<(Vec<f64>, Vec<f64>), AtlasError> {
            Ok(along(&*study(runs, name)?, "ergotropy_global_ratio"))
        };
        let (n, coherent) = last("andolina-2019")?;
        let (_, fock) = last("freedom-fock")?;
        let (_, squeezed) = last("freedom-squeezed")?;
        let (_, thermal) = last("freedom-thermal")?;
        let from = n.iter().position(|n| *n >= 9.0).unwrap_or(0);
        let locked: Vec<f64> = coherent.iter().map(|r| 1.0 - r).collect();
        let fit = exponent(&n[from..], &locked[from..]);
        let best =
            (1..n.len()).all(|i| coherent[i] > fock[i] && fock[i] > squeezed[i] && coherent[i] > thermal[i]);
        let end = n.len() - 1;
        Ok(Finding::new()
            .measure("R of 60 cells, coherent start", coherent[end], (0.998_183_29, NUMPY), 1e-7)
            .measure("R of 60 cells, Fock start", fock[end], (0.978_336_98, NUMPY), 1e-7)
            .measure("exponent of 1 - R, N = 9 to 60", fit, (-1.000_087_2, NUMPY), 1e-5)
            .published([Near(fit, -1.0, 0.01), True(best)]))
    },
};

const FARINA: Paper = Paper {
    id: "farina-2019",
    reference: "D. Farina, G. M. Andolina, A. Mari, M. Polini, V. Giovannetti, Phys. Rev. B 99, 035421 (2019)",
    statement: "A battery is charged through a driven charger that is coupled to a bath: coherent pumping and thermalisation compete.",
    number: None,
    verdict: Verdict::Holds,
    find: |runs| {
        let document = run(runs, "farina-2019")?;
        let number = |path: &str| crate::runs::number(&document, path);
        let (energy, ergotropy) = (number("asymptote.energy")?, number("asymptote.ergotropy.global")?);
        Ok(Finding::new()
            .measure("energy of the limit, (F/g)^2 + n", energy, (0.59, CLOSED), 1e-10)
            .measure("ergotropy of the limit, (F/g)^2", ergotropy, (0.09, CLOSED), 1e-10)
            .published([Near(energy - ergotropy, 0.5, 1e-10)])
            .remark("The abstract gives no number. In the limit the bath adds its occupation to the energy and nothing to the work."))
    },
};

const SANTOS: Paper = Paper {
    id: "santos-2019",
    reference: "A. C. Santos, B. Cakmak, S. Campbell, N. T. Zinner, arXiv:1906.01364 (2019)",
    statement: "An adiabatic protocol charges a three-level battery to a stable state, without spontaneous discharging.",
    number: None,
    verdict: Verdict::Holds,
    find: |runs| {
        let energy = run(runs, "santos-2019")?.numbers("energy");
        let (last, largest) = (energy[energy.len() - 1], energy.iter().copied().fold(0.0, f64::max));
        Ok(Finding::new()
            .measure("energy at the end, of 1.95 at most", last, (1.949_249_3, SCIPY), 1e-7)
            .published([Above(last, 0.999 * 1.95), Below(largest - last, 1e-4)])
            .remark("The abstract gives no number, and other pulses were chosen here."))
    },
};

const JULIA_FARRE: Paper = Paper {
    id: "julia-farre-2020",
    reference: "S. Julia-Farre, T. Salamon, A. Riera, M. N. Bera, M. Lewenstein, Phys. Rev. Research 2, 023113 (2020)",
    statement: "Power is bounded by the variance of the battery's energy and the Fisher information in its energies, and some models reach the bound.",
    number: None,
    verdict: Verdict::Holds,
    find: |runs| {
        let data = study(runs, "julia-farre-2020")?;
        let at = |i: usize, t: usize| data.value("bounds_tightness", &vec![i], t);
        Ok(Finding::new()
            .measure("power over its bound, parallel charging, t = 0.4", at(0, 1), (1.0, CLOSED), 1e-9)
            .measure("power over its bound, global charging, t = 0.4", at(2, 1), (1.0, CLOSED), 1e-9)
            .measure("half of each, t = 0.6", at(1, 2), (0.670_951_26, NUMPY), 1e-7)
            .published([Near(at(0, 2), 1.0, 1e-9), Near(at(2, 2), 1.0, 1e-9), Below(at(1, 0), 0.9)])
            .remark("The abstract gives no number. Parallel and global charging reach the bound, a mixture of both does not."))
    },
};

const CRESCENTE: Paper = Paper {
    id: "crescente-2020",
    reference: "A. Crescente, M. Carrega, M. Sassetti, D. Ferraro, Phys. Rev. B 102, 245407 (2020)",
    statement: "With two-photon coupling the power grows quadratically with N, the stored energy and its fluctuations linearly.",
    number: Some("exponents 2, 1 and 1"),
    verdict: Verdict::WithinLimits,
    find: |runs| {
        let data = study(runs, "crescente-2020")?;
        let (n, power) = along(&data, "power_maximum_average_value");
        let (_, energy) = along(&data, "extrema_energy_largest_value");
        let fluctuation: Vec<f64> = (0..n.len())
            .map(|i| data.over_time("fluctuation", &vec![i]).into_iter().fold(0.0, f64::max))
            .collect();
        let from = n.iter().position(|n| *n == 4.0).unwrap_or(0);
        let [p, e, s] = [
            exponent(&n, &power),
            exponent(&n[from..], &energy[from..]),
            exponent(&n[from..], &fluctuation[from..]),
        ];
        Ok(Finding::new()
            .measure("exponent of the power, N = 1 to 10", p, (2.001_627_6, NUMPY), 1e-6)
            .measure("exponent of the largest energy, N = 4 to 10", e, (1.028_709_9, NUMPY), 1e-6)
            .measure("exponent of the largest fluctuation, N = 4 to 10", s, (0.762_611_23, NUMPY), 1e-4)
            .published([Near(p, 2.0, 0.05), Near(e, 1.0, 0.05), Near(s, 1.0, 0.05)])
            .within(
                format!("for power and energy; the largest fluctuation over time grows with the exponent {s:.2} only (the abstract does not say at which time it is taken)"),
                [Near(p, 2.0, 0.05), Near(e, 1.0, 0.05), Below(s, 0.9)],
            ))
    },
};

const PENG: Paper = Paper {
    id: "peng-2021",
    reference: "L. Peng, W.-B. He, S. Chesi, H.-Q. Lin, X.-W. Guan, Phys. Rev. A 103, 052220 (2021)",
    statement: "N_B spins charged by a bath of N spins: the largest power grows as N_B^{1/2} to N_B^{3/2}, at most 0.72 B A sqrt(N) N_B^{3/2}.",
    number: Some("exponents 1/2 and 3/2, prefactor 0.72"),
    verdict: Verdict::Holds,
    find: |runs| {
        let (n, power) = along(&*study(runs, "peng-2021")?, "power_maximum_average_value");
        let (m, alone) = along(&*study(runs, "peng-2021-one-spin")?, "power_maximum_average_value");
        let (end, one) = (n.len() - 1, exponent(&m, &alone));
        let factor = |i: usize| power[i] / (1000f64.sqrt() * n[i].powf(1.5));
        Ok(Finding::new()
            .measure("exponent with one bath spin", one, (0.5, CLOSED), 1e-7)
            .measure("prefactor of one cell, max sin^2(x)/x", factor(0), (0.724_611_353_8, CLOSED), 1e-4)
            .measure("prefactor of sixteen cells", factor(end), (0.583_328_52, NUMPY), 1e-7)
            .published([Near(one, 0.5, 1e-6), Near(last_slope(&n, &power), 1.5, 0.02)])
            .published((0..=end).map(|i| Below(factor(i), 0.7247)))
            .remark("The bound is reached by one cell; many cells with as many excitations stay at 0.583, 19 per cent below."))
    },
};

const SEAH: Paper = Paper {
    id: "seah-2021",
    reference: "S. Seah, M. Perarnau-Llobet, G. Haack, N. Brunner, S. Nimmrichter, Phys. Rev. Lett. 127, 100601 (2021)",
    statement: "Qubits in superposition charge a battery by collisions with more power than any incoherent strategy, which is a random walk.",
    number: None,
    verdict: Verdict::Holds,
    find: |runs| {
        let number = |document: &Document| crate::runs::number(document, "power.maximum_average.value");
        let coherent = number(&*run(runs, "seah-2021")?)?;
        let set = ["stage.1.state=\"excited\"", "stage.2.duration=1.16556118520721", "cycle.repeat=20"];
        let incoherent = number(&*runs.run("seah-2021", &set)?)?;
        Ok(Finding::new()
            .measure("largest power of 400 qubits in superposition", coherent, (0.795_704_07, NUMPY), 1e-7)
            .measure("largest power of excited qubits, max sin^2(x)/x", incoherent, (0.724_611_353_8, CLOSED), 1e-7)
            .published([Above(coherent, incoherent)])
            .remark("The abstract gives no number; the gain is 9.8 per cent here and 8/(3 pi) over 0.7246, 17 per cent, at most for short collisions."))
    },
};

const YAN: Paper = Paper {
    id: "yan-2022",
    reference: "J. Yan, J. Jing, arXiv:2209.13868 (2022)",
    statement: "Excited qubits that are found in their ground state charge a thermal battery of N + 1 levels to nearly unit ratio of ergotropy and energy in less than N measurements.",
    number: Some("less than N measurements"),
    verdict: Verdict::Holds,
    find: |runs| {
        let document = run(runs, "yan-2022")?;
        let [energy, ergotropy] = ["cycles.energy", "cycles.ergotropy"].map(|path| document.numbers(path));
        let ratio = |i: usize| ergotropy[i] / energy[i];
        // Each measurement lifts a geometric distribution of mean 0.5, cut at 20 levels, by one.
        let q: f64 = 1.0 / 3.0;
        let weights: Vec<f64> = (0..=20).map(|k| q.powi(k)).collect();
        let kept: f64 = weights[..6].iter().sum();
        let mean: f64 = weights[..6].iter().enumerate().map(|(k, w)| k as f64 * w).sum::<f64>() / kept;
        let expected = 15.0 / (15.0 + mean);
        Ok(Finding::new()
            .measure("ratio after 15 of 20 measurements", ratio(14), (expected, CLOSED), 1e-9)
            .published([Above(ratio(14), 0.95)])
            .remark("The abstract calls the ratio near unity; 1 minus the ratio is about 0.5/(m + 0.5) after m measurements."))
    },
};

const AHMADI: Paper = Paper {
    id: "ahmadi-2024",
    reference: "B. Ahmadi, P. Mazurek, P. Horodecki, S. Barzanjeh, Phys. Rev. Lett. 132, 210402 (2024)",
    statement: "A shared reservoir that makes energy flow one way gives the battery four times the energy of a conventional charger and battery, despite local losses.",
    number: Some("4"),
    verdict: Verdict::WithinLimits,
    find: |runs| {
        let data = study(runs, "ahmadi-2024")?;
        let last = data.times.len() - 1;
        let energy = |i: usize| data.value("energy", &vec![i], last);
        let ratio = energy(1) / data.value("asymptote_energy", &vec![0], 0);
        let k: f64 = 0.02;
        let closed = 4.0 * (1.0 + k * k).powi(2) / (1.0 + k).powi(4);
        Ok(Finding::new()
            .measure("ratio of the energies at losses of 0.02 Gamma", ratio, (closed, CLOSED), 1e-7)
            .published([Near(ratio, 4.0, 0.05)])
            .within(
                format!("for losses far below Gamma, of which the ratio is 4 (1 + k^2)^2/(1 + k)^4, k = kappa/Gamma: {ratio:.3} at k = 0.02; and at equal coupling, for where each pair has its best one both hold the same"),
                [Near(ratio, closed, 1e-6), Above(ratio, 3.5)],
            ))
    },
};

const YANG: Paper = Paper {
    id: "yang-2024",
    reference: "H.-Y. Yang, K. Zhang, X.-H. Wang, H.-L. Shi, arXiv:2411.01175 (2024)",
    statement: "As many charger spins as cells, all excited, store nearly all energy, faster than in parallel by N^0.8264.",
    number: Some("exponent 0.8264"),
    verdict: Verdict::WithinLimits,
    find: |runs| {
        let data = study(runs, "yang-2024")?;
        let (n, time) = along(&data, "extrema_energy_first_time");
        let (_, energy) = along(&data, "extrema_energy_first_value");
        let gain: Vec<f64> = time.iter().map(|t| std::f64::consts::FRAC_PI_2 / t).collect();
        let (end, local) = (n.len() - 1, last_slope(&n, &gain));
        let from = n.iter().position(|n| *n == 11.0).unwrap_or(0);
        Ok(Finding::new()
            .measure("speed-up of 64 cells", gain[end], (17.402_019, NUMPY), 1e-5)
            .measure("exponent, N = 11 to 64", exponent(&n[from..], &gain[from..]), (0.789_496_16, NUMPY), 1e-6)
            .measure("energy over N of 64 cells", energy[end] / n[end], (0.984_313_84, NUMPY), 1e-7)
            .published([Near(exponent(&n, &gain), 0.8264, 0.01), Near(local, 0.8264, 0.001)])
            .within(
                format!("for a range of N around 80: the exponent between neighbours rises without a stop, to {local:.3} at 64 spins and 0.875 at 700, and tends to 1 with a logarithm"),
                [Above(local, 0.8), Below(local, 0.83), Above(local, exponent(&n[from..], &gain[from..]))],
            ))
    },
};

const DOWNING: Paper = Paper {
    id: "downing-2024",
    reference: "C. A. Downing, M. S. Ukhtary, arXiv:2405.11662 (2024)",
    statement: "A short quadratic pulse raises the energy hyperbolically, so that dissipation becomes negligible and all energy is ergotropy for strong driving.",
    number: None,
    verdict: Verdict::WithinLimits,
    find: |runs| {
        let data = study(runs, "downing-2024")?;
        let end = data.axes[0].values.len() - 1;
        let ratio = |i: usize, t: usize| {
            data.value("ergotropy_global", &vec![i], t) / data.value("energy", &vec![i], t)
        };
        let energy = data.value("energy", &vec![end], 0);
        Ok(Finding::new()
            .measure("energy after a pulse of area 1", energy, (1.366_397_8, SCIPY), 1e-7)
            .measure("the same, sinh^2(1) e^{-0.01}", energy, (1f64.sinh().powi(2) * (-0.01f64).exp(), "closed form of a pulse without width"), 2e-3)
            .published([Near(ratio(end, 1), 1.0, 1e-3)])
            .within(
                format!("for strong pulses: at an area of 1 and after losses of 0.9/0.1 the ratio is {:.3}, at 6 it would be 0.998, and it never is 1 exactly", ratio(end, 1)),
                [Above(ratio(end, 1), ratio(0, 1)), Above(ratio(end, 0), 0.99)],
            ))
    },
};

const SONG: Paper = Paper {
    id: "song-2025",
    reference: "W.-L. Song and others, Phys. Rev. Lett. (2025), arXiv:2504.01679",
    statement: "Coherent ergotropy decays more slowly than incoherent ergotropy, so that a battery with more of it discharges itself more slowly.",
    number: None,
    verdict: Verdict::Holds,
    find: |runs| {
        let document = run(runs, "song-2025")?;
        // The grid of 501 times to 5 has t = 1 at place 100.
        let at = |path: &str| document.numbers(path)[100];
        let (coherent, incoherent) = (at("ergotropy.coherent"), at("ergotropy.incoherent"));
        let (p, c) = (0.8 * (-1f64).exp(), 0.4 * (-0.5f64).exp());
        let closed = p - 0.5 + ((p - 0.5).powi(2) + c * c).sqrt();
        Ok(Finding::new()
            .measure("coherent ergotropy at T1", coherent, (closed, CLOSED), 1e-9)
            .measure("incoherent ergotropy at T1", incoherent, (0.0, CLOSED), 1e-12)
            .published([Above(coherent, 0.1), Below(incoherent, 1e-9)])
            .remark("The abstract gives no number. The incoherent part is gone at ln 1.6 = 0.47 T1, when the coherent part is larger than at first."))
    },
};

const WATANABE: Paper = Paper {
    id: "watanabe-2026",
    reference: "G. Watanabe, C. Chen, B. P. Venkatesh, arXiv:2606.10054 (2026)",
    statement: "The ratio of ergotropy and energy goes to 1 at least as fast as 1/N for any collective charging, and faster where the state becomes pure.",
    number: Some("exponent -1; beyond -1"),
    verdict: Verdict::Holds,
    find: |runs| {
        let locked = |name: &str, ratio: &str| -> Result<(Vec<f64>, Vec<f64>), AtlasError> {
            let (n, r) = along(&*study(runs, name)?, ratio);
            Ok((n, r.iter().map(|r| 1.0 - r).collect()))
        };
        let (n, mixed) = locked("watanabe-2026", "asymptote_ratio")?;
        let (m, pure) = locked("watanabe-2026-pure", "ergotropy_global_ratio")?;
        let from = m.iter().position(|n| *n >= 8.0).unwrap_or(0);
        let [a, b] = [exponent(&n, &mixed), exponent(&m[from..], &pure[from..])];
        Ok(Finding::new()
            .measure("R of ten cells, driven and dephased", 1.0 - mixed[0], (0.898_735_153_371, NUMPY), 1e-10)
            .measure("exponent of 1 - R, driven and dephased", a, (-1.002_130_9, NUMPY), 1e-6)
            .measure("exponent of 1 - R, cavity of N^2 photons", b, (-1.958_814_0, NUMPY), 1e-5)
            .published([Near(a, -1.0, 0.01), Below(b, -1.5)])
            .remark("The law exp(-N^2) that the abstract names, too, was not tried."))
    },
};
