//! Figures of merit of a battery of many qubits that is everything there is, from its kets.
//!
//! Nothing that is closed changes the eigenvalues of rho = sum_k |psi_k><psi_k|: they are those of the Gram matrix <psi_k|psi_l> at t = 0. With the lowest
//! energies eps of H_B the global ergotropy is W = E_B - sum_k r_k eps_k. Where H_B is diagonal the incoherent part follows from the Gram matrix of each
//! energy, one number where there is one ket; where it is not its spectrum would be needed, and there is none. Energies are sums over parts of fixed size:
//! they do not depend on the number of threads.

use faer::{Mat, Side};
use num_complex::Complex64;

use super::ergotropy::{Eigenvalues, by_energy, passive_energy};
use super::work_bounds::entropy;
use super::{Ergotropy, Merits, WorkBounds};
use crate::operator::{Aligned, Applied, Hermitian, Strings, Threads};
use crate::space::{BatterySpace, Cells};
use crate::why::NoCollective;

/// Levels in one sum, whatever the number of threads.
const PART: usize = 1 << 12;
/// Parts of the levels in which populations are added up by energy.
const SEGMENTS: usize = 16;

/// Reads kets on all levels of N qubits.
#[derive(Debug)]
pub(crate) struct QubitFigures<'a> {
    levels: usize,
    threads: Threads,
    /// Eigenvalues of rho, largest first.
    weights: Vec<f64>,
    battery: Battery<'a>,
    /// i[H, H_B], and whether it is i times a real matrix.
    flow: Applied,
    imaginary: bool,
}

#[derive(Debug)]
enum Battery<'a> {
    /// H_B is diagonal.
    Diagonal { space: &'a BatterySpace, classes: Classes },
    /// It is not: H_B, and its lowest eigenvalues.
    Other { h_b: Applied, lowest: Vec<f64> },
}

/// Levels by their energy.
#[derive(Debug)]
struct Classes {
    of_level: Vec<u32>,
    /// How many levels each has.
    sizes: Vec<usize>,
}

impl<'a> QubitFigures<'a> {
    /// Of a battery in `space`, where H_B is diagonal; else with its lowest eigenvalues. `flow` is i[H, H_B].
    pub(crate) fn new(
        space: Option<&'a BatterySpace>,
        h_b: &Strings,
        lowest: Vec<f64>,
        flow: &Strings,
        kets: &[Aligned],
        threads: Threads,
    ) -> Self {
        let levels = 1 << h_b.qubits();
        let battery = match space {
            Some(space) => Battery::Diagonal { space, classes: Classes::of(&space.sectors()[0].energies) },
            None => Battery::Other { h_b: Applied::new(h_b, 1.0, 0.0), lowest },
        };
        let mut figures = QubitFigures {
            levels,
            threads,
            weights: Vec::new(),
            battery,
            flow: Applied::new(flow, 1.0, 0.0),
            imaginary: flow.is_imaginary(),
        };
        figures.weights = figures.gram(kets);
        figures.weights.sort_by(|a, b| b.total_cmp(a));
        figures
    }

    /// <A>.
    pub(crate) fn expectation(&self, a: &Applied, kets: &[Aligned]) -> f64 {
        kets.iter().map(|psi| self.sum_of_image(a, psi, 2 * self.levels, |x, y| x * y)).sum()
    }

    /// ||A psi - <A> psi||/||psi||.
    pub(crate) fn spread(&self, a: &Applied, psi: &Aligned) -> f64 {
        let weight = self.sum(|r| self.population(psi, r));
        let mean = self.sum_of_image(a, psi, 2 * self.levels, |x, y| x * y) / weight;
        let rest = self.sum_of_image(a, psi, 2 * self.levels, |x, y| (y - mean * x) * (y - mean * x));
        (rest / weight).sqrt()
    }

    /// dE_B/dt.
    pub(crate) fn power(&self, kets: &[Aligned]) -> f64 {
        // Of i times a real matrix both halves say the same.
        let (numbers, factor) = if self.imaginary { (self.levels, 2.0) } else { (2 * self.levels, 1.0) };
        let of = |psi: &Aligned| factor * self.sum_of_image(&self.flow, psi, numbers, |x, y| x * y);
        kets.iter().map(of).sum()
    }

    /// Numbers between which the energies of H_B lie.
    pub(crate) fn extremes(&self, h_b: &Strings) -> (f64, f64) {
        match &self.battery {
            Battery::Diagonal { space, .. } => space.extremes(),
            Battery::Other { .. } => h_b.bounds(),
        }
    }

    /// E_B.
    pub(crate) fn energy(&self, kets: &[Aligned]) -> f64 {
        match &self.battery {
            Battery::Diagonal { space, .. } => {
                let energies = &space.sectors()[0].energies;
                let of = |psi: &Aligned| self.sum(|r| energies[r] * self.population(psi, r));
                kets.iter().map(of).sum()
            }
            Battery::Other { h_b, .. } => self.expectation(h_b, kets),
        }
    }

    /// The global ergotropy of a state of this energy.
    pub(crate) fn global(&self, energy: f64) -> f64 {
        energy - self.passive()
    }

    /// All figures of merit, and the trace.
    pub(crate) fn of(&self, kets: &[Aligned]) -> (Merits, f64) {
        match &self.battery {
            Battery::Diagonal { space, classes } => self.of_diagonal(space, classes, kets),
            Battery::Other { h_b, .. } => {
                let trace = kets.iter().map(|psi| self.sum(|r| self.population(psi, r))).sum();
                let energy = self.energy(kets);
                let beyond = |x: f64, y: f64| (y - energy * x) * (y - energy * x);
                let variance: f64 =
                    kets.iter().map(|psi| self.sum_of_image(h_b, psi, 2 * self.levels, beyond)).sum();
                let (none, global) = (f64::NAN, self.global(energy));
                let ergotropy = Ergotropy {
                    global,
                    collective: Err(NoCollective::Whole),
                    local: none,
                    incoherent: none,
                    coherent: none,
                    largest_eigenvalue: self.weights[0],
                    smallest_eigenvalue: self.smallest(),
                };
                let purity = self.purity();
                let spectrum: Vec<(f64, f64)> = self.weights.iter().map(|r| (*r, 1.0)).collect();
                // Only the lowest levels of H_B are known.
                let bounds = WorkBounds { entropy: entropy(&spectrum), ..WorkBounds::UNKNOWN };
                (
                    Merits {
                        energy,
                        passive: energy - global,
                        ergotropy,
                        purity,
                        fluctuation: variance.sqrt(),
                        bounds,
                    },
                    trace,
                )
            }
        }
    }

    fn of_diagonal(&self, space: &BatterySpace, classes: &Classes, kets: &[Aligned]) -> (Merits, f64) {
        let energies = &space.sectors()[0].energies;
        let mut populations = vec![0.0; self.levels];
        self.threads.fill(PART, &mut populations, |part, p| {
            for psi in kets {
                let (re, im) = psi.split_at(self.levels);
                let parts = re[part * PART..].iter().zip(&im[part * PART..]);
                p.iter_mut().zip(parts).for_each(|(p, (re, im))| *p += re * re + im * im);
            }
        });
        let trace = self.sum(|r| populations[r]);
        let energy = self.sum(|r| populations[r] * energies[r]);
        let variance = self.sum(|r| populations[r] * (energies[r] - energy) * (energies[r] - energy));
        let dephased = match kets {
            [_] => classes.sums(self.threads, &populations),
            _ => classes.eigenvalues(self.levels, kets, &populations),
        };
        let cells = match space.cells() {
            Cells::Apart(factors) => {
                let sites = self.sites(kets, &populations);
                sites
                    .into_iter()
                    .zip(factors)
                    .map(|(cell, factor)| (cell, 1.0, factor.energies.clone()))
                    .collect()
            }
            _ => Vec::new(),
        };
        let mut spectrum: Vec<(f64, f64)> = self.weights.iter().map(|r| (*r, 1.0)).collect();
        spectrum.push((0.0, (self.levels - self.weights.len()) as f64));
        let dephased: Vec<(f64, f64)> = dephased.into_iter().map(|p| (p, 1.0)).collect();
        // Of one ket the energies hold amplitudes sqrt(p_e): sum_{e != e'} sqrt(p_e p_e').
        let coherence = match kets {
            [_] => {
                let add = |(sum, squares): (f64, f64), (p, _): &(f64, f64)| (sum + p.sqrt(), squares + p);
                let (sum, squares) = dephased.iter().fold((0.0, 0.0), add);
                sum * sum - squares
            }
            _ => f64::NAN,
        };
        let eigenvalues = Eigenvalues { spectrum, dephased, symmetric: false, cells };
        let merits = Merits::without_state(energy, variance.sqrt());
        (merits.with(space, eigenvalues, self.purity(), coherence), trace)
    }

    fn passive(&self) -> f64 {
        match &self.battery {
            Battery::Diagonal { space, .. } => {
                let mut spectrum: Vec<(f64, f64)> = self.weights.iter().map(|r| (*r, 1.0)).collect();
                passive_energy(&mut spectrum, space.spectrum())
            }
            Battery::Other { lowest, .. } => self.weights.iter().zip(lowest).map(|(r, e)| r * e).sum(),
        }
    }

    fn purity(&self) -> f64 {
        self.weights.iter().map(|r| r * r).sum()
    }

    /// Other levels hold nothing.
    fn smallest(&self) -> f64 {
        self.weights.last().map_or(0.0, |r| r.min(0.0))
    }

    fn population(&self, psi: &[f64], r: usize) -> f64 {
        psi[r] * psi[r] + psi[self.levels + r] * psi[self.levels + r]
    }

    /// A sum over levels.
    fn sum(&self, of: impl Fn(usize) -> f64 + Sync) -> f64 {
        let part = PART.min(self.levels);
        self.threads.sum(self.levels / part, |index| {
            let mut sums = [0.0; 8];
            for chunk in (index * part..(index + 1) * part).step_by(8) {
                (0..8).for_each(|j| sums[j] += of(chunk + j));
            }
            sums.iter().sum()
        })
    }

    /// The sum of f(x, (A x)) over the first so many numbers of a ket.
    fn sum_of_image(
        &self,
        a: &Applied,
        psi: &[f64],
        numbers: usize,
        f: impl Fn(f64, f64) -> f64 + Sync,
    ) -> f64 {
        let block = a.block();
        let blocks_of_part = (2 * PART / block).clamp(1, numbers / block);
        self.threads.sum(numbers / (block * blocks_of_part), |part| {
            let mut image = Aligned::zeros(block);
            let of_block = |index: usize, image: &mut [f64]| {
                a.block_of(index, psi, None, image);
                let mut sums = [0.0; 8];
                let chunks = psi[index * block..].as_chunks::<8>().0.iter().zip(image.as_chunks::<8>().0);
                chunks.for_each(|(x, y)| (0..8).for_each(|j| sums[j] += f(x[j], y[j])));
                sums.iter().sum::<f64>()
            };
            (0..blocks_of_part).map(|k| of_block(part * blocks_of_part + k, &mut image)).sum()
        })
    }

    /// Eigenvalues of <psi_k|psi_l>.
    fn gram(&self, kets: &[Aligned]) -> Vec<f64> {
        let overlap = |a: &Aligned, b: &Aligned| {
            let (n, part) = (self.levels, |r: usize| (a[r], a[self.levels + r]));
            let re = self.sum(|r| part(r).0 * b[r] + part(r).1 * b[n + r]);
            Complex64::new(re, self.sum(|r| part(r).0 * b[n + r] - part(r).1 * b[r]))
        };
        eigenvalues(&Mat::from_fn(kets.len(), kets.len(), |k, l| overlap(&kets[k], &kets[l])))
    }

    /// The reduced state of every site, the first on the highest bit.
    fn sites(&self, kets: &[Aligned], populations: &[f64]) -> Vec<Hermitian> {
        let part = PART.min(self.levels);
        let (bits, inner) = (self.levels.trailing_zeros() as usize, part.trailing_zeros() as usize);
        // (population of the excited level, Re and Im of rho_ge) of every bit.
        let of_part = |index: usize| {
            let from = index * part;
            let mut sums = vec![[0.0; 3]; bits];
            let mut folded = populations[from..from + part].to_vec();
            for (bit, sums) in sums.iter_mut().enumerate() {
                if bit >= inner {
                    sums[0] = if from >> bit & 1 == 1 { folded[0] } else { 0.0 };
                    continue;
                }
                sums[0] = folded.as_chunks::<2>().0.iter().map(|pair| pair[1]).sum();
                folded = folded.as_chunks::<2>().0.iter().map(|pair| pair[0] + pair[1]).collect();
            }
            for psi in kets {
                let (re, im) = psi.split_at(self.levels);
                coherences([re, im], from, part, &mut sums);
            }
            sums
        };
        let mut total = vec![[0.0; 3]; bits];
        for sums in self.threads.map(self.levels / part, of_part) {
            total.iter_mut().zip(sums).for_each(|(all, sum)| (0..3).for_each(|k| all[k] += sum[k]));
        }
        let trace = self.sum(|r| populations[r]);
        let cell = |[excited, re, im]: &[f64; 3]| {
            Hermitian::from_s(2, vec![trace - excited, re + im, re - im, *excited])
        };
        total.iter().rev().map(cell).collect()
    }
}

/// Adds sum psi_g psi_e^* of every bit over the levels of a part whose bit is 0: real and imaginary part, after the population.
fn coherences(psi: [&[f64]; 2], from: usize, part: usize, sums: &mut [[f64; 3]]) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has the feature that the function is compiled for.
        return unsafe { coherences_avx2(psi, from, part, sums) };
    }
    any_coherences(psi, from, part, sums);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn coherences_avx2(psi: [&[f64]; 2], from: usize, part: usize, sums: &mut [[f64; 3]]) {
    any_coherences(psi, from, part, sums);
}

#[inline(always)]
fn any_coherences(psi: [&[f64]; 2], from: usize, part: usize, sums: &mut [[f64; 3]]) {
    for (bit, sums) in sums.iter_mut().enumerate().filter(|(bit, _)| from >> bit & 1 == 0) {
        let stride = 1 << bit;
        let (mut re, mut im) = ([0.0; 8], [0.0; 8]);
        let mut add = |g: [&[f64; 8]; 2], e: [&[f64; 8]; 2]| {
            for j in 0..8 {
                re[j] += g[0][j] * e[0][j] + g[1][j] * e[1][j];
                im[j] += g[1][j] * e[0][j] - g[0][j] * e[1][j];
            }
        };
        let of = |place: usize| psi.map(|half| half[place..].first_chunk::<8>().expect("parts hold chunks"));
        match stride {
            1 | 2 | 4 => {
                for place in (from..from + part).step_by(8) {
                    let own = of(place);
                    // Places whose bit is 1 meet nothing.
                    let g =
                        own.map(|half| std::array::from_fn(|j| if j & stride == 0 { half[j] } else { 0.0 }));
                    let e = own.map(|half| std::array::from_fn(|j| half[j | stride]));
                    add([&g[0], &g[1]], [&e[0], &e[1]]);
                }
            }
            _ if stride < part => {
                for block in (from..from + part).step_by(2 * stride) {
                    (block..block + stride).step_by(8).for_each(|place| add(of(place), of(place + stride)));
                }
            }
            _ => (from..from + part).step_by(8).for_each(|place| add(of(place), of(place + stride))),
        }
        sums[1] += re.iter().sum::<f64>();
        sums[2] += im.iter().sum::<f64>();
    }
}

fn eigenvalues(matrix: &Mat<Complex64>) -> Vec<f64> {
    match matrix.nrows() {
        1 => vec![matrix[(0, 0)].re],
        // The iteration fails only on entries that are not finite.
        size => matrix.self_adjoint_eigenvalues(Side::Lower).unwrap_or_else(|_| vec![f64::NAN; size]),
    }
}

impl Classes {
    fn of(energies: &[f64]) -> Self {
        let (mut of_level, mut sizes) = (vec![0; energies.len()], Vec::new());
        by_energy(energies, &mut |levels| {
            levels.iter().for_each(|level| of_level[*level] = sizes.len() as u32);
            sizes.push(levels.len());
        });
        Classes { of_level, sizes }
    }

    /// What every energy holds.
    fn sums(&self, threads: Threads, populations: &[f64]) -> Vec<f64> {
        let count = self.sizes.len();
        let many = SEGMENTS * count.max(PART) <= populations.len();
        let segments = if many { SEGMENTS } else { 1 };
        let length = populations.len() / segments;
        let of = |segment: usize| {
            let place = segment * length..(segment + 1) * length;
            let mut sums = vec![0.0; count];
            let levels = self.of_level[place.clone()].iter().zip(&populations[place]);
            levels.for_each(|(class, p)| sums[*class as usize] += p);
            sums
        };
        let all = threads.map(segments, of);
        let sum = |mut total: Vec<f64>, sums: Vec<f64>| {
            total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
            total
        };
        all.into_iter().reduce(sum).unwrap_or_default()
    }

    /// Eigenvalues of what several kets hold of every energy.
    fn eigenvalues(&self, levels: usize, kets: &[Aligned], populations: &[f64]) -> Vec<f64> {
        let mut members: Vec<Vec<u32>> = self.sizes.iter().map(|size| Vec::with_capacity(*size)).collect();
        self.of_level.iter().zip(0..).for_each(|(class, level)| members[*class as usize].push(level));
        let amplitude =
            |k: usize, level: u32| Complex64::new(kets[k][level as usize], kets[k][levels + level as usize]);
        let of = |members: &Vec<u32>| match members[..] {
            [only] => vec![populations[only as usize]],
            _ => {
                let product = |k: usize, l: usize| {
                    members.iter().map(|&level| amplitude(k, level).conj() * amplitude(l, level)).sum()
                };
                let mut values = eigenvalues(&Mat::from_fn(kets.len(), kets.len(), product));
                // No more than there are levels; the others vanish.
                values.sort_by(|a, b| b.total_cmp(a));
                values.truncate(members.len());
                values
            }
        };
        members.iter().flat_map(of).collect()
    }
}
