//! The action of a generator on S = Re rho + Im rho.
//!
//! With H = P + iQ, sum_k gamma_k L_k^dag L_k = G = G_r + iG_i, sqrt(gamma_k) L_k = X_k + iY_k and T = S^T the master
//! equation is real,
//!   S' = K S + S K^T - M T + T M^T + sum_k (X S X^T + Y S Y^T + Y T X^T - X T Y^T),
//!   K = Q - G_r/2,  M = P + G_i/2,
//! because -i[P, .] exchanges the two parts of rho and -i[iQ, .] keeps them. For real H and L only
//! K = -G_r/2, M = H and X remain.

use std::borrow::Cow;

use faer::Mat;
use num_complex::Complex64;

use super::carried::Couplings;
use super::diagonals::Diagonals;
use super::images::Images;
use super::kernel::{Jump, Kernel, Start, transpose};
use super::memory::{Members, Memory};
use super::pairs::Pairs;
use super::slabs::{Entry, Slabs};
use super::{Lindbladian, Modulation, Shape};
use crate::numerics::Term;
use crate::numerics::work::{Work, did};
use crate::operator::{Hermitian, Operator};

/// A generator compiled for fast application, on all n^2 numbers of S (row-major) or on those that matter from one start.
#[derive(Clone, Debug)]
pub struct Generator {
    dim: usize,
    drift: Diagonals,
    twist: Diagonals,
    jumps: Vec<Jump>,
    pass: Pass,
    modulations: Vec<(Pass, Shape)>,
    breakpoints: Vec<f64>,
    norm_bound: f64,
    frequency_bound: f64,
    /// H and channels as they were given, where levels are few or nothing is open.
    given: Option<Lindbladian>,
    /// The numbers that are carried, where it is not all of them.
    pairs: Option<Pairs>,
    /// Permutations of levels that leave all states as they are, and which numbers equal which.
    images: Option<(Images, Vec<(u32, u32)>)>,
    /// The members of a hierarchy, where the noise has memory.
    members: Option<Members>,
}

/// Most levels on which Z is also written down without rounding.
pub(crate) const FEW_LEVELS: usize = 8;

/// The compiled action on numbers and their mirror image.
#[derive(Clone, Debug)]
enum Pass {
    /// On whole matrices.
    Whole(Kernel),
    /// On carried numbers.
    Carried(Slabs),
}

impl Pass {
    /// The pass for all rows but those that are images of others.
    fn new(
        (pairs, images): (Option<&Pairs>, Option<&Images>),
        drift: &Diagonals,
        twist: &Diagonals,
        jumps: &[Jump],
    ) -> Self {
        match pairs {
            Some(pairs) => Pass::Carried(Couplings::new(drift, twist, jumps).compile(pairs, images)),
            None => Pass::Whole(Kernel::new(drift, twist, jumps, images)),
        }
    }

    fn apply(&self, s: &[f64], mirror: &[f64], scale: f64, start: Start, out: &mut [f64]) {
        match self {
            Pass::Whole(kernel) => kernel.apply(s, mirror, scale, start, out),
            Pass::Carried(slabs) => slabs.apply(s, mirror, scale, start, out),
        }
    }

    fn products(&self) -> usize {
        match self {
            Pass::Whole(kernel) => kernel.products(),
            Pass::Carried(slabs) => slabs.products(),
        }
    }

    fn mirrors(&self) -> bool {
        match self {
            Pass::Whole(_) => true,
            Pass::Carried(slabs) => slabs.mirrors(),
        }
    }
}

impl Generator {
    /// Compiles H and channels into real matrices by diagonals.
    pub fn new(lindbladian: &Lindbladian) -> Self {
        Self::on(lindbladian, None)
    }

    /// The same on what `start` reaches, where that is little enough to pay off: see [`carried`](Self::carried).
    ///
    /// Classes of kets that H conserves and weak symmetries of the channels are found on the graph of nonzero matrix elements.
    pub fn from_start(lindbladian: &Lindbladian, start: &Hermitian) -> Self {
        Self::on(lindbladian, Pairs::new(lindbladian, start, |_, _| true))
    }

    /// The same on chosen numbers, where they are not all.
    pub(crate) fn on(lindbladian: &Lindbladian, pairs: Option<Pairs>) -> Self {
        Self::with_images(lindbladian, pairs, None)
    }

    /// The same for states that permutations of levels leave as they are.
    pub(crate) fn with_images(
        lindbladian: &Lindbladian,
        pairs: Option<Pairs>,
        images: Option<Images>,
    ) -> Self {
        let images = images.and_then(|images| images.copies(pairs.as_ref()).map(|copies| (images, copies)));
        let chosen = (pairs.as_ref(), images.as_ref().map(|(images, _)| images));
        let dim = lindbladian.dim();
        let mut weight = Operator::zero(dim);
        let mut jumps = Vec::new();
        for channel in lindbladian.channels() {
            let jump = channel.jump.scaled(channel.rate.sqrt().into());
            weight = &weight + &(&jump.adjoint() * &jump);
            let part = |of: fn(Complex64) -> f64| {
                Diagonals::from_entries(dim, jump.entries().map(|(i, j, x)| (i, j, of(x))))
            };
            jumps.push(Jump { x: part(|x| x.re), y: part(|x| x.im) });
        }
        let drift = |h: &Operator, g: &Operator| {
            let damping = g.entries().map(|(i, j, x)| (i, j, -0.5 * x.re));
            Diagonals::from_entries(dim, h.entries().map(|(i, j, x)| (i, j, x.im)).chain(damping))
        };
        let twist = |h: &Operator, g: &Operator| {
            let shift = g.entries().map(|(i, j, x)| (i, j, 0.5 * x.im));
            Diagonals::from_entries(dim, h.entries().map(|(i, j, x)| (i, j, x.re)).chain(shift))
        };
        let h = lindbladian.hamiltonian();
        let none = Operator::zero(dim);
        let modulations: Vec<_> = lindbladian
            .modulations()
            .iter()
            .map(|Modulation { operator, shape }| {
                (Pass::new(chosen, &drift(operator, &none), &twist(operator, &none), &[]), shape.clone())
            })
            .collect();
        let (drift, twist) = (drift(h, &weight), twist(h, &weight));
        let bounds = |lindbladian: &Lindbladian| (lindbladian.norm_bound(), lindbladian.frequency_bound());
        let (norm_bound, frequency_bound) = match &pairs {
            Some(pairs) => bounds(&lindbladian.within(&pairs.levels())),
            None => bounds(lindbladian),
        };
        Generator {
            dim,
            pass: Pass::new(chosen, &drift, &twist, &jumps),
            drift,
            twist,
            jumps,
            modulations,
            breakpoints: lindbladian.breakpoints(),
            norm_bound,
            frequency_bound,
            given: (dim <= FEW_LEVELS || lindbladian.channels().is_empty()).then(|| lindbladian.clone()),
            pairs,
            images,
            members: None,
        }
    }

    /// The same with a field that remembers: as many copies of the numbers as its hierarchy has members, one after the other, the state first.
    pub(crate) fn with_memory(self, memory: Memory) -> Self {
        let norm_bound = self.norm_bound + memory.norm_bound();
        let at = |p: usize| self.pairs.as_ref().map_or((p / self.dim, p % self.dim), |pairs| pairs.at(p));
        let members = Some(Members::new(memory, (0..self.of_state()).map(at)));
        Generator { norm_bound, given: None, members, ..self }
    }

    /// Number of levels n.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// How many numbers are carried: n^2 of S, or those that matter, of every member of a hierarchy.
    pub fn numbers(&self) -> usize {
        self.of_state() * self.members.as_ref().map_or(1, Members::count)
    }

    /// How many numbers of S itself are carried.
    pub(crate) fn of_state(&self) -> usize {
        self.pairs.as_ref().map_or(self.dim * self.dim, Pairs::len)
    }

    /// Whether what is carried is all numbers of S.
    pub(crate) fn is_whole(&self) -> bool {
        self.pairs.is_none() && self.members.is_none()
    }

    /// Permutations of levels that leave all states as they are.
    pub(crate) fn images(&self) -> Option<&Images> {
        self.images.as_ref().map(|(images, _)| images)
    }

    /// The carried ones of the n^2 numbers of S, or of an observable; the other members of a hierarchy are 0.
    pub fn carried<'a>(&self, s: &'a [f64]) -> Cow<'a, [f64]> {
        let mut numbers = match &self.pairs {
            None => Cow::Borrowed(s),
            Some(pairs) => Cow::Owned(pairs.places().iter().map(|&p| s[p]).collect()),
        };
        if self.members.is_some() {
            numbers.to_mut().resize(self.numbers(), 0.0);
        }
        numbers
    }

    /// What is carried of a state at t = 0: in a hierarchy every member by what is known of the field then.
    pub(crate) fn started<'a>(&self, s: &'a [f64]) -> Cow<'a, [f64]> {
        let mut numbers = self.carried(s);
        if let Some(members) = &self.members {
            let (state, others) = numbers.to_mut().split_at_mut(self.of_state());
            for (weight, member) in
                members.memory.weights()[1..].iter().zip(others.chunks_exact_mut(state.len()))
            {
                member.iter_mut().zip(&*state).for_each(|(x, s)| *x = weight * s);
            }
        }
        numbers
    }

    /// Writes carried numbers of the state to their places among n^2; the others are left alone.
    pub fn place(&self, numbers: &[f64], s: &mut [f64]) {
        match &self.pairs {
            None => s.copy_from_slice(&numbers[..s.len()]),
            Some(pairs) => pairs.places().iter().zip(numbers).for_each(|(&p, &x)| s[p] = x),
        }
    }

    /// Where S_ij stands among the carried numbers, if it is carried.
    pub(crate) fn place_of(&self, i: usize, j: usize) -> Option<usize> {
        match &self.pairs {
            None => Some(i * self.dim + j),
            Some(pairs) => pairs.index(i, j),
        }
    }

    /// As in "49 levels, of which the start reaches 28 in blocks of up to 7: 140 of 2401 numbers".
    pub(crate) fn size(&self) -> String {
        let levels = self.pairs.as_ref().map_or(format!("{} levels", self.dim), Pairs::to_string);
        match &self.members {
            Some(members) => format!("{} members of {levels}", members.count()),
            None => levels,
        }
    }

    /// Whether the generator is the same at all times.
    pub fn is_constant(&self) -> bool {
        self.modulations.is_empty()
    }

    /// Times at which the Hamiltonian changes its form, increasing: no step of a method reaches across one.
    pub fn breakpoints(&self) -> &[f64] {
        &self.breakpoints
    }

    /// The longest step from a time, at most h, that misses no change of the Hamiltonian.
    pub(crate) fn longest_step(&self, time: f64, h: f64) -> f64 {
        self.modulations.iter().fold(h, |h, (_, shape)| shape.longest_step(time, h))
    }

    /// An upper bound on the spectral norm of the generator.
    pub fn norm_bound(&self) -> f64 {
        self.norm_bound
    }

    /// An upper bound on the frequencies of the Hamiltonian alone.
    pub(crate) fn frequency_bound(&self) -> f64 {
        self.frequency_bound
    }

    /// Multiplications of one application, those of its matrices that vanish left out.
    pub fn products(&self) -> usize {
        let of_state =
            self.pass.products() + self.modulations.iter().map(|(pass, _)| pass.products()).sum::<usize>();
        let members = self.members.as_ref().map_or(0, |members| 3 * members.count() * self.of_state());
        of_state * self.numbers() / self.of_state().max(1) + members
    }

    /// About how many numbers each one is coupled to.
    pub(crate) fn neighbours(&self) -> f64 {
        match &self.pass {
            Pass::Whole(kernel) => 2.0 * kernel.entries_of_a_row(),
            Pass::Carried(slabs) => slabs.products() as f64 / self.of_state().max(1) as f64,
        }
    }

    /// dS/dt at `time`, written to `out`; `mirror` is scratch of the same size.
    ///
    /// # Panics
    /// When a slice does not hold the carried [`numbers`](Self::numbers).
    pub fn apply(&self, time: f64, s: &[f64], out: &mut [f64], mirror: &mut [f64]) {
        did(Work::Application);
        let size = self.numbers();
        assert!(s.len() == size && out.len() == size && mirror.len() == size, "states hold {size} numbers");
        let each = self.of_state();
        let parts = s.chunks_exact(each).zip(out.chunks_exact_mut(each)).zip(mirror.chunks_exact_mut(each));
        parts.for_each(|((s, out), mirror)| self.apply_to_state(time, s, out, mirror));
        if let Some(members) = &self.members {
            members.add(s, mirror, out);
        }
    }

    /// The action on one state, or on one member.
    fn apply_to_state(&self, time: f64, s: &[f64], out: &mut [f64], mirror: &mut [f64]) {
        let mirrors = || self.pass.mirrors() || self.modulations.iter().any(|(pass, _)| pass.mirrors());
        match &self.pairs {
            None => transpose(self.dim, s, mirror),
            Some(pairs) if self.members.is_some() || mirrors() => {
                mirror.iter_mut().zip(pairs.mirror()).for_each(|(y, &p)| *y = s[p as usize]);
            }
            Some(_) => (),
        }
        self.pass.apply(s, mirror, 1.0, Start::Zero, out);
        for (pass, shape) in &self.modulations {
            pass.apply(s, mirror, shape.at(time), Start::Here, out);
        }
        if let Some((_, copies)) = &self.images {
            copies.iter().for_each(|&(to, from)| out[to as usize] = out[from as usize]);
        }
    }

    /// The entries of a constant Z on few levels, without rounding.
    pub(crate) fn terms(&self) -> Option<Vec<Term>> {
        self.given.as_ref().filter(|_| self.has_terms()).map(Lindbladian::terms)
    }

    /// Whether [`terms`](Self::terms) has them.
    pub(crate) fn has_terms(&self) -> bool {
        self.dim <= FEW_LEVELS && self.is_constant() && self.members.is_none()
    }

    /// The members of the hierarchy and what couples them.
    pub(crate) fn memory(&self) -> Option<&Memory> {
        self.members.as_ref().map(|members| &members.memory)
    }

    /// H as it was given, where there is no channel.
    pub(crate) fn closed(&self) -> Option<&Lindbladian> {
        self.given.as_ref().filter(|given| given.channels().is_empty())
    }

    /// Z as a dense matrix between the carried numbers.
    pub(crate) fn dense(&self) -> Mat<f64> {
        let size = self.numbers();
        let mut z = Mat::zeros(size, size);
        for (i, j, x) in self.superoperator() {
            z[(i, j)] += x;
        }
        z
    }

    /// Entries (row, column, value) of the real matrix Z with vec(S)' = Z vec(S), between the carried numbers: all n^2, row-major, or those
    /// that matter.
    ///
    /// Modulated parts are left out; repeated positions add up.
    pub fn superoperator(&self) -> Vec<(usize, usize, f64)> {
        let of_state = self.on_state();
        let Some(members) = &self.members else { return of_state };
        let each = self.of_state();
        let (mut entries, mut row) = (Vec::new(), Vec::new());
        for n in 0..members.count() {
            let first = n * each;
            entries.extend(of_state.iter().map(|&(i, j, x)| (first + i, first + j, x)));
            for p in 0..each {
                row.clear();
                members.row(n, p, &mut row);
                entries.extend(row.iter().map(|&Entry { mirrored, column, weight }| {
                    let column = if mirrored { self.image(column) } else { column };
                    (first + p, column, weight)
                }));
            }
        }
        entries
    }

    /// The places of the populations of the state among what is carried.
    pub(crate) fn populations(&self) -> Vec<usize> {
        let on_diagonal = |p: &usize| match &self.pairs {
            Some(pairs) => pairs.at(*p).0 == pairs.at(*p).1,
            None => p / self.dim == p % self.dim,
        };
        (0..self.of_state()).filter(on_diagonal).collect()
    }

    /// Which carried number is the mirror image of another, S_ji of S_ij in the same member.
    pub(crate) fn image(&self, p: usize) -> usize {
        let each = self.of_state();
        let (member, p) = (p / each * each, p % each);
        member
            + match &self.pairs {
                Some(pairs) => pairs.mirror()[p] as usize,
                None => p % self.dim * self.dim + p / self.dim,
            }
    }

    /// The entries of Z on the state, or on one member.
    fn on_state(&self) -> Vec<(usize, usize, f64)> {
        if let Some(pairs) = &self.pairs {
            let couplings = Couplings::new(&self.drift, &self.twist, &self.jumps);
            let (mut entries, mut row) = (Vec::new(), Vec::new());
            for p in 0..pairs.len() {
                row.clear();
                couplings.row(pairs, p, &mut row);
                entries.extend(row.iter().map(|&Entry { mirrored, column, weight }| {
                    (p, if mirrored { pairs.mirror()[column] as usize } else { column }, weight)
                }));
            }
            return entries;
        }
        let n = self.dim;
        let mut entries = Vec::new();
        for (i, l, x) in self.drift.entries() {
            for j in 0..n {
                entries.push((i * n + j, l * n + j, x)); // K_il S_lj
                entries.push((j * n + i, j * n + l, x)); // S_jl K_il
            }
        }
        for (i, l, x) in self.twist.entries() {
            for j in 0..n {
                entries.push((i * n + j, j * n + l, -x)); // -M_il T_lj
                entries.push((j * n + i, l * n + j, x)); // T_jl M_il
            }
        }
        for Jump { x, y } in &self.jumps {
            for (left, right, sign, flipped) in
                [(x, x, 1.0, false), (y, y, 1.0, false), (y, x, 1.0, true), (x, y, -1.0, true)]
            {
                for (i, l, a) in left.entries() {
                    for (j, m, b) in right.entries() {
                        let column = if flipped { m * n + l } else { l * n + m };
                        entries.push((i * n + j, column, sign * a * b));
                    }
                }
            }
        }
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lindblad::Channel;
    use crate::operator::Hermitian;

    /// A complex Hamiltonian with complex channels, so that P, Q, X, Y, G_i all matter.
    fn sample() -> (Lindbladian, Hermitian) {
        let n = 5;
        let entry = |i: usize, j: usize| {
            Complex64::new((i * 3 + j) as f64 * 0.17 - 1.0, (i as f64 - 2.0 * j as f64) * 0.11)
        };
        let any = Operator::from_entries(n, (0..n).flat_map(|i| (0..n).map(move |j| (i, j, entry(i, j)))));
        let jump = Operator::from_entries(
            n,
            [(0, 1, entry(1, 2)), (2, 4, entry(0, 3)), (3, 3, entry(2, 2)), (4, 0, entry(4, 1))],
        );
        let channels =
            vec![Channel { rate: 0.7, jump }, Channel { rate: 0.4, jump: Operator::annihilation(n) }];
        let psi: Vec<_> = (0..n).map(|i| entry(i, 2 * i)).collect();
        (Lindbladian::new(any.plus_adjoint(), channels).unwrap(), Hermitian::projector(&psi))
    }

    /// The master equation as it is printed, with complex dense loops.
    fn direct(l: &Lindbladian, rho: &Hermitian) -> Vec<Complex64> {
        let n = rho.dim();
        let dense = |o: &Operator| (0..n * n).map(|p| o.get(p / n, p % n)).collect::<Vec<_>>();
        let mul = |a: &[Complex64], b: &[Complex64]| -> Vec<Complex64> {
            (0..n * n).map(|p| (0..n).map(|k| a[p / n * n + k] * b[k * n + p % n]).sum()).collect()
        };
        let r: Vec<_> = (0..n * n).map(|p| rho.get(p / n, p % n)).collect();
        let h = dense(l.hamiltonian());
        let mut out: Vec<Complex64> =
            mul(&h, &r).iter().zip(mul(&r, &h)).map(|(a, b)| -Complex64::I * (a - b)).collect();
        for c in l.channels() {
            let (j, jd) = (dense(&c.jump), dense(&c.jump.adjoint()));
            let w = mul(&jd, &j);
            let (gain, left, right) = (mul(&mul(&j, &r), &jd), mul(&w, &r), mul(&r, &w));
            for p in 0..n * n {
                out[p] += c.rate * (gain[p] - 0.5 * (left[p] + right[p]));
            }
        }
        out
    }

    #[test]
    fn compiled_generator_is_the_master_equation() {
        let (l, rho) = sample();
        let n = l.dim();
        let generator = Generator::new(&l);
        let mut out = vec![0.0; n * n];
        generator.apply(0.0, rho.s(), &mut out, &mut vec![0.0; n * n]);
        let expected = direct(&l, &rho);
        let mut by_terms = vec![0.0; n * n];
        for (p, q, [a, b, c]) in l.terms() {
            by_terms[p] += a * b * c * rho.s()[q];
        }
        let mut by_matrix = vec![0.0; n * n];
        for (p, q, x) in generator.superoperator() {
            by_matrix[p] += x * rho.s()[q];
        }
        for p in 0..n * n {
            assert!((out[p] - (expected[p].re + expected[p].im)).abs() < 1e-12, "{p}");
            assert!((by_matrix[p] - out[p]).abs() < 1e-12, "{p}");
            assert!((by_terms[p] - out[p]).abs() < 1e-12, "{p}");
        }
        let trace: f64 = out.iter().step_by(n + 1).sum();
        assert!(trace.abs() < 1e-13);
    }

    #[test]
    fn adjoint_gives_the_rate_of_change_of_an_observable() {
        let (l, rho) = sample();
        let n = l.dim();
        let o = Operator::number(n);
        let mut out = vec![0.0; n * n];
        Generator::new(&l).apply(0.0, rho.s(), &mut out, &mut vec![0.0; n * n]);
        let rate = Hermitian::from_s(n, out).expect(&Hermitian::from_operator(&o));
        assert!((rate - rho.expect(&Hermitian::from_operator(&l.adjoint(&o)))).abs() < 1e-12);
    }

    #[test]
    fn the_bound_on_the_norm_is_one_and_no_large_one() {
        let mut random = fastrand::Rng::with_seed(3);
        for case in 0..60 {
            let n = 2 + case % 5;
            let mut any = |size: f64, filled: f64| {
                let entries = (0..n * n).map(|p| {
                    let x = Complex64::new(random.f64() - 0.5, random.f64() - 0.5);
                    (p / n, p % n, if random.f64() < filled { size * x } else { Complex64::ZERO })
                });
                Operator::from_entries(n, entries.collect::<Vec<_>>())
            };
            // Coherent, dissipative, and mixed ones; a large diagonal that all levels share moves nothing.
            let h = any([1.0, 0.0, 3.0][case % 3], 0.7).plus_adjoint() + 50.0 * Operator::identity(n);
            let channels =
                (0..case % 4).map(|k| Channel { rate: 0.3 + k as f64, jump: any(1.0, 0.5) }).collect();
            let generator = Generator::new(&Lindbladian::new(h, channels).unwrap());
            let (bound, norm) = (generator.norm_bound(), generator.dense().svd().unwrap().S()[0]);
            assert!(norm <= bound * (1.0 + 1e-14) + 1e-13, "case {case}: {norm} {bound}");
            assert!(bound <= 10.0 * norm + 1e-12, "case {case}: {norm} {bound}");
        }
        // Met by one frequency, and by one rate.
        let of = |h: &[f64], channels| {
            let generator = Generator::new(&Lindbladian::new(Operator::diagonal(h), channels).unwrap());
            (generator.norm_bound(), generator.dense().svd().unwrap().S()[0])
        };
        let (bound, norm) = of(&[1.0, 4.0], vec![]);
        assert!((bound - 3.0).abs() < 1e-14 && (norm - 3.0).abs() < 1e-14);
        let (bound, norm) = of(&[0.0, 0.0], vec![Channel { rate: 0.8, jump: Operator::spin_lowering(2) }]);
        assert!((norm - 0.8 * 2_f64.sqrt()).abs() < 1e-14 && (bound - 1.6).abs() < 1e-14);
    }

    #[test]
    fn modulated_part_follows_its_cosine() {
        let (l, rho) = sample();
        let n = l.dim();
        let (frequency, phase, time) = (1.3, 0.4, 2.1);
        let v = l.hamiltonian().clone();
        let modulated = Lindbladian::modulated(
            Operator::zero(n),
            vec![],
            vec![Modulation { operator: v.clone(), shape: Shape::Cosine { frequency, phase } }],
        );
        let scaled = Lindbladian::new((frequency * time + phase).cos() * v, vec![]).unwrap();
        let mut scratch = vec![0.0; n * n];
        let (mut a, mut b) = (scratch.clone(), scratch.clone());
        Generator::new(&modulated.unwrap()).apply(time, rho.s(), &mut a, &mut scratch);
        Generator::new(&scaled).apply(time, rho.s(), &mut b, &mut scratch);
        assert!(a.iter().zip(&b).all(|(x, y)| (x - y).abs() < 1e-12));
    }
}
