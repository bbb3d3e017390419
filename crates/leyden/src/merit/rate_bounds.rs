//! Bounds on how fast the state of a battery changes.
//!
//! *Power*, p_e the populations of distinct energies:
//!   |dE_B/dt| <= sqrt(Var(H_B) I_E),   I_E = sum_e (dp_e/dt)^2/p_e,
//! which is Cauchy-Schwarz, always holds, and is an equality for one qubit (@juliafarre2020). Populations below the
//! rounding of a density matrix have no square root: what such levels s carry at most, sum_s |e - E_B| |dp_s/dt|, is added beside the rest.
//!
//! *Quantum speed limit* of rho_B, from its quantum Fisher information along the path:
//!   angle A = arccos sqrt(F(rho_B(0), rho_B(t))) <= length l = (1/2) int_0^t sqrt(I_Q) ds,
//!   I_Q = 2 sum_ij |<i|d rho_B/ds|j>|^2/(r_i + r_j),   sqrt F = Tr sqrt(sqrt(rho) sigma sqrt(rho))
//! (@taddei2013). Blocks add up, their multiplicities cancel. A qubit with Bloch vector b, rho = (tau + b sigma)/2, has
//!   I_Q = r_+'^2/r_+ + r_-'^2/r_- + |b'_perp|^2/tau,   sqrt F = sqrt(Tr rho sigma + 2 sqrt(det rho det sigma)).
//!
//! The path between two times is a polynomial of degree 5 through rho_B and its derivative at both and in the middle. With panels that are short beside the norm of the generator it
//! is as good as the states, and the length is integrated on it by Gauss-Kronrod sums over panels that are halved where they have to be: at kinks, where the motion turns around. From a
//! pure state that mixes I_Q ~ 1/s: the first panel is integrated in sqrt(s).

use faer::{Mat, Side};
use num_complex::Complex64;

use super::ergotropy::by_energy;
use crate::operator::Hermitian;
use crate::space::BatterySpace;

/// Eigenvalues and populations below this are no part of a state.
const NOTHING: f64 = 1e-14;
/// Levels of a block up to which lengths are integrated.
pub(crate) const MOST_PATH_LEVELS: usize = 32;
/// Panel times norm of the generator at most.
const PANEL: f64 = 0.25;
/// Difference of two sums, of which the better one has a small part of it as its error.
const DIFFERENCE: f64 = 2e-9;
/// How often a panel is halved: a kink leaves 2^-24 of it, rounding where many eigenvalues vanish nothing to be gained.
const MOST_HALVED: usize = 24;

/// Populations and their rates of change in energy.
#[derive(Clone, Debug)]
pub(crate) struct EnergySpace {
    /// Which distinct energy every level has.
    of_level: Vec<u32>,
    energies: Vec<f64>,
    /// Population and rate of every distinct energy.
    sums: Vec<[f64; 2]>,
    /// Populations up to this are rounding.
    least: f64,
}

impl EnergySpace {
    /// Of density matrices.
    pub(crate) fn of_density(space: &BatterySpace) -> Self {
        EnergySpace::new(space, NOTHING)
    }

    /// Of kets: |dp/dt| <= 2 sqrt(p) |d psi/dt| holds to rounding for populations however small.
    pub(crate) fn of_kets(space: &BatterySpace) -> Self {
        EnergySpace::new(space, 0.0)
    }

    fn new(space: &BatterySpace, least: f64) -> Self {
        let levels: Vec<f64> = space.energies().collect();
        let (mut of_level, mut energies) = (vec![0; levels.len()], Vec::new());
        by_energy(&levels, &mut |level| {
            level.iter().for_each(|&b| of_level[b] = energies.len() as u32);
            energies.push(levels[level[0]]);
        });
        EnergySpace { of_level, sums: vec![[0.0; 2]; energies.len()], energies, least }
    }

    /// sqrt(Var(H_B) I_E) of populations and their rates of change, level by level, and of the `deviation` sqrt(Var(H_B)).
    pub(crate) fn power(&mut self, levels: impl Iterator<Item = (f64, f64)>, deviation: f64) -> f64 {
        self.sums.fill([0.0; 2]);
        for (&energy, (p, rate)) in self.of_level.iter().zip(levels) {
            let [sum, rates] = &mut self.sums[energy as usize];
            *sum += p;
            *rates += rate;
        }
        let seen = self.sums.iter().filter(|[p, _]| *p > self.least);
        let information: f64 = seen.map(|[p, rate]| rate * rate / p).sum();
        let pairs = || self.energies.iter().zip(&self.sums);
        let mean: f64 = pairs().map(|(energy, [p, _])| energy * p).sum();
        // A ket without a level has no rate there either.
        let unseen = pairs().filter(|(_, [p, _])| !(*p > self.least));
        let beside: f64 = unseen.map(|(energy, [_, rate])| (energy - mean).abs() * rate.abs()).sum();
        deviation * information.sqrt() + beside
    }
}

/// Times at which a path is looked at: ends of panels and their middles in turn, from 0 on; `None` where they are more than `most`.
pub(crate) fn path_times(known: &[f64], end: f64, norm: f64, most: usize) -> Option<Vec<f64>> {
    let mut ends: Vec<f64> = known.iter().copied().filter(|t| (0.0..=end).contains(t)).collect();
    ends.push(0.0);
    ends.sort_by(f64::total_cmp);
    ends.dedup();
    let panels = |from: f64, to: f64| ((to - from) * norm / PANEL).ceil().max(1.0);
    let all: f64 = ends.windows(2).map(|pair| panels(pair[0], pair[1])).sum();
    if !(2.0 * all <= most as f64) {
        return None;
    }
    let mut times = vec![0.0];
    let mut from = 0.0;
    let mut panel = |to: f64| {
        times.extend([0.5 * (from + to), to]);
        from = to;
    };
    for pair in ends.windows(2) {
        let count = panels(pair[0], pair[1]) as usize;
        let width = (pair[1] - pair[0]) / count as f64;
        if pair[0] == 0.0 {
            // Eigenvalues that grow like a power of time are small beside what is left out of a polynomial.
            [width / 64.0, width / 16.0, width / 4.0].into_iter().for_each(&mut panel);
        }
        (1..count).for_each(|k| panel(pair[0] + k as f64 * width));
        panel(pair[1]);
    }
    // Neighbouring numbers have no middle.
    times.windows(2).all(|pair| pair[0] < pair[1]).then_some(times)
}

/// A state with its rates of change just before and just after.
#[derive(Clone, Debug, Default)]
struct Node {
    time: f64,
    state: Vec<Hermitian>,
    before: Vec<Hermitian>,
    after: Vec<Hermitian>,
}

/// The path of a state through times of [`path_times`].
#[derive(Debug)]
pub(crate) struct Path {
    /// What makes sqrt(F) with the start, block by block.
    start: Vec<Root>,
    nodes: [Node; 3],
    seen: usize,
    length: f64,
    state: Vec<Hermitian>,
    rate: Vec<Hermitian>,
}

impl Path {
    pub(crate) fn new() -> Self {
        Path {
            start: Vec::new(),
            nodes: std::array::from_fn(|_| Node::default()),
            seen: 0,
            length: 0.0,
            state: Vec::new(),
            rate: Vec::new(),
        }
    }

    /// The next time.
    pub(crate) fn see(
        &mut self,
        time: f64,
        state: Vec<Hermitian>,
        before: Option<Vec<Hermitian>>,
        after: Vec<Hermitian>,
    ) {
        let before = before.unwrap_or_else(|| after.clone());
        if self.seen == 0 {
            self.start = state.iter().map(Root::of).collect();
            (self.state, self.rate) = (state.clone(), after.clone());
        }
        let place = match self.seen {
            0 => 0,
            seen if seen % 2 == 1 => 1,
            _ => 2,
        };
        self.nodes[place] = Node { time, state, before, after };
        self.seen += 1;
        if place == 2 {
            self.length += self.panel();
            self.nodes.swap(0, 2);
        }
    }

    /// The length so far.
    pub(crate) fn length(&self) -> f64 {
        self.length
    }

    /// The angle to the start.
    pub(crate) fn angle(&self, state: &[Hermitian]) -> f64 {
        let root: f64 = self.start.iter().zip(state).map(|(start, block)| start.fidelity(block)).sum();
        root.clamp(-1.0, 1.0).acos()
    }

    fn panel(&mut self) -> f64 {
        let first = self.seen == 3;
        let nodes = std::mem::take(&mut self.nodes);
        let (mut state, mut rate) = (std::mem::take(&mut self.state), std::mem::take(&mut self.rate));
        let width = nodes[2].time - nodes[0].time;
        let mut speed = |x: f64| {
            interpolate(&nodes, width, x, &mut state, &mut rate);
            let information: f64 = state.iter().zip(&rate).map(|(rho, rate)| information(rho, rate)).sum();
            0.5 * width * information.max(0.0).sqrt()
        };
        let mut along = |u: f64| if first { 2.0 * u * speed(u * u) } else { speed(u) };
        let length = integral(&mut along, (0.0, 1.0), &mut { MOST_HALVED });
        (self.nodes, self.state, self.rate) = (nodes, state, rate);
        length
    }
}

/// Points and weights in [-1, 1] of Kronrod's sum of seven points and of Gauss's of three of them, after the one in the middle.
const MIDDLE: [f64; 2] = [0.450_916_538_658_474_1, 8.0 / 9.0];
const POINTS: [(f64, [f64; 2]); 3] = [
    (0.960_491_268_708_020_3, [0.104_656_226_026_467_27, 0.0]),
    (0.774_596_669_241_483_4, [0.268_488_089_868_333_44, 5.0 / 9.0]),
    (0.434_243_749_346_802_55, [0.401_397_414_775_962_2, 0.0]),
];

fn integral(f: &mut impl FnMut(f64) -> f64, (from, to): (f64, f64), left: &mut usize) -> f64 {
    let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
    let centre = f(middle);
    let (mut kronrod, mut gauss) = (MIDDLE[0] * centre, MIDDLE[1] * centre);
    for (x, [wide, narrow]) in POINTS {
        let both = f(middle - half * x) + f(middle + half * x);
        kronrod += wide * both;
        gauss += narrow * both;
    }
    let difference = half * (kronrod - gauss).abs();
    if difference <= DIFFERENCE || *left == 0 || !difference.is_finite() {
        return half * kronrod;
    }
    *left -= 1;
    integral(f, (from, middle), left) + integral(f, (middle, to), left)
}

/// State and rate of change (per time) at x in [0, 1].
fn interpolate(nodes: &[Node; 3], width: f64, x: f64, state: &mut [Hermitian], rate: &mut [Hermitian]) {
    // l_i^2 (1 - 2 l_i'(x_i)(x - x_i)) and l_i^2 (x - x_i) with their derivatives.
    let l = [(2.0 * x - 1.0) * (x - 1.0), 4.0 * x * (1.0 - x), x * (2.0 * x - 1.0)];
    let dl = [4.0 * x - 3.0, 4.0 - 8.0 * x, 4.0 * x - 1.0];
    let slope = [-3.0, 0.0, 3.0];
    let at = [0.0, 0.5, 1.0];
    let mut of = [[0.0; 4]; 3];
    for i in 0..3 {
        let (square, d_square) = (l[i] * l[i], 2.0 * l[i] * dl[i]);
        let (off, line) = (x - at[i], 1.0 - 2.0 * slope[i] * (x - at[i]));
        of[i] = [
            square * line,
            square * off * width,
            (d_square * line - 2.0 * slope[i] * square) / width,
            d_square * off + square,
        ];
    }
    let numbers = |block: usize| -> [[&[f64]; 2]; 3] {
        let rate = |i: usize| if i == 0 { &nodes[i].after } else { &nodes[i].before };
        std::array::from_fn(|i| [nodes[i].state[block].s(), rate(i)[block].s()])
    };
    for (block, (state, rate)) in state.iter_mut().zip(rate).enumerate() {
        let [[a, da], [b, db], [c, dc]] = numbers(block);
        let combine = |out: &mut [f64], f: usize, g: usize| {
            for (k, out) in out.iter_mut().enumerate() {
                *out = of[0][f] * a[k]
                    + of[0][g] * da[k]
                    + of[1][f] * b[k]
                    + of[1][g] * db[k]
                    + of[2][f] * c[k]
                    + of[2][g] * dc[k];
            }
        };
        combine(state.s_mut(), 0, 1);
        combine(rate.s_mut(), 2, 3);
    }
}

/// Re and Im of the entry above the diagonal of a qubit.
fn off(rho: &[f64]) -> (f64, f64) {
    (0.5 * (rho[1] + rho[2]), 0.5 * (rho[1] - rho[2]))
}

fn determinant(rho: &[f64]) -> f64 {
    let (re, im) = off(rho);
    (rho[0] * rho[3] - re * re - im * im).max(0.0)
}

/// I_Q of one block.
pub(crate) fn information(rho: &Hermitian, rate: &Hermitian) -> f64 {
    let share = |rate: f64, r: f64| if r > NOTHING { rate * rate / r } else { 0.0 };
    match rho.dim() {
        1 => share(rate.s()[0], rho.s()[0]),
        2 => {
            let bloch = |s: &[f64]| {
                let (re, im) = off(s);
                [2.0 * re, 2.0 * im, s[0] - s[3]]
            };
            let dot = |x: [f64; 3], y: [f64; 3]| x[0] * y[0] + x[1] * y[1] + x[2] * y[2];
            let (b, db) = (bloch(rho.s()), bloch(rate.s()));
            let (tau, dtau) = (rho.trace(), rate.trace());
            let (size, moved) = (dot(b, b).sqrt(), dot(db, db));
            // Every direction is that of a state without one.
            let along = if size > 1e-12 * tau { dot(b, db) / size } else { moved.sqrt() };
            let high = 0.5 * (tau + size);
            let low = determinant(rho.s()) / high;
            share(0.5 * (dtau + along), high)
                + share(0.5 * (dtau - along), low)
                + if tau > NOTHING { (moved - along * along).max(0.0) / tau } else { 0.0 }
        }
        n => {
            let empty = |s: &[f64]| (0..n * n).all(|k| k % (n + 1) == 0 || s[k] == 0.0);
            if empty(rho.s()) && empty(rate.s()) {
                return rho.populations().zip(rate.populations()).map(|(r, rate)| share(rate, r)).sum();
            }
            let Ok(eigen) = rho.to_complex().self_adjoint_eigen(Side::Lower) else { return f64::NAN };
            let (u, values) = (eigen.U(), eigen.S().column_vector());
            let turned = u.adjoint() * rate.to_complex() * u;
            let pair = |i: usize, j: usize| {
                let both = values[i].re + values[j].re;
                if both > NOTHING { 2.0 * turned[(i, j)].norm_sqr() / both } else { 0.0 }
            };
            (0..n).map(|i| (0..n).map(|j| pair(i, j)).sum::<f64>()).sum()
        }
    }
}

/// What makes sqrt(F) of one block with others.
#[derive(Debug)]
enum Root {
    /// Of one or two levels, itself.
    Small(Hermitian),
    /// K with K^dag K = rho, a row for each eigenvalue that is not 0.
    Rows(Mat<Complex64>),
}

impl Root {
    fn of(rho: &Hermitian) -> Self {
        if rho.dim() <= 2 {
            return Root::Small(rho.clone());
        }
        let n = rho.dim();
        // The iteration fails only on entries that are not finite.
        let Ok(eigen) = rho.to_complex().self_adjoint_eigen(Side::Lower) else {
            return Root::Rows(Mat::full(1, n, Complex64::from(f64::NAN)));
        };
        let (u, values) = (eigen.U(), eigen.S().column_vector());
        let kept: Vec<usize> = (0..n).filter(|&k| values[k].re > NOTHING).collect();
        Root::Rows(Mat::from_fn(kept.len(), n, |k, i| u[(i, kept[k])].conj() * values[kept[k]].re.sqrt()))
    }

    /// Tr sqrt(sqrt(rho) sigma sqrt(rho)).
    fn fidelity(&self, sigma: &Hermitian) -> f64 {
        match self {
            Root::Small(rho) if rho.dim() == 1 => (rho.s()[0] * sigma.s()[0]).max(0.0).sqrt(),
            Root::Small(rho) => {
                let root = (determinant(rho.s()) * determinant(sigma.s())).sqrt();
                (rho.expect(sigma) + 2.0 * root).max(0.0).sqrt()
            }
            Root::Rows(k) => {
                let matrix = k * sigma.to_complex() * k.adjoint();
                match matrix.nrows() {
                    0 => 0.0,
                    1 => matrix[(0, 0)].re.max(0.0).sqrt(),
                    _ => matrix
                        .self_adjoint_eigenvalues(Side::Lower)
                        .map_or(f64::NAN, |values| values.iter().map(|x| x.max(0.0).sqrt()).sum()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn qubit(p: f64, c: Complex64) -> Hermitian {
        Hermitian::from_s(2, vec![1.0 - p, c.re + c.im, c.re - c.im, p])
    }

    /// The same numbers as a block of three levels, the last one empty.
    fn padded(rho: &Hermitian) -> Hermitian {
        let s = rho.s();
        Hermitian::from_s(3, vec![s[0], s[1], 0.0, s[2], s[3], 0.0, 0.0, 0.0, 0.0])
    }

    #[test]
    fn closed_forms_of_a_qubit_are_those_of_eigenvectors() {
        let states = [(0.3, 0.2, 0.1), (0.5, 0.0, 0.0), (0.9, -0.1, 0.05), (0.5, 0.3, -0.2)];
        for (p, re, im) in states {
            let rho = qubit(p, Complex64::new(re, im));
            for (dp, dre, dim) in [(0.2, 0.1, -0.3), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0)] {
                let mut rate = qubit(dp, Complex64::new(dre, dim));
                rate.s_mut()[0] = -dp;
                let (two, three) = (information(&rho, &rate), information(&padded(&rho), &padded(&rate)));
                assert!((two - three).abs() < 1e-12 * three.max(1.0), "{two} {three}");
            }
            for (q, re, im) in states {
                let sigma = qubit(q, Complex64::new(re, im));
                let two = Root::of(&rho).fidelity(&sigma);
                let three = Root::of(&padded(&rho)).fidelity(&padded(&sigma));
                assert!((two - three).abs() < 1e-12, "{two} {three}");
            }
        }
    }

    /// The path of a function of time, and its angle at the end.
    fn followed(end: f64, norm: f64, at: &dyn Fn(f64) -> (Hermitian, Hermitian)) -> (f64, f64) {
        let mut path = Path::new();
        for time in path_times(&[end], end, norm, 10_000).unwrap() {
            let (state, rate) = at(time);
            path.see(time, vec![state], None, vec![rate]);
        }
        (path.angle(&[at(end).0]), path.length())
    }

    #[test]
    fn a_qubit_that_turns_moves_along_a_geodesic() {
        // Rabi oscillation of a pure state: angle = length = t until pi/2.
        for wide in [false, true] {
            let at = |t: f64| {
                let (sin, cos) = t.sin_cos();
                let rho = qubit(sin * sin, Complex64::new(0.0, sin * cos));
                let mut rate = qubit((2.0 * t).sin(), Complex64::new(0.0, (2.0 * t).cos()));
                rate.s_mut()[0] = -(2.0 * t).sin();
                if wide { (padded(&rho), padded(&rate)) } else { (rho, rate) }
            };
            let (angle, length) = followed(1.1, 2.0, &at);
            assert!((angle - 1.1).abs() < 1e-8 && (length - 1.1).abs() < 1e-9, "{angle} {length}");
            // Beyond pi/2 the way is longer than the angle.
            let (angle, length) = followed(2.0, 2.0, &at);
            assert!((angle - (std::f64::consts::PI - 2.0)).abs() < 1e-8 && (length - 2.0).abs() < 1e-9);
        }
    }

    #[test]
    fn a_level_that_decays_has_the_length_of_its_populations() {
        // p = e^-t: (1/2) int |p'|/sqrt(p (1-p)) = arccos sqrt(p), singular at the start.
        for wide in [false, true] {
            let at = |t: f64| {
                let p = (-t).exp();
                let mut rate = qubit(-p, Complex64::ZERO);
                rate.s_mut()[0] = p;
                let rho = qubit(p, Complex64::ZERO);
                if wide { (padded(&rho), padded(&rate)) } else { (rho, rate) }
            };
            let expected = (-0.5_f64).exp().acos();
            let (angle, length) = followed(1.0, 1.0, &at);
            assert!((angle - expected).abs() < 1e-12, "{angle} {expected}");
            assert!((length - expected).abs() < 1e-7, "{length} {expected}");
        }
    }

    #[test]
    fn energies_that_are_equal_count_as_one() {
        let space = BatterySpace::product(2, &[1.0, 1.0]);
        let mut energy = EnergySpace::of_density(&space);
        // The two middle levels exchange what the energy does not see.
        let levels = [(0.5, -0.2), (0.2, 0.3), (0.1, -0.3), (0.2, 0.2)];
        let found = energy.power(levels.into_iter(), 3.0);
        let information: f64 = 0.04 / 0.5 + 0.0 + 0.04 / 0.2;
        assert!((found - 3.0 * information.sqrt()).abs() < 1e-15, "{found}");
    }

    #[test]
    fn levels_that_hold_next_to_nothing_are_within_the_bound() {
        // p_e ~ x^e has dp_e/d ln x = (e - E) p_e, so that power and bound are both Var(H_B); of x = 5e-8 the second level holds 2.5e-15.
        let space = BatterySpace::ladder(2, 2, 1.0);
        for x in [0.3_f64, 5e-8, 1e-12] {
            let norm = 1.0 + x + x * x;
            let p = [1.0, x, x * x].map(|weight| weight / norm);
            let mean = p[1] + 2.0 * p[2];
            let variance: f64 = (0..3).map(|e| p[e] * (e as f64 - mean).powi(2)).sum();
            let levels = || (0..3).map(|e| (p[e], p[e] * (e as f64 - mean)));
            let of = |mut energy: EnergySpace| energy.power(levels(), variance.sqrt()) / variance;
            let (kets, density) = (of(EnergySpace::of_kets(&space)), of(EnergySpace::of_density(&space)));
            assert!((kets - 1.0).abs() < 1e-14, "{x}: {kets}");
            assert!((1.0 - 1e-14..1.0 + 4.0 * x.min(1e-6)).contains(&density) || x > 0.1, "{x}: {density}");
            assert!(x < 0.1 || (density - 1.0).abs() < 1e-14, "{x}: {density}");
        }
    }
}
