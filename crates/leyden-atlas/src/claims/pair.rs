//! C1 to C10 and C17: dephasing by itself, two qubits and two oscillators.

use leyden_results::Document;

use super::Claim;
use crate::closed;
use crate::evidence::Check::{Above, Below, Near};
use crate::evidence::{CLOSED, Finding, TAYLOR, Verdict};
use crate::runs::number;
use crate::{AtlasError, Runs};

const TALK: &str = "G. Watanabe, Quantum batteries, Lecture 4; Shastri et al., npj Quantum Inf. 11, 9 (2025), arXiv:2402.16999";

fn drive(drive: f64) -> String {
    format!("drive.amplitude={drive:?}")
}

fn dephasing(gamma: f64) -> String {
    format!("charger.dephasing={gamma:?}")
}

/// The frequency of the drive of the robustness maps, in which energies are about those of a cell.
const CARRIER: f64 = 10.0;

/// Two qubits by the general method.
fn by_taylor(runs: &Runs, f: f64, gamma: f64, end: f64) -> Result<std::rc::Rc<Document>, AtlasError> {
    let end = format!("time.end={end:?}");
    runs.run("two-qubits", &[&drive(f), &dephasing(gamma), &end, "method.name=taylor"])
}

fn last(document: &Document, path: &str) -> f64 {
    document.numbers(path).last().copied().unwrap_or(f64::NAN)
}

/// Numbers of a sweep of two qubits over these dephasings.
fn times(runs: &Runs, name: &str, f: f64, gammas: &[f64], quantity: &str) -> Result<Vec<f64>, AtlasError> {
    let values = format!("sweep.charger.dephasing={gammas:?}");
    Ok(runs.study(name, &[&drive(f), &values])?.everywhere(quantity))
}

pub(super) const C1: Claim = Claim {
    id: "C1",
    claim: "Dephasing keeps all moments <H^n> and kills the coherence between levels i and j at the rate (Gamma/2)(e_i - e_j)^2/eps^2.",
    source: TALK,
    verdict: Verdict::Holds,
    find: |runs| {
        let document = runs.run("dephased-qutrit", &[])?;
        let (t, coherence) = (document.numbers("times"), document.numbers("coherence"));
        let spread = |path: &str| {
            let values = document.numbers(path);
            values.iter().map(|x| (x - values[0]).abs()).fold(0.0, |a: f64, b| if b <= a { a } else { b })
        };
        // |c_01| + |c_12| at gamma/2 and |c_02| at 4 gamma/2, each 1/3 at first, twice.
        let expected = |t: f64| 2.0 / 3.0 * (2.0 * (-t / 2.0).exp() + (-2.0 * t).exp());
        let checks = t.iter().zip(&coherence).map(|(t, c)| Near(*c, expected(*t), 1e-10));
        Ok(Finding::new()
            .measure("change of <H> of three levels in gamma t = 4", spread("energy"), (0.0, CLOSED), 1e-12)
            .measure(
                "change of the fluctuation of H, which fixes all populations",
                spread("fluctuation"),
                (0.0, CLOSED),
                1e-12,
            )
            .measure("l1 coherence at gamma t = 1", coherence[10], (expected(1.0), CLOSED), 1e-10)
            .published(checks)
            .published([Below(spread("energy"), 1e-12), Below(spread("fluctuation"), 1e-12)]))
    },
};

pub(super) const C2: Claim = Claim {
    id: "C2",
    claim: "Two qubits: the steady energy is 1/2, and steady energy and ergotropy do not depend on the dephasing of the charger.",
    source: TALK,
    verdict: Verdict::Holds,
    find: |runs| {
        let gammas = [0.01, 0.1, 1.0, 10.0, 100.0];
        let energies = times(runs, "charging-time", 0.5, &gammas, "asymptote_energy")?;
        let ergotropies = times(runs, "charging-time", 0.5, &gammas, "asymptote_ergotropy_global")?;
        let long = by_taylor(runs, 0.5, 2f64.sqrt(), 120.0)?;
        let same = |x: &[f64], value: f64| x.iter().map(|x| Near(*x, value, 1e-12)).collect::<Vec<_>>();
        Ok(Finding::new()
            .measure("energy of the limit", energies[2], (last(&long, "energy"), TAYLOR), 1e-8)
            .measure("ergotropy of the limit at F/g = 1/2", ergotropies[2], (last(&long, "ergotropy.global"), TAYLOR), 1e-8)
            .measure("ergotropy at gamma = 100 g less that at 0.01 g", ergotropies[4] - ergotropies[0], (0.0, CLOSED), 1e-12)
            .published(same(&energies, 0.5))
            .published(same(&ergotropies, ergotropies[0]))
            .remark("On resonance. With the battery detuned from the drive the true limit has the same energy and no ergotropy (C17)."))
    },
};

pub(super) const C3: Claim = Claim {
    id: "C3",
    claim: "The steady ergotropy of two qubits is (F/g)/(1 + (F/g)^2), with its maximum 0.25 at F/g = 0.5.",
    source: TALK,
    verdict: Verdict::WithCorrection,
    find: |runs| {
        let drives = [0.1, 0.2, 0.5, 1.0, 5.0];
        let values = format!("sweep.drive.amplitude={drives:?}");
        let ergotropies = runs.study("steady-state", &[&values])?.everywhere("asymptote_ergotropy_global");
        let best = runs.study("star-largest-ratio", &["sweep.battery.cells=[1]"])?;
        let [value, place] =
            ["optimum_value", "optimum_drive_amplitude"].map(|name| best.everywhere(name)[0]);
        let long = by_taylor(runs, 0.2, 0.5, 2000.0)?;
        let pairs = || drives.iter().zip(&ergotropies);
        Ok(Finding::new()
            .measure("ergotropy of the limit at F/g = 0.2", ergotropies[1], (last(&long, "ergotropy.global"), TAYLOR), 1e-7)
            .measure("ergotropy of the limit at F/g = 1", ergotropies[3], (closed::ergotropy(1.0), CLOSED), 1e-12)
            .measure("largest ergotropy of the limit", value, (0.25, CLOSED), 1e-9)
            .measure("F/g of the largest ergotropy", place, (0.5, CLOSED), 1e-4)
            .published(pairs().map(|(f, w)| Near(*w, f / (1.0 + f * f), 1e-9)))
            .published([Near(value, 0.25, 1e-9), Near(place, 0.5, 1e-4)])
            .corrected(
                "(F/g)/(1 + (2F/g)^2), which has the printed maximum; the printed formula has its maximum 1/2 at F/g = 1",
                pairs().map(|(f, w)| Near(*w, closed::ergotropy(*f), 1e-12)).chain([Near(value, 0.25, 1e-9), Near(place, 0.5, 1e-4)]),
            ))
    },
};

pub(super) const C4: Claim = Claim {
    id: "C4",
    claim: "Moderate dephasing settles the battery fastest: with weak dephasing it swings, strong dephasing freezes the charger (F/g = 0.1, 0.5, 10).",
    source: TALK,
    verdict: Verdict::Holds,
    find: |runs| {
        let mut finding = Finding::new();
        for f in [0.1, 0.5, 10.0] {
            let best = 4.0 * closed::slowest(f);
            let gammas = [0.05 * best, best, 20.0 * best];
            let settling = times(runs, "charging-time", f, &gammas, "charging_time_settling")?;
            let spectral = times(runs, "charging-time", f, &gammas, "charging_time_spectral")?;
            let end = format!("time.end={:?}", 20.0 / closed::slowest(f));
            let highest = |gamma: f64| -> Result<f64, AtlasError> {
                let document =
                    runs.run("two-qubits", &[&drive(f), &dephasing(gamma), &end, "time.points=2001"])?;
                Ok(document.numbers("energy").into_iter().fold(0.0, f64::max))
            };
            let general = by_taylor(runs, f, best, 30.0 / closed::slowest(f))?;
            finding = finding
                .measure(
                    format!("settling time at F/g = {f} and critical damping, in 1/g"),
                    settling[1],
                    (number(&general, "charging_time.settling")?, TAYLOR),
                    1e-5 * settling[1],
                )
                .measure(
                    "spectral time there, in 1/g",
                    spectral[1],
                    (closed::spectral(f, best), CLOSED),
                    1e-6 * spectral[1],
                )
                .published([Below(settling[1], settling[0]), Below(settling[1], settling[2])])
                .published([Below(spectral[1], spectral[0]), Below(spectral[1], spectral[2])])
                .published([Above(highest(gammas[0])?, 0.51), Below(highest(gammas[2])?, 0.5 + 1e-9)]);
        }
        Ok(finding.remark("Settling and spectral time have the optimum; the first crossing of the threshold only grows with dephasing."))
    },
};

pub(super) const C5: Claim = Claim {
    id: "C5",
    claim: "Weak dephasing: the charging time is 4/gamma, for weak and for strong drive.",
    source: TALK,
    verdict: Verdict::Holds,
    find: |runs| {
        let mut finding = Finding::new();
        for (f, gamma) in [(0.1, 1e-3), (10.0, 1e-3)] {
            let spectral = times(runs, "charging-time", f, &[gamma], "charging_time_spectral")?[0];
            let general = by_taylor(runs, f, gamma, 1.0)?;
            finding = finding
                .measure(
                    format!("gamma tau/4 at F/g = {f}, gamma = {gamma} g"),
                    spectral * gamma / 4.0,
                    (
                        number(&general, "charging_time.spectral")? * gamma / 4.0,
                        "slowest eigenvalue of the master equation",
                    ),
                    1e-6,
                )
                .published([Near(spectral * gamma / 4.0, 1.0, 1e-9)]);
        }
        Ok(finding.remark("The spectral time, exactly for every gamma below 4 w; settling times scatter around it by the phase of the last swing."))
    },
};

pub(super) const C6: Claim = Claim {
    id: "C6",
    claim: "Strong dephasing and strong drive, F >> g: the charging time is gamma/(2 g^2).",
    source: TALK,
    verdict: Verdict::Holds,
    find: |runs| {
        let spectral = times(runs, "charging-time", 10.0, &[1e3], "charging_time_spectral")?[0];
        let settling = times(runs, "charging-time", 10.0, &[1e3], "charging_time_settling")?[0];
        Ok(Finding::new()
            .measure(
                "tau 2 g^2/gamma at F/g = 10, gamma = 1000 g",
                spectral / 500.0,
                (closed::spectral(10.0, 1e3) / 500.0, CLOSED),
                1e-9,
            )
            .published([Near(spectral / 500.0, 1.0, 1e-4), Near(settling / 500.0, 1.0, 0.01)]))
    },
};

pub(super) const C7: Claim = Claim {
    id: "C7",
    claim: "Strong dephasing and weak drive, F << g: the charging time is (g^2/F^4) gamma.",
    source: TALK,
    verdict: Verdict::WithCorrection,
    find: |runs| {
        let (f, gamma): (f64, f64) = (0.01, 1.0);
        let spectral = times(runs, "charging-time", f, &[gamma], "charging_time_spectral")?[0];
        let ratio = spectral * f.powi(4) / gamma;
        Ok(Finding::new()
            .measure(
                "tau F^4/(g^2 gamma) at F/g = 0.01, gamma = g",
                ratio,
                (closed::spectral(f, gamma) * f.powi(4) / gamma, CLOSED),
                1e-7,
            )
            .published([Near(ratio, 1.0, 0.01)])
            .corrected(
                "g^2 gamma/(8 F^4), the one that gives the printed best dephasing 8F^2/(sqrt(2) g)",
                [Near(8.0 * ratio, 1.0, 1e-3)],
            ))
    },
};

pub(super) const C8: Claim = Claim {
    id: "C8",
    claim: "The best dephasing is 2 sqrt(2) g for F >> g and 8 F^2/(sqrt(2) g) for F << g.",
    source: TALK,
    verdict: Verdict::WithinLimits,
    find: |runs| {
        let mut finding = Finding::new();
        let (mut published, mut within) = (Vec::new(), Vec::new());
        for (f, weak, strong, printed) in
            [(10.0, 1e-3, 1e4, 8f64.sqrt()), (0.03, 1e-5, 1.0, 8.0 * 0.03f64.powi(2) / 2f64.sqrt())]
        {
            let tau = times(runs, "charging-time", f, &[weak, strong], "charging_time_spectral")?;
            // 4/gamma and b gamma meet at sqrt(a/b).
            let crossing = (tau[0] * weak / (tau[1] / strong)).sqrt();
            let values = format!("sweep.drive.amplitude=[{f:?}]");
            let best = runs.study("best-dephasing", &[&values])?.everywhere("optimum_charger_dephasing")[0];
            finding = finding
                .measure(
                    format!("crossing of the asymptotes at F/g = {f}, in g"),
                    crossing,
                    (8f64.sqrt() * closed::slowest(f), CLOSED),
                    1e-5 * crossing,
                )
                .measure(
                    "dephasing with the shortest spectral time there, in g",
                    best,
                    (4.0 * closed::slowest(f), CLOSED),
                    1e-4 * best,
                );
            published.push(Near(best / printed, 1.0, 0.01));
            within.extend([Near(crossing / printed, 1.0, 0.01), Near(best / crossing, 2f64.sqrt(), 1e-3)]);
        }
        Ok(finding.published(published).within("as the crossing of the two asymptotes; critical damping, where the time is shortest, is sqrt(2) larger", within))
    },
};

pub(super) const C9: Claim = Claim {
    id: "C9",
    claim: "Strategy: take F/g = 0.5 and gamma = 2 sqrt(2) F; the charging time is then sqrt(2)/F, so make F and g large.",
    source: TALK,
    verdict: Verdict::WithinLimits,
    find: |runs| {
        let gamma = 2f64.sqrt();
        let spectral = times(runs, "charging-time", 0.5, &[gamma], "charging_time_spectral")?[0];
        let twice = runs.study(
            "charging-time",
            &["drive.amplitude=1.0", "coupling.strength=2.0", "sweep.charger.dephasing=[2.8284271247461903]"],
        )?;
        let best = runs.study("best-dephasing", &["sweep.drive.amplitude=[0.5]"])?;
        let settling = runs.study(
            "best-dephasing",
            &["sweep.drive.amplitude=[0.5]", "optimise.objective=charging_time.settling"],
        )?;
        let [place, time] =
            ["optimum_charger_dephasing", "optimum_value"].map(|name| best.everywhere(name)[0]);
        let [jump, shortest] =
            ["optimum_charger_dephasing", "optimum_value"].map(|name| settling.everywhere(name)[0]);
        // At the jump a revival of the deviation of the energy from its limit touches 1/e.
        let there = runs.run(
            "two-qubits",
            &[&dephasing(jump), "time.end=12.0", "time.points=6001", "method.name=taylor"],
        )?;
        let (t, energy) = (there.numbers("times"), there.numbers("energy"));
        let revival =
            t.iter().zip(&energy).filter(|(t, _)| **t > 1.05 * shortest).map(|(_, e)| (e - 0.5).abs() / 0.5);
        let revival = revival.fold(0.0, f64::max);
        Ok(Finding::new()
            .measure("spectral time at gamma = 2 sqrt(2) F, in sqrt(2)/F", spectral * 0.5 / gamma, (1.0, CLOSED), 1e-9)
            .measure("dephasing with the shortest spectral time, in g", place, (4.0 * closed::slowest(0.5), CLOSED), 1e-4)
            .measure("that time, in 1/g", time, (1.0 / closed::slowest(0.5), CLOSED), 1e-4)
            .measure("largest later deviation, over 1/e, at the dephasing with the shortest settling time", revival * 1f64.exp(), (1.0, TAYLOR), 1e-3)
            .published([Near(spectral * 0.5 / gamma, 1.0, 1e-9), Near(place, gamma, 0.01)])
            .within(
                format!("as an estimate: the shortest spectral time is at gamma = 1.6569 g, the shortest settling time, {shortest:.4}/g, at {jump:.4} g"),
                [
                    Near(spectral * 0.5 / gamma, 1.0, 1e-9),
                    Near(twice.everywhere("charging_time_spectral")[0], spectral / 2.0, 1e-9),
                    Near(place / gamma, 1.17, 0.02),
                ],
            ))
    },
};

pub(super) const C10: Claim = Claim {
    id: "C10",
    claim: "Two oscillators (F/g = 0.1) and a qubit that charges an oscillator (F/g = 3) show the same competition.",
    source: TALK,
    verdict: Verdict::Holds,
    find: |runs| {
        let oscillators =
            runs.study("charging-oscillators", &["sweep.charger.dephasing=[0.1, 2.0, 60.0]"])?;
        let qubit =
            runs.study("charging-oscillator-by-qubit", &["sweep.charger.dephasing=[0.02, 0.3, 20.0]"])?;
        let of = |data: &leyden_results::StudyData, name: &str| data.everywhere(name);
        let [energy, ergotropy] = closed::oscillator_by_qubit(9.0);
        let mut finding = Finding::new()
            .measure(
                "energy of the limit of the oscillator, F/g = 0.1",
                of(&oscillators, "asymptote_energy")[1],
                (0.015, CLOSED),
                1e-10,
            )
            .measure(
                "its ergotropy",
                of(&oscillators, "asymptote_ergotropy_global")[1],
                (0.01, CLOSED),
                1e-10,
            )
            .measure(
                "energy of the limit by a qubit, F/g = 3",
                of(&qubit, "asymptote_energy")[1],
                (energy, CLOSED),
                1e-8,
            )
            .measure("its ergotropy", of(&qubit, "asymptote_ergotropy_global")[1], (ergotropy, CLOSED), 1e-6);
        for data in [oscillators, qubit] {
            let settling = of(&data, "charging_time_settling");
            finding = finding.published([Below(settling[1], settling[0]), Below(settling[1], settling[2])]);
        }
        Ok(finding)
    },
};

pub(super) const C17: Claim = Claim {
    id: "C17",
    claim: "Dephasing makes charging robust against the detunings of battery and drive and of charger and battery.",
    source: TALK,
    verdict: Verdict::WithinLimits,
    find: |runs| {
        let axes =
            ["sweep.battery.detuning=[-0.2, -0.1, 0.0, 0.1, 0.2]", "sweep.charger.detuning=[-0.2, 0.0, 0.2]"];
        let spread = |gamma: &str| -> Result<f64, AtlasError> {
            let set = [axes[0], axes[1], gamma, "time.values=[8.0, 10.0, 12.0]"];
            let energies = runs.study("robustness", &set)?.everywhere("energy");
            let (low, high) =
                energies.iter().fold((f64::INFINITY, 0.0f64), |(a, b), e| (a.min(*e), b.max(*e)));
            Ok((high - low) / CARRIER)
        };
        let (damped, free) = (spread("charger.dephasing=1.414")?, spread("charger.dephasing=0.0")?);
        let one = ["charger.dephasing=1.4", "sweep.battery.detuning=[0.1]", "sweep.charger.detuning=[0.0]"];
        let data = runs.study("robustness", &one)?;
        let at = |name: &str| data.everywhere(name)[0];
        let set = ["drive.frequency=0.9", "charger.dephasing=1.4", "time.end=500.0", "time.points=51"];
        let exact = runs.run("two-qubits", &set)?;
        let general = runs.run("two-qubits", &[&set[..], &["method.name=taylor"]].concat())?;
        Ok(Finding::new()
            .measure(
                "ergotropy at gt = 10, F/g = 0.5, gamma = 1.4 g, both detuned by 0.1 g",
                exact.numbers("ergotropy.global")[1],
                (general.numbers("ergotropy.global")[1], TAYLOR),
                1e-7,
            )
            .measure("ergotropy at gt = 500", last(&exact, "ergotropy.global"), (last(&general, "ergotropy.global"), TAYLOR), 1e-7)
            .measure("energy of the limit", number(&exact, "asymptote.energy")?, (0.5, CLOSED), 1e-9)
            .measure("ergotropy of the limit", number(&exact, "asymptote.ergotropy.global")?, (0.0, CLOSED), 1e-9)
            .published([Below(damped, 0.5 * free), Above(at("asymptote_ergotropy_global") / CARRIER, 0.2)])
            .within(
                format!(
                    "for the energy (its spread over detunings of 0.2 g between gt = 8 and 12 is {damped:.3} with dephasing and {free:.3} without) and for the \
                     ergotropy of a plateau; where battery and drive are detuned, the ergotropy of the true limit is 0"
                ),
                [Below(damped, 0.5 * free), Above(at("asymptote_plateau_ergotropy") / CARRIER, 0.2), Near(at("asymptote_ergotropy_global"), 0.0, 1e-9)],
            ))
    },
};
