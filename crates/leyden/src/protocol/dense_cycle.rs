//! A cycle as matrices, on the numbers of S that the initial state reaches.
//!
//! A flow over one shown interval is e^{Z dt}, exact up to rounding. The energy that a load absorbs in it is linear in the state:
//!   d/dt (x, w) = [[Z, 0], [f^T, 0]] (x, w),
//! so that the last row of the exponential of the larger matrix holds int_0^dt f^T e^{Zs} ds.

use faer::{Mat, MatRef};

use super::setting::Setting;
use super::stroke::{Action, Flow, Instant, Stroke};
use crate::evolve::{Functional, integrated};
use crate::numerics::exponential;
use crate::operator::Hermitian;

/// Most numbers: matrices of this size are exponentiated and diagonalised in a second or so.
const MOST_NUMBERS: usize = 260;
/// Most joint levels whose reached numbers are looked for.
const MOST_LEVELS: usize = 80;
/// Beyond this ||Z|| dt, squaring loses digits that the fixed point needs.
const LARGEST_TURN: f64 = 1e4;

/// Every stroke as a matrix.
pub(crate) struct DenseCycle {
    dim: usize,
    /// Positions in S.
    kept: Vec<usize>,
    /// One for each stroke; `None` for an extraction, which is not linear.
    strokes: Vec<Option<DenseStroke>>,
}

/// One linear stroke.
pub(crate) struct DenseStroke {
    /// From one shown time to the next.
    pub(crate) step: Mat<f64>,
    /// What the load absorbs on the way.
    pub(crate) load: Option<Vec<f64>>,
    /// The way back to the common frame, at the end.
    pub(crate) back: Option<Mat<f64>>,
    points: usize,
}

impl DenseCycle {
    /// `None` where a stroke is modulated or too stiff, or too many numbers are reached.
    pub(crate) fn new(setting: &Setting<'_>, strokes: &[Stroke], rho0: &Hermitian) -> Option<Self> {
        let n = rho0.dim();
        if n > MOST_LEVELS {
            return None;
        }
        let is_tame = |stroke: &Stroke| {
            stroke.flow().is_none_or(|Flow { generator, .. }| {
                let turn = generator.norm_bound() * stroke.duration / stroke.points as f64;
                generator.is_constant() && turn <= LARGEST_TURN
            })
        };
        if !strokes.iter().all(is_tame) {
            return None;
        }
        let kept = reached(setting, strokes, rho0)?;
        let mut place = vec![usize::MAX; n * n];
        kept.iter().enumerate().for_each(|(k, &p)| place[p] = k);
        let size = kept.len();
        let columns = |apply: &dyn Fn(&Hermitian) -> Hermitian| {
            let mut matrix = Mat::zeros(size, size);
            for (column, &p) in kept.iter().enumerate() {
                let image = apply(&unit(n, p));
                kept.iter().enumerate().for_each(|(row, &q)| matrix[(row, column)] = image.s()[q]);
            }
            matrix
        };
        let dense = |stroke: &Stroke| match &stroke.action {
            Action::Instant(Instant::Extract { .. }) => None,
            Action::Instant(instant) => {
                let step = columns(&|rho| instant.apply(rho, setting));
                Some(DenseStroke { step, load: None, back: None, points: 1 })
            }
            Action::Flow(flow) => {
                let Flow { generator, load, back, .. } = &**flow;
                let (dt, more) = (stroke.duration / stroke.points as f64, usize::from(load.is_some()));
                let mut z = Mat::<f64>::zeros(size + more, size + more);
                for (i, j, x) in generator.superoperator() {
                    if place[i] != usize::MAX && place[j] != usize::MAX {
                        z[(place[i], place[j])] += dt * x;
                    }
                }
                if let Some(load) = load {
                    kept.iter().enumerate().for_each(|(k, &p)| z[(size, k)] = dt * load.s()[p]);
                }
                let e = exponential(z.as_ref());
                Some(DenseStroke {
                    step: Mat::from_fn(size, size, |i, j| e[(i, j)]),
                    load: load.as_ref().map(|_| (0..size).map(|j| e[(size, j)]).collect()),
                    back: back.as_ref().map(|back| columns(&|rho| rho.conjugated_by(back))),
                    points: stroke.points,
                })
            }
        };
        let strokes = strokes.iter().map(dense).collect();
        Some(DenseCycle { dim: n, kept, strokes })
    }

    pub(crate) fn size(&self) -> usize {
        self.kept.len()
    }

    /// The matrix of a stroke; `None` for an extraction.
    pub(crate) fn stroke(&self, index: usize) -> Option<&DenseStroke> {
        self.strokes[index].as_ref()
    }

    /// The whole cycle; `None` with an extraction in it.
    pub(crate) fn matrix(&self) -> Option<Mat<f64>> {
        let size = self.kept.len();
        self.strokes.iter().try_fold(Mat::identity(size, size), |all: Mat<f64>, stroke| {
            stroke.as_ref().map(|stroke| stroke.whole() * all)
        })
    }

    /// Integrals of flows over one shown interval of a stroke, one row for each.
    pub(crate) fn integrals(&self, stroke: &Stroke, flows: &[Functional]) -> Mat<f64> {
        let size = self.kept.len();
        let Some(Flow { generator, .. }) = stroke.flow() else { return Mat::zeros(0, size) };
        let place = |p: usize| self.kept.binary_search(&p).ok();
        let mut z = Mat::<f64>::zeros(size, size);
        for (i, j, x) in generator.superoperator() {
            if let (Some(i), Some(j)) = (place(i), place(j)) {
                z[(i, j)] += x;
            }
        }
        let flows: Vec<Functional> = flows.iter().map(|flow| flow.on(&place)).collect();
        integrated(z.as_ref(), &flows, stroke.duration / stroke.points as f64)
    }

    /// The kept numbers of a state.
    pub(crate) fn restrict(&self, rho: &Hermitian) -> Vec<f64> {
        self.kept.iter().map(|&p| rho.s()[p]).collect()
    }

    /// The state with these numbers.
    pub(crate) fn extend<'x>(&self, x: impl IntoIterator<Item = &'x f64>) -> Hermitian {
        let mut rho = Hermitian::zero(self.dim);
        self.kept.iter().zip(x).for_each(|(&p, &x)| rho.s_mut()[p] = x);
        rho
    }
}

impl DenseStroke {
    /// The map of the stroke from its start to its end.
    pub(crate) fn whole(&self) -> Mat<f64> {
        let all = power(self.step.as_ref(), self.points);
        match &self.back {
            Some(back) => back * all,
            None => all,
        }
    }
}

fn unit(n: usize, p: usize) -> Hermitian {
    let mut one = Hermitian::zero(n);
    one.s_mut()[p] = 1.0;
    one
}

/// a^k by squaring.
fn power(a: MatRef<'_, f64>, mut k: usize) -> Mat<f64> {
    let mut result = Mat::identity(a.nrows(), a.nrows());
    let mut square = a.to_owned();
    while k > 0 {
        if k % 2 == 1 {
            result = &square * result;
        }
        k /= 2;
        if k > 0 {
            square = &square * &square;
        }
    }
    result
}

/// Positions in S that strokes lead to from the initial state; an extraction may lead anywhere.
fn reached(setting: &Setting<'_>, strokes: &[Stroke], rho0: &Hermitian) -> Option<Vec<usize>> {
    let n = rho0.dim();
    if strokes.iter().any(|stroke| !stroke.is_linear()) {
        return (n * n <= MOST_NUMBERS).then(|| (0..n * n).collect());
    }
    let mut flows: Vec<Vec<u32>> = vec![Vec::new(); n * n];
    for flow in strokes.iter().filter_map(Stroke::flow) {
        for (i, j, x) in flow.generator.superoperator() {
            if i != j && x != 0.0 {
                flows[j].push(i as u32);
            }
        }
    }
    let mut known = vec![false; n * n];
    let mut kept: Vec<usize> = (0..n * n).filter(|&p| rho0.s()[p] != 0.0).collect();
    kept.iter().for_each(|&p| known[p] = true);
    let mut next = 0;
    while next < kept.len() {
        if kept.len() > MOST_NUMBERS {
            return None;
        }
        let p = kept[next];
        next += 1;
        let mut meet = |q: usize| {
            if !known[q] {
                known[q] = true;
                kept.push(q);
            }
        };
        flows[p].iter().for_each(|&q| meet(q as usize));
        for stroke in strokes {
            let image = match &stroke.action {
                Action::Instant(instant) => instant.apply(&unit(n, p), setting),
                Action::Flow(flow) => flow.to_common(unit(n, p)),
            };
            image.s().iter().enumerate().filter(|(_, x)| **x != 0.0).for_each(|(q, _)| meet(q));
        }
    }
    kept.sort_unstable();
    (kept.len() <= MOST_NUMBERS).then_some(kept)
}
