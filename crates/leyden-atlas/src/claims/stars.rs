//! C11 to C16: stars of N cells around one charger.

use std::rc::Rc;

use leyden_results::{Document, StudyData};

use super::Claim;
use crate::evidence::Check::{Above, Below, Near, True};
use crate::evidence::{CLOSED, Finding, TAYLOR, Verdict, exponent};
use crate::runs::number;
use crate::{AtlasError, Runs};

const PAPER: &str = "Purkait, Venkatesh, Watanabe, arXiv:2508.13497";

/// Long times of a star by the general method.
fn by_taylor(runs: &Runs, cells: usize, drive: f64, gamma: f64) -> Result<Rc<Document>, AtlasError> {
    let (cells, drive, gamma) = (
        format!("battery.cells={cells}"),
        format!("drive.amplitude={drive:?}"),
        format!("charger.dephasing={gamma:?}"),
    );
    runs.run("star", &[&cells, &drive, &gamma, "method.name=taylor", "time.end=1.0", "time.points=2"])
}

/// The settling time right above the jump at which it is shortest, by the general method.
fn above_the_jump(runs: &Runs, cells: usize, drive: f64, gamma: f64) -> Result<f64, AtlasError> {
    number(&*by_taylor(runs, cells, drive, gamma * (1.0 + 1e-6))?, "charging_time.settling")
}

/// Ergotropy over energy of the limit, by the general method.
fn ratio_by_taylor(runs: &Runs, cells: usize, drive: f64) -> Result<f64, AtlasError> {
    let general = by_taylor(runs, cells, drive, 1.0)?;
    Ok(number(&general, "asymptote.ergotropy.global")? / number(&general, "asymptote.energy")?)
}

/// Where searches for the best dephasing begin: below it nothing is gained, and swings last longer than a search should.
pub(crate) const STRONG: &str = "optimise.variables.charger.dephasing.from=0.01";

fn shortest(runs: &Runs, set: &[&str]) -> Result<Rc<StudyData>, AtlasError> {
    runs.study("star-shortest-time", &[&["sweep.battery.cells=[1, 2, 3, 4]"], set].concat())
}

pub(super) const C11: Claim = Claim {
    id: "C11",
    claim: "Stars of any number of cells have an optimal dephasing, at F/g = 10 and at F/g = 0.5.",
    source: PAPER,
    verdict: Verdict::Holds,
    find: |runs| {
        let mut finding = Finding::new();
        let few = "sweep.battery.cells=[1, 2, 3, 4, 5]";
        let (weak, strong) = ("sweep.charger.dephasing.from=1e-4", "sweep.charger.dephasing.from=0.01");
        let points = "sweep.charger.dephasing.points=43";
        for (drive, set) in
            [(0.5, vec![few, weak, points]), (10.0, vec![few, strong, points, "drive.amplitude=10.0"])]
        {
            let data = runs.study("star-charging-time", &set)?;
            for (i, n) in data.axes[0].values.iter().enumerate() {
                let tau = data.along("charging_time_settling", 1, &vec![i, 0], 0);
                let best = (0..tau.len()).min_by(|a, b| tau[*a].total_cmp(&tau[*b])).unwrap_or(0);
                finding =
                    finding.published([Above(best as f64, 0.0), Below(best as f64, (tau.len() - 1) as f64)]);
                if (drive, *n) == (10.0, 5.0) || (drive, *n) == (0.5, 3.0) {
                    let gamma = data.axes[1].values[best];
                    let name = format!(
                        "settling time of {n} cells at F/g = {drive} and gamma = {gamma:.4} g, in 1/g"
                    );
                    let second = above_the_jump(runs, *n as usize, drive, gamma / (1.0 + 1e-6))?;
                    finding = finding.measure(name, tau[best], (second, TAYLOR), 1e-4 * tau[best]);
                }
            }
        }
        Ok(finding.remark("For one to five cells."))
    },
};

pub(super) const C12: Claim = Claim {
    id: "C12",
    claim: "Strong drive, F/g = 10: the shortest charging time grows as N.",
    source: PAPER,
    verdict: Verdict::DoesNotHold,
    find: |runs| {
        let data = shortest(runs, &["drive.amplitude=10.0", STRONG])?;
        let [tau, gamma] = ["optimum_value", "optimum_charger_dephasing"].map(|name| data.everywhere(name));
        let cells = [1.0, 2.0, 3.0, 4.0];
        let fitted = exponent(&cells, &tau);
        let mut finding = Finding::new();
        for i in [0, 1, 3] {
            let second = above_the_jump(runs, i + 1, 10.0, gamma[i])?;
            finding = finding.measure(
                format!("shortest settling time of {} cells, in 1/g", i + 1),
                tau[i],
                (second, TAYLOR),
                2e-3,
            );
        }
        let said: Vec<String> = tau.iter().map(|tau| format!("{tau:.4}")).collect();
        Ok(finding.published([Near(fitted, 1.0, 0.2)]).unless(format!(
            "shortest settling times {} /g for N = 1 to 4, an exponent of {fitted:.3}: as long as F is above gN/4 the time does not depend on N. \
             An exponent may have been lost in print",
            said.join(", ")
        )))
    },
};

pub(super) const C13: Claim = Claim {
    id: "C13",
    claim: "Intermediate drive, F/g = 0.5: the shortest charging time grows as N^3.2.",
    source: PAPER,
    verdict: Verdict::WithinLimits,
    find: |runs| {
        let data = shortest(runs, &[])?;
        let [tau, gamma] = ["optimum_value", "optimum_charger_dephasing"].map(|name| data.everywhere(name));
        let fitted = exponent(&[1.0, 2.0, 3.0], &tau[..3]);
        let local = (tau[3] / tau[2]).ln() / (4f64 / 3.0).ln();
        let mut finding = Finding::new();
        for i in 0..3 {
            let second = above_the_jump(runs, i + 1, 0.5, gamma[i])?;
            finding = finding.measure(
                format!("shortest settling time of {} cells, in 1/g", i + 1),
                tau[i],
                (second, TAYLOR),
                2e-3 * tau[i],
            );
        }
        Ok(finding.published([Near(fitted, 3.2, 0.1), Near(local, 3.2, 0.5)]).within(
            format!(
                "as a fit over N = 1 to 3, where the least-squares exponent is {fitted:.3}; from three to four cells it is {local:.2}, and it rises: the time grows \
                 as the inverse of the smallest Rabi frequency, faster than any power"
            ),
            [Near(fitted, 3.2, 0.1), Above(local, 5.0)],
        ))
    },
};

pub(super) const C14: Claim = Claim {
    id: "C14",
    claim: "The steady energy of a star is N/2, and its largest ratio R of ergotropy and energy is 0.5, 0.62 and 0.69 for one, two and three cells.",
    source: PAPER,
    verdict: Verdict::Holds,
    find: |runs| {
        let data = runs.study("star-largest-ratio", &[])?;
        let of = |name: &str| data.everywhere(name);
        let (drive, energy, ergotropy) =
            (of("optimum_drive_amplitude"), of("asymptote_energy"), of("asymptote_ergotropy_global"));
        let mut finding = Finding::new();
        for (i, printed) in [0.5, 0.62, 0.69].into_iter().enumerate() {
            let n = (i + 1) as f64;
            let second = ratio_by_taylor(runs, i + 1, drive[i])?;
            let ratio = ergotropy[i] / energy[i];
            finding = finding
                .measure(format!("largest R of {n} cells"), ratio, (second, TAYLOR), 1e-7)
                .measure(format!("energy of the limit of {n} cells"), energy[i], (n / 2.0, CLOSED), 1e-10)
                .published([Near(ratio, printed, 0.005), Near(energy[i], n / 2.0, 1e-10)]);
        }
        Ok(finding)
    },
};

pub(super) const C15: Claim = Claim {
    id: "C15",
    claim: "R tends to 1 as 1 - a/N with 2 delta <= a <= 2 (older: 4), and the locked energy lies between delta and one quantum.",
    source: PAPER,
    verdict: Verdict::WithinLimits,
    find: |runs| {
        let mut finding = Finding::new();
        let mut digits = Vec::new();
        for drive in ["10.0", "0.5", "0.2"] {
            let set = [&*format!("drive.amplitude={drive}"), "sweep.battery.cells=[10, 100, 1000]"];
            let data = runs.study("asymptotic-freedom", &set)?;
            let of = |name: &str| data.everywhere(name);
            let (energy, locked, largest) =
                (of("asymptote_energy"), of("asymptote_passive"), of("asymptote_largest_eigenvalue"));
            for i in 0..3 {
                let n = data.axes[0].values[i];
                let (a, delta) = (n * locked[i] / energy[i], 1.0 - largest[i]);
                finding = finding
                    .published([
                        Above(a, 2.0 * delta - 1e-9),
                        Below(a, 2.0 + 1e-9),
                        Above(locked[i], delta - 1e-9),
                        Below(locked[i], 1.0),
                    ])
                    .measure(
                        format!("a of {n} cells at F/g = {drive}"),
                        a,
                        (2.0 * delta, "2 (1 - r_1), the equality of the star"),
                        1e-9,
                    );
            }
            digits.push(-of("asymptote_log10_slowest_rate")[1]);
        }
        let exact =
            runs.study("asymptotic-freedom", &["drive.amplitude=10.0", "sweep.battery.cells=[10]"])?;
        let second = ratio_by_taylor(runs, 10, 10.0)?;
        let (known, slow) = (finding.clone().verdict() == Verdict::Holds, digits[1]);
        Ok(finding
            .measure("R of ten cells at F/g = 10", exact.along("asymptote_ratio", 0, &vec![0], 0)[0], (second, TAYLOR), 1e-7)
            .published([Below(slow, 9.0)])
            .within(
                format!(
                    "for infinite times. At F = 0.5 g the limit of 100 cells takes about 10^{slow:.0}/g, at 10 g 10^{:.0}/g; drives above gN/4 reach it in a few 1/g",
                    digits[0]
                ),
                [True(known), Above(slow, 9.0)],
            ))
    },
};

pub(super) const C16: Claim = Claim {
    id: "C16",
    claim: "Permutation symmetry reduces the dimension of N cells from 2^N to N + 1 (older: (N + 2)^2/4).",
    source: PAPER,
    verdict: Verdict::Holds,
    find: |runs| {
        let n = 10.0f64;
        let symmetric = runs.levels("star", &["method.name=taylor"])?;
        let local = runs.levels("star", &["method.name=taylor", "battery.dephasing=0.1"])?;
        Ok(Finding::new()
            .measure("levels of ten cells and a charger under dephasing of the charger", symmetric, (2.0 * (n + 1.0), CLOSED), 0.0)
            .measure("the same with local noise on the cells", local, (2.0 * (n + 2.0).powi(2) / 4.0, CLOSED), 0.0)
            .published([Near(symmetric, 2.0 * (n + 1.0), 0.0)])
            .remark(
                "N + 1 for this dynamics, which never leaves the symmetric states; the older count is that of the different eigenvalues of a state that is only unchanged \
                 by permutations, (N + 2)^2/4 for even and (N + 1)(N + 3)/4 for odd N, and applies once cells have noise of their own.",
            ))
    },
};
