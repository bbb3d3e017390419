//! The corridor for an NMR star in stages that repeat, correlations dropped before every `evolve`.

use super::super::cycles::require_shown;
use super::super::{BYTES_PER_TIME, Charging, Error, Lower, Recorder, Request, guard_shown};
use super::largest_power::StarPower;
use super::spin::{energy_of, ergotropy_of, finished, merits};
use crate::Why;
use crate::asymptote::{Asymptote, Detail};
use crate::model::NmrStar;
use crate::protocol::{
    Convergence, Cycles, FixedPoint, Moment, Polarisations, Stage, StageRecord, StarCycle, StarStage,
    StarStageError, settle, shown_cycles,
};
use crate::why::{CycleTrouble, Elsewhere};

const REASON_STAGES: &str = "solved exactly: one spin among equal spins whose correlations are dropped before every evolve, as a sum over total spins";

/// The stages as maps, and the memory that all cycles need.
pub(super) fn prepare(
    star: &NmrStar,
    stages: &[Stage],
    (repeat, shown): (usize, Option<usize>),
    request: &Request,
) -> Result<(StarCycle, f64), Error> {
    if stages.is_empty() || repeat == 0 {
        return Err(StarStageError::Empty { stages: stages.len(), cycles: repeat }.into());
    }
    require_shown(repeat, shown)?;
    let points: f64 = stages.iter().map(|stage| stage.points as f64).sum();
    let times = points * shown.unwrap_or(repeat) as f64;
    let bytes = 8.0 * star.chargers as f64 * points + BYTES_PER_TIME * times;
    guard_shown(request, times, bytes, Lower::Cycles)?;
    Ok((StarCycle::new(star, stages)?, bytes))
}

pub(super) fn cycles(
    star: &NmrStar,
    stages: &[Stage],
    (repeat, shown): (usize, Option<usize>),
    request: &Request,
) -> Result<Charging, Error> {
    let (cycle, _) = prepare(star, stages, (repeat, shown), request)?;
    let omega = star.frequency;
    let battery = |state: Polarisations| {
        let Polarisations { battery, .. } = state;
        (energy_of(omega, battery), ergotropy_of(omega, battery))
    };
    let numbers = shown_cycles(repeat, shown);
    // Correlations with a measured charger are dropped: no ergotropy when its result is used.
    let record = |stage: &StarStage| {
        StageRecord::empty(stage.kind, stage.duration, stage.extracts, false, numbers.len())
    };
    let mut records: Vec<StageRecord> = cycle.stages.iter().map(record).collect();
    let mut state = cycle.start();
    let mut recorder = Recorder::new(battery(state).0, 1 + numbers.len());
    recorder.push(0.0, merits(omega, state.battery), f64::NAN);
    let (mut energy, mut ergotropy) = (Vec::with_capacity(numbers.len()), Vec::with_capacity(numbers.len()));
    let mut power = StarPower::new(battery(state).0, omega, &cycle);
    let skips = numbers.len() < repeat;
    let (mut begin, mut last) = (0.0, 0);
    for &number in &numbers {
        for _ in last + 1..number {
            state = cycle.map(state);
            begin += cycle.duration();
        }
        last = number;
        for (stage, record) in cycle.stages.iter().zip(&mut records) {
            if request.detail >= Detail::Limit && !skips {
                power.along(&cycle, stage, state, begin);
            }
            let mut end = Moment { time: 0.0, state, power: f64::NAN, extracted: 0.0 };
            for moment in cycle.moments(stage, state) {
                recorder.push(begin + moment.time, merits(omega, moment.state.battery), moment.power);
                end = moment;
            }
            state = end.state;
            begin += stage.duration;
            record.push(battery(state), 0.5 * (1.0 + state.chargers), end.extracted);
        }
        energy.push(battery(state).0);
        ergotropy.push(battery(state).1);
    }
    let settled = settle(&cycle);
    let fixed_point = settled.map(|(state, _)| {
        let (energy, ergotropy) = battery(state);
        FixedPoint { energy, ergotropy }
    });
    let convergence =
        settled.map(|(_, multiplier)| Convergence { multiplier, rate: -multiplier.norm().ln() });
    recorder.rounded((repeat as f64).sqrt() * cycle.turns());
    let mut charging = finished(recorder, request.reason(REASON_STAGES));
    charging.maximum_power = match request.detail >= Detail::Limit {
        _ if skips => Err(CycleTrouble::Skipped.into()),
        true => power.found(),
        false => Err(Why::NotAsked),
    };
    charging.asymptote = Asymptote::unknown(Elsewhere::FixedPoint.into());
    charging.charging_time = Err(Elsewhere::FixedPoint.into());
    let duration = cycle.duration();
    charging.cycles = Some(Cycles {
        shown: numbers,
        energy,
        ergotropy,
        fixed_point,
        convergence,
        duration,
        stages: records,
    });
    Ok(charging)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::super::star_cycles;
    use super::super::tests::{OMEGA, request, star};
    use super::*;
    use crate::exact::SpinStar;
    use crate::model::SpinRelaxation;
    use crate::protocol::{Extraction, Part, ResetState, Task};
    use crate::space::InitialState;

    /// T1 of the experiment, equilibria at tiny polarisations -c and -0.2 c, where the spins start.
    fn thermal(c: f64) -> NmrStar {
        let (charger, battery) = (0.5 * (1.0 - c), 0.5 * (1.0 - 0.2 * c));
        NmrStar {
            charger_excitation: charger,
            battery_excitation: battery,
            charger: SpinRelaxation { t1: 3.3, t2: 6.6, equilibrium: charger },
            battery: SpinRelaxation { t1: 115.4, t2: 230.8, equilibrium: battery },
            ..star(36)
        }
    }

    fn stage(task: Task) -> Stage {
        Stage { task, points: 1 }
    }

    fn evolve(duration: Option<f64>) -> Stage {
        stage(Task::Evolve { duration, system: None })
    }

    fn wait(duration: f64) -> Stage {
        stage(Task::Wait { duration, system: None })
    }

    fn invert() -> Stage {
        stage(Task::Pulse { target: Part::Charger, angle: PI })
    }

    fn reset(target: Part, excitation: f64) -> Stage {
        stage(Task::Reset { target, state: ResetState::Excitation(excitation) })
    }

    fn run(star: &NmrStar, stages: &[Stage], repeat: usize) -> Charging {
        star_cycles(star, stages, (repeat, None), &request(Vec::new())).unwrap()
    }

    fn cycles_of(star: &NmrStar, stages: &[Stage], repeat: usize) -> Cycles {
        run(star, stages, repeat).cycles.unwrap()
    }

    fn close(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance * b.abs().max(1e-300), "{a} {b} {:e}", (a - b) / b);
    }

    #[test]
    fn ideal_resets_reach_their_closed_form() {
        let (q, wait_for, theta) = (0.8, 7.0, 0.4);
        let mut star = star(36);
        star.charger = SpinRelaxation { t1: 3.3, t2: 6.6, equilibrium: 0.1 };
        star.battery = SpinRelaxation { t1: 115.4, t2: 100.0, equilibrium: 0.3 };
        let stages = [reset(Part::Charger, q), evolve(Some(theta / 3.0)), wait(wait_for)];
        let found = cycles_of(&star, &stages, 500);
        let kept = 1.0 - SpinStar::new(36).unwrap().gain(q, theta) / q;
        let r = (-wait_for / 115.4f64).exp();
        let expected = (r * q * (1.0 - kept) + 0.3 * (1.0 - r)) / (1.0 - r * kept);
        let fixed = found.fixed_point.unwrap();
        close(fixed.energy, OMEGA * expected, 1e-13);
        close(fixed.ergotropy, OMEGA * (2.0 * expected - 1.0), 1e-13);
        close(*found.energy.last().unwrap(), OMEGA * expected, 1e-13);
        let convergence = found.convergence.unwrap();
        close(convergence.multiplier.re, r * kept, 1e-13);
        close(convergence.rate, -(r * kept).ln(), 1e-13);
        // Every cycle, from its own formula.
        let mut p = 0.0;
        for energy in found.energy.iter().take(20) {
            p = 0.3 + (q + (p - q) * kept - 0.3) * r;
            close(*energy, OMEGA * p, 1e-13);
        }
        assert_eq!(found.stages.iter().map(|s| s.kind).collect::<Vec<_>>(), ["reset", "evolve", "wait"]);
        close(found.duration, theta / 3.0 + wait_for, 1e-15);
    }

    #[test]
    fn pulses_on_partly_recovered_chargers() {
        // 2^-20: equilibria near 1/2 then hold polarisations to 1e-10.
        let c_eq = 2f64.powi(-20);
        let star = thermal(c_eq);
        let p_eq = -(2.0 * star.battery.equilibrium - 1.0);
        let spins = SpinStar::new(36).unwrap();
        let a = spins.exchange(0.5, spins.first_maximum(0.5));
        assert!((a - 1.25166).abs() < 5e-6);
        for (delta, limit) in [(5.0, 0.6470), (17.0, 1.0222)] {
            let (r_b, r_c) = ((-delta / 115.4f64).exp(), (-delta / 3.3f64).exp());
            // From equilibrium, the first pulse makes C = C_eq.
            let found = cycles_of(&star, &[invert(), evolve(None), wait(delta)], 300);
            let after = &found.stages[1].ergotropy;
            let (mut p, mut c) = (-p_eq, c_eq);
            for (energy, ergotropy) in found.energy.iter().zip(after) {
                let swapped = p + a * (c - p);
                let left = c - a * (c - p) / 36.0;
                close(*ergotropy, OMEGA * swapped.max(0.0), 1e-10);
                p = -p_eq + (swapped + p_eq) * r_b;
                c = c_eq * (1.0 - r_c) - r_c * left;
                close(energy / OMEGA - 0.5, 0.5 * p, 1e-8);
            }
            close(after[0] / OMEGA / c_eq, 1.3020, 5e-5);
            assert!(after.iter().all(|x| *x <= after[0]));
            close(after[299] / OMEGA / c_eq, limit, 1e-4);
            // The same cycle told from its wait on ends with the exchange.
            let found = cycles_of(&star, &[wait(delta), invert(), evolve(None)], 3);
            close(found.ergotropy[0], after[0], 1e-12);
            close(found.ergotropy[2], after[2], 1e-12);
            // (1 - M) (P, C) = offset of the linear map, ending with the exchange.
            let m = [[(1.0 - a) * r_b, -a * r_c], [a / 36.0 * r_b, -(1.0 - a / 36.0) * r_c]];
            let (w_b, w_c) = (-p_eq * (1.0 - r_b), c_eq * (1.0 - r_c));
            let offset = [(1.0 - a) * w_b + a * w_c, a / 36.0 * w_b + (1.0 - a / 36.0) * w_c];
            let determinant = (1.0 - m[0][0]) * (1.0 - m[1][1]) - m[0][1] * m[1][0];
            let expected = ((1.0 - m[1][1]) * offset[0] + m[0][1] * offset[1]) / determinant;
            close(found.fixed_point.unwrap().ergotropy, OMEGA * expected, 1e-10);
            close(expected / c_eq, limit, 1e-4);
            let (trace, product) = (m[0][0] + m[1][1], m[0][0] * m[1][1] - m[0][1] * m[1][0]);
            let multiplier = found.convergence.unwrap().multiplier;
            assert!((multiplier * multiplier - trace * multiplier + product).norm() < 1e-10);
            // The larger of the two, or one of a pair.
            assert!(multiplier.norm() >= product.abs().sqrt() * (1.0 - 1e-10));
        }
    }

    #[test]
    fn strong_polarisations_settle_where_iteration_does() {
        let mut star = thermal(0.8);
        star.charger_excitation = 0.9;
        let mut kinds = (0, 0);
        for delta in [0.5, 4.0, 17.0] {
            let found = cycles_of(&star, &[invert(), evolve(None), wait(delta)], 2000);
            let fixed = found.fixed_point.unwrap().energy;
            close(*found.energy.last().unwrap(), fixed, 1e-13);
            // Deviations shrink by the multiplier, or turn with a pair of them.
            let multiplier = found.convergence.unwrap().multiplier;
            let deviation = |n: usize| found.energy[n] - fixed;
            let n = (0..found.energy.len()).rev().find(|&n| deviation(n).abs() > 1e-9).unwrap();
            if multiplier.im == 0.0 {
                close(deviation(n) / deviation(n - 1), multiplier.re, 1e-5);
                kinds.0 += 1;
            } else {
                let next = 2.0 * multiplier.re * deviation(n - 1) - multiplier.norm_sqr() * deviation(n - 2);
                assert!((deviation(n) - next).abs() < 1e-5 * deviation(n - 2).abs(), "{delta} {multiplier}");
                kinds.1 += 1;
            }
        }
        assert!(kinds.0 > 0 && kinds.1 > 0, "{kinds:?}");
    }

    #[test]
    fn conserved_excitations_set_the_end() {
        let start = NmrStar { charger_excitation: 0.9, ..star(5) };
        let theta = 0.6;
        let found = cycles_of(&start, &[evolve(Some(theta / 3.0))], 10);
        let mean = 5.0 * 0.9 / 6.0;
        close(found.fixed_point.unwrap().energy, OMEGA * mean, 1e-12);
        let exchange = SpinStar::new(5).unwrap().exchange(mean, theta);
        close(found.convergence.unwrap().multiplier.re, 1.0 - exchange * 1.2, 1e-12);
        let total = found.energy.iter().zip(&found.stages[0].charger).map(|(e, q)| e / OMEGA + 5.0 * q);
        total.for_each(|total| close(total, 4.5, 1e-14));
        // One charger and a whole swap: back and forth for ever.
        let swapping = cycles_of(&star(1), &[evolve(None)], 4);
        assert!(swapping.fixed_point.unwrap_err().to_string().contains("not damped"));
        assert!(swapping.energy[0] > 0.999 * OMEGA && swapping.energy[1] < 1e-12);
    }

    #[test]
    fn slow_cycles_settle_without_being_iterated() {
        // Multipliers 1 - 1e-5 and less: the fixed point is far beyond the cycles that are iterated.
        let theta = 1e-3;
        let spins = SpinStar::new(36).unwrap();
        let mut slow = star(36);
        slow.battery = SpinRelaxation { t1: 115.4, t2: 100.0, equilibrium: 0.3 };
        let found = cycles_of(&slow, &[reset(Part::Charger, 0.8), evolve(Some(theta / 3.0)), wait(1e-3)], 2);
        let (kept, r) = (1.0 - spins.exchange(0.8, theta), (-1e-3 / 115.4f64).exp());
        let expected = (r * 0.8 * (1.0 - kept) + 0.3 * (1.0 - r)) / (1.0 - r * kept);
        close(found.fixed_point.unwrap().energy, OMEGA * expected, 1e-10);
        close(1.0 - found.convergence.unwrap().multiplier.re, 1.0 - r * kept, 1e-10);
        // And with a conserved number of excitations.
        let start = NmrStar { charger_excitation: 0.9, ..star(36) };
        let found = cycles_of(&start, &[evolve(Some(theta / 3.0))], 2);
        let mean = 36.0 * 0.9 / 37.0;
        close(found.fixed_point.unwrap().energy, OMEGA * mean, 1e-10);
        let multiplier = 1.0 - spins.exchange(mean, theta) * 37.0 / 36.0;
        close(found.convergence.unwrap().multiplier.re, multiplier, 1e-13);
    }

    #[test]
    fn extraction_by_a_unitary() {
        let (q, theta) = (0.9, 0.5);
        let exchange = SpinStar::new(36).unwrap().exchange(q, theta);
        let stages = [
            reset(Part::Charger, q),
            evolve(Some(theta / 3.0)),
            stage(Task::Measure { target: Part::Charger, outcome: None }),
            stage(Task::Extract(Extraction::Unitary)),
            stage(Task::Dephase { target: Part::Battery }),
        ];
        let found = cycles_of(&star(36), &stages, 400);
        // p = 1 - p - V (q - p)
        let p = (1.0 - exchange * q) / (2.0 - exchange);
        close(found.fixed_point.unwrap().energy, OMEGA * p, 1e-12);
        let extracted = found.stages[3].extracted.as_ref().unwrap();
        close(extracted[399], OMEGA * (1.0 - 2.0 * p), 1e-10);
        assert_eq!(found.stages[1].extracted, None);
        let before = found.stages[2].energy[0] - found.stages[3].energy[0];
        close(extracted[0], before, 1e-14);
        assert_eq!(found.stages[3].ergotropy[0], 0.0);
    }

    #[test]
    fn one_cycle_may_be_enough() {
        let stages = [reset(Part::Charger, 0.8), reset(Part::Battery, 0.1), evolve(Some(0.1))];
        let found = cycles_of(&star(36), &stages, 2);
        let convergence = found.convergence.unwrap();
        assert!(convergence.multiplier.norm() == 0.0 && convergence.rate == f64::INFINITY);
        close(found.fixed_point.unwrap().energy, found.energy[0], 1e-15);
        // Waiting moves battery and chargers on their own: only the battery's own rate shows.
        let mut resting = thermal(0.5);
        resting.charger.t1 = 1e3;
        resting.charger_excitation = 1.0;
        resting.battery_excitation = 1.0;
        let found = cycles_of(&resting, &[wait(2.0)], 2);
        close(found.convergence.unwrap().multiplier.re, (-2.0 / 115.4f64).exp(), 1e-14);
        close(found.fixed_point.unwrap().energy, OMEGA * resting.battery.equilibrium, 1e-14);
    }

    #[test]
    fn trace_shows_every_stage() {
        let star = NmrStar { charger_excitation: 0.95, ..thermal(0.5) };
        let mut stages = [evolve(Some(0.2)), wait(3.0), invert()];
        stages[0].points = 8;
        stages[1].points = 5;
        let charging = run(&star, &stages, 3);
        assert_eq!(charging.times.len(), 1 + 3 * 14);
        assert!(charging.times.is_sorted());
        let series = &charging.series;
        assert_eq!(series.energy().len(), charging.times.len());
        // Inside of an evolution: the plain evolution with the same spins.
        let mut free = star;
        (free.charger.t1, free.charger.t2) = (f64::INFINITY, f64::INFINITY);
        (free.battery.t1, free.battery.t2) = (f64::INFINITY, f64::INFINITY);
        let plain = free.charge(&request(charging.times[..9].to_vec())).unwrap();
        for k in 1..9 {
            close(series.merits[k].energy, plain.series.merits[k].energy, 1e-13);
            close(series.power[k], plain.series.power[k], 1e-11);
        }
        let cycles = charging.cycles.unwrap();
        for k in 0..3 {
            let at = 14 * k;
            assert_eq!(series.merits[at + 8].energy, cycles.stages[0].energy[k]);
            assert_eq!(series.merits[at + 13].energy, cycles.stages[1].energy[k]);
            assert!(series.power[at + 14].is_nan() && charging.times[at + 14] == charging.times[at + 13]);
        }
        let eq = OMEGA * star.battery.equilibrium;
        let decayed = eq + (series.merits[8].energy - eq) * (-1.8 / 115.4f64).exp();
        close(series.merits[11].energy, decayed, 1e-14);
        close(series.power[11], (eq - decayed) / 115.4, 1e-13);
    }

    #[test]
    fn misuse_is_told() {
        let refused = |star: &NmrStar, stages: &[Stage]| {
            star_cycles(star, stages, (2, None), &request(Vec::new())).unwrap_err().to_string()
        };
        let star = star(3);
        assert!(refused(&star, &[]).contains("at least one stage"));
        let quarter = stage(Task::Pulse { target: Part::Charger, angle: 0.5 * PI });
        let message = refused(&star, &[wait(1.0), quarter]);
        assert!(
            message.contains("stage 2") && message.contains("multiple of pi") && message.contains("kept")
        );
        assert_eq!(
            refused(&star, &[wait(-1.0)]),
            "`duration` of stage 1 must be finite and at least 0, but is -1"
        );
        assert!(refused(&star, &[reset(Part::Battery, 1.5)]).contains("between 0 and 1, but is 1.5"));
        let dicke = Task::Reset { target: Part::Charger, state: ResetState::State(InitialState::Fock(2)) };
        assert!(refused(&star, &[stage(dicke)]).contains("Fock(2)"));
        let load = Task::Extract(Extraction::Load { rate: f64::NAN, duration: 1.0 });
        assert!(refused(&star, &[stage(load)]).contains("`rate` of stage 1"));
        assert!(refused(&star, &[Stage { points: 0, ..wait(1.0) }]).contains("`points` of stage 1"));
        let small = Request { memory_limit: 1e3, ..request(Vec::new()) };
        let message = star_cycles(&star, &[wait(1.0)], (20, None), &small).unwrap_err().to_string();
        assert!(
            message.starts_with("20 shown times") && message.contains("lower the number of cycles"),
            "{message}"
        );
    }

    #[test]
    fn a_protocol_has_at_least_one_stage_and_one_cycle() {
        let star = thermal(0.3);
        for (stages, repeat) in [(vec![], 3), (vec![wait(1.0)], 0), (vec![], 0)] {
            let expected = StarStageError::Empty { stages: stages.len(), cycles: repeat };
            let refused = star_cycles(&star, &stages, (repeat, None), &request(Vec::new())).unwrap_err();
            assert_eq!(refused, expected.into());
        }
        assert_eq!(cycles_of(&star, &[wait(1.0)], 1).energy.len(), 1);
    }
}
