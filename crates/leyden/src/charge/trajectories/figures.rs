//! Figures of merit of a mean over trajectories.
//!
//! The ergotropy W is convex, so that the one of the mean of M kets exceeds, in the mean, the one of the state: W_above = W(rho_M). The unitary U that is best
//! for the mean of all groups but those of one of F folds extracts from a group g of that fold, of which it knows nothing,
//!   W_g = Tr[H_B rho_g] - Tr[H_B U rho_g U^dag],
//! in the mean no more than W: W_below = mean of the W_g. To first order in the inverse of how many kets were known they are off by b/M and -b F/((F - 1) M), so that
//! (F W_above + (F - 1) W_below)/(2F - 1) is reported, and half of their distance is added to its standard error in squares. The standard error itself is the one of the W_g, each of the K groups being a sample:
//!   s^2 = sum_g (W_g - W_below)^2 / (K (K - 1)).
//!
//! Until something jumps all trajectories of jumps from one ket are the same, with the probability P_0(t) = ||psi||^2 of the ket that decays: means are P_0 times what that
//! one has and 1 - P_0 times the mean of those that have jumped. Of n numbers x_j with a spread, the standard error of their mean is
//!   s^2 = sum_j (x_j - x)^2/(n (n - 1)) + (R/n)^2,
//! where R is what one more trajectory, of a kind that was not seen, might differ by: the range of H_B, or the largest root of `<H_B^2>` where that is less. It counts while few
//! have jumped, as rare jumps may be the ones that matter.
//!
//! Where no state is kept, energy and fluctuation remain, and the local ergotropy from the mean states of the cells.

use faer::{Mat, Side};

use super::Sampled;
use super::batch::CellReader;
use super::course::Course;
use super::ensemble::Sum;
use crate::charge::Charging;
use crate::charge::recorder::Recorder;
use crate::evolve::Outcome;
use crate::merit::{BatteryState, Extrema, Merits, assigned_energies, local_ergotropy};
use crate::method::Method;
use crate::numerics::lanes::dot;
use crate::operator::Hermitian;
use crate::space::Cells;
use crate::why::Why;

/// Parts of the groups, of which each has a unitary that knows nothing of it.
const FOLDS: usize = 4;

/// Figures over time.
pub(super) struct Found {
    pub(super) merits: Vec<Merits>,
    pub(super) error: Vec<f64>,
    pub(super) between: [Vec<f64>; 2],
}

pub(super) fn figures(sum: &Sum<'_>, unseen: f64) -> Found {
    let times = sum.ensemble.times.len();
    let mut found = Found { merits: Vec::new(), error: Vec::new(), between: [Vec::new(), Vec::new()] };
    for time in 0..times {
        let (merits, error, [below, above]) = match sum.ensemble.offsets.is_empty() {
            true => (without_state(sum, time), f64::NAN, [f64::NAN; 2]),
            false => of_state(sum, time, unseen),
        };
        found.merits.push(merits);
        found.error.push(error);
        found.between[0].push(below);
        found.between[1].push(above);
    }
    found
}

/// The blocks of p_0 rho_0 + p sigma/n with rho_0 the state without jumps, of which p is left where it is known.
fn blocks(sum: &Sum<'_>, time: usize, (numbers, count): (&[f64], f64), chance: f64) -> Vec<Hermitian> {
    let quiet = sum.quiet_state(time);
    let number = |k: usize| match (quiet, count > 0.0) {
        (None, _) => numbers[k] / count,
        (Some(quiet), false) => quiet[k],
        (Some(quiet), true) => (1.0 - chance) * quiet[k] + chance * numbers[k] / count,
    };
    let of = |(sector, from): (&crate::space::Sector, &usize)| {
        let n = sector.energies.len();
        Hermitian::from_s(n, (*from..from + n * n).map(number).collect())
    };
    sum.ensemble.space.sectors().iter().zip(&sum.ensemble.offsets).map(of).collect()
}

/// Tr a b of two matrices of the battery, as they lie in a list of numbers.
fn product(sum: &Sum<'_>, a: &[f64], b: &[f64]) -> f64 {
    let of = |(sector, from): (&crate::space::Sector, &usize)| {
        let place = *from..*from + sector.energies.len().pow(2);
        dot(&a[place.clone()], &b[place]) / sector.multiplicity
    };
    sum.ensemble.space.sectors().iter().zip(&sum.ensemble.offsets).map(of).sum()
}

fn of_state(sum: &Sum<'_>, time: usize, unseen: f64) -> (Merits, f64, [f64; 2]) {
    let space = &sum.ensemble.space;
    let groups: Vec<(f64, &[f64])> = (0..sum.groups.len()).map(|g| sum.group_state(g, time)).collect();
    let (chance, count) = sum.jumped(time);
    let mut whole = vec![0.0; groups[0].1.len()];
    groups.iter().for_each(|(_, numbers)| whole.iter_mut().zip(*numbers).for_each(|(x, y)| *x += y));
    let mean = blocks(sum, time, (&whole, count), chance);
    let mut merits = Merits::of(&BatteryState::new(space, &mean));
    let above = merits.ergotropy.global;
    if chance == 0.0 {
        return (merits, 0.0, [above, above]);
    }
    // (weight, what is extracted)
    let mut held: Vec<(f64, f64)> = Vec::with_capacity(groups.len());
    let folds = groups.len().min(FOLDS);
    for fold in 0..folds {
        let members = || groups.iter().skip(fold).step_by(folds).filter(|(of, _)| *of > 0.0);
        let others = count - members().map(|(of, _)| of).sum::<f64>();
        if others <= 0.0 {
            continue;
        }
        let mut left = whole.clone();
        members().for_each(|(_, numbers)| left.iter_mut().zip(*numbers).for_each(|(x, own)| *x -= own));
        let Some(work) = extracted(sum, &blocks(sum, time, (&left, others), chance)) else { continue };
        let quiet = sum.quiet_state(time).map_or(0.0, |quiet| product(sum, &work, quiet));
        for (of_group, numbers) in members() {
            let jumped = product(sum, &work, numbers) / of_group;
            held.push((of_group / count, (1.0 - chance) * quiet + chance * jumped));
        }
    }
    if held.len() < 2 {
        return (merits, chance * unseen, [f64::NAN, above]);
    }
    let k = held.len() as f64;
    let below: f64 = held.iter().map(|(weight, work)| weight * work).sum();
    let spread =
        held.iter().map(|(weight, work)| (weight * (work - below)).powi(2)).sum::<f64>() * k / (k - 1.0);
    let shares = folds as f64;
    let middle = (shares * above + (shares - 1.0) * below) / (2.0 * shares - 1.0);
    merits.ergotropy.global = middle;
    merits.ergotropy.coherent = middle - merits.ergotropy.incoherent;
    merits.passive = merits.energy - middle;
    if matches!(space.cells(), Cells::Single) {
        merits.ergotropy.collective = Ok(middle);
        merits.ergotropy.local = middle;
    }
    // Tr rho^2 without the part that single kets have with themselves.
    if count >= 2.0 {
        let own: f64 = groups.iter().map(|(_, numbers)| product(sum, numbers, numbers)).sum();
        let squares: f64 = groups.iter().map(|(of, _)| of * of).sum();
        let found = (product(sum, &whole, &whole) - own) / (count * count - squares);
        merits.purity = match sum.quiet_state(time) {
            None => found,
            Some(quiet) => {
                let p0 = 1.0 - chance;
                p0 * p0 * product(sum, quiet, quiet)
                    + 2.0 * p0 * chance * product(sum, quiet, &whole) / count
                    + chance * chance * found
            }
        };
    }
    let gap = 0.5 * (above - below);
    (merits, (spread + gap * gap + (chance * unseen / count).powi(2)).sqrt(), [below, above])
}

/// H_B - U^dag H_B U of the unitary U that takes most from a state, as a list of numbers, times the multiplicities: what U extracts from rho is its mean in rho.
fn extracted(sum: &Sum<'_>, state: &[Hermitian]) -> Option<Vec<f64>> {
    let space = &sum.ensemble.space;
    let (mut vectors, mut spectrum) = (Vec::new(), Vec::new());
    for (sector, rho) in space.sectors().iter().zip(state) {
        let n = rho.dim();
        let eigen = rho.to_complex().self_adjoint_eigen(Side::Lower).ok()?;
        let (values, u) = (eigen.S().column_vector(), eigen.U());
        spectrum.extend((0..n).map(|k| (values[k].re / sector.multiplicity, sector.multiplicity)));
        vectors.push((Mat::from_fn(n, n, |i, k| u[(i, k)].re), Mat::from_fn(n, n, |i, k| u[(i, k)].im)));
    }
    let places = assigned_energies(&spectrum, space.spectrum());
    let (mut numbers, mut at) = (Vec::new(), 0);
    for ((x, y), sector) in vectors.iter().zip(space.sectors()) {
        let n = x.nrows();
        // With u = x + iy: S of u E u^dag is (x + y) E x^T + (y - x) E y^T.
        let with = |sign: f64, a: &Mat<f64>, b: &Mat<f64>| {
            Mat::from_fn(n, n, |i, k| (a[(i, k)] + sign * b[(i, k)]) * places[at + k])
        };
        let passive = with(1.0, x, y) * x.transpose() + with(-1.0, y, x) * y.transpose();
        for i in 0..n {
            let energy = |k: usize| if k == i { sector.energies[i] } else { 0.0 };
            numbers.extend((0..n).map(|k| sector.multiplicity * (energy(k) - passive[(i, k)])));
        }
        at += n;
    }
    Some(numbers)
}

fn without_state(sum: &Sum<'_>, time: usize) -> Merits {
    let ensemble = sum.ensemble;
    let (energy, square) = sum.energy(time);
    let mut merits = Merits::without_state(energy, (square - energy * energy).max(0.0).sqrt());
    merits.ergotropy.collective = Err(crate::why::NoCollective::NotSymmetric);
    let numbers = sum.cells(time);
    let space = &ensemble.space;
    let step = || space.spectrum()[1].energy - space.spectrum()[0].energy;
    let cells: Vec<(Hermitian, f64, Vec<f64>)> = match (&ensemble.cell_reader, space.cells()) {
        (Some(CellReader::Equal), _) => {
            let count = ensemble.cells as f64;
            let (p, re, im) = (numbers[0] / count, numbers[1] / count, numbers[2] / count);
            vec![(Hermitian::from_s(2, vec![1.0 - p, re - im, re + im, p]), count, vec![0.0, step()])]
        }
        (Some(CellReader::Factors(factors)), cells) => {
            let mut at = 0;
            let of = |(k, (d, _)): (usize, &(usize, usize))| {
                let cell = Hermitian::from_s(*d, numbers[at..at + d * d].to_vec());
                at += d * d;
                let energies = match cells {
                    Cells::Apart(factors) => factors[k].energies.clone(),
                    Cells::Product { frequencies, .. } => {
                        (0..*d).map(|n| frequencies[k] * n as f64).collect()
                    }
                    _ => vec![0.0; *d],
                };
                (cell, 1.0, energies)
            };
            factors.iter().enumerate().map(of).collect()
        }
        (None, _) => Vec::new(),
    };
    if !cells.is_empty() {
        merits.ergotropy.local = local_ergotropy(&cells);
    }
    merits
}

/// The result of a run.
pub(super) fn charging(sum: &Sum<'_>, merits: Vec<Merits>, power: Vec<f64>, sampled: Sampled) -> Charging {
    let ensemble = sum.ensemble;
    let mut recorder = Recorder::of_states(ensemble.start, merits.len());
    for ((time, merits), power) in ensemble.times.iter().zip(merits).zip(power) {
        if !ensemble.offsets.is_empty() {
            recorder.check(1.0, merits.ergotropy.smallest_eigenvalue);
        }
        recorder.push(*time, merits, power);
    }
    if ensemble.offsets.is_empty() {
        recorder.checks.smallest_eigenvalue = f64::NAN;
    }
    recorder.checks.error = ensemble.step_error;
    recorder.checks.energy_balance = f64::NAN;
    let top = sum.top();
    recorder.checks.top_population = top;
    let finite = recorder.series.merits.iter().all(|merits| merits.energy.is_finite());
    let outcome = match top {
        Some(population) if population > ensemble.allowed => Outcome::CutoffTooSmall { population },
        _ if !finite => Outcome::Inaccurate { trace: 1.0, smallest_eigenvalue: f64::NAN },
        _ => Outcome::Converged,
    };
    let mut charging = Charging::new(
        Method::Trajectories,
        ensemble.reason.clone(),
        outcome,
        ensemble.levels,
        ensemble.cells,
        recorder,
    );
    charging.asymptote = crate::asymptote::Asymptote::unknown(Why::Sampled);
    charging.charging_time = Err(Why::Sampled);
    charging.extrema = Extrema::unknown(Why::Sampled);
    charging.ledger = Err(Why::Sampled);
    charging.rate_bounds = Err(Why::Sampled);
    charging.trajectories = Some(sampled);
    if let Course::Stages(stages) = &ensemble.course {
        stages.finish(sum, &mut charging);
    }
    charging
}
