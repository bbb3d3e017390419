//! Integrals of expectation values beside the state: W(t) = int_0^t Tr[X(s) rho(s)] ds, X(t) = X_0 + sum_k f_k(t) X_k.
//!
//! They are further components of the linear system, d/dt (rho, W) = (Z rho, Tr[X rho]), which every method appends in its own way, so that they are
//! as accurate as the state and independent of the times that are shown. The state does not depend on them: no step does either.

use crate::lindblad::{Generator, Modulation, Shape};
use crate::operator::Operator;

/// An operator X_0 + sum_k f_k(t) X_k.
#[derive(Clone, Debug)]
pub(crate) struct TimeOperator {
    pub(crate) constant: Operator,
    pub(crate) parts: Vec<Modulation>,
}

impl TimeOperator {
    pub(crate) fn constant(constant: Operator) -> Self {
        TimeOperator { constant, parts: Vec::new() }
    }

    pub(crate) fn zero(dim: usize) -> Self {
        Self::constant(Operator::zero(dim))
    }
}

/// Entries (place, value) of an observable.
type Entries = Vec<(u32, f64)>;

/// Tr[X(t) rho] on the numbers that a generator carries.
#[derive(Clone, Debug, Default)]
pub struct Functional {
    constant: Entries,
    parts: Vec<(Shape, Entries)>,
}

impl Functional {
    pub(crate) fn new(x: &TimeOperator, generator: &Generator) -> Self {
        Self::placed(x, &|i, j| generator.place_of(i, j))
    }

    /// On all n^2 numbers.
    pub(crate) fn whole(x: &TimeOperator) -> Self {
        let n = x.constant.dim();
        Self::placed(x, &|i, j| Some(i * n + j))
    }

    /// On the first member behind the state of a hierarchy.
    pub(crate) fn of_first_member(x: &TimeOperator, generator: &Generator) -> Self {
        Self::new(x, generator).on(&|place| Some(place + generator.of_state()))
    }

    /// On some of the numbers, those that have a place among them.
    pub(crate) fn on(&self, place: &dyn Fn(usize) -> Option<usize>) -> Self {
        let moved = |entries: &Entries| {
            let moved = entries.iter().filter_map(|&(p, x)| Some((place(p as usize)? as u32, x)));
            moved.collect::<Entries>()
        };
        let parts = self.parts.iter().map(|(shape, part)| (shape.clone(), moved(part))).collect();
        Functional { constant: moved(&self.constant), parts }
    }

    fn placed(x: &TimeOperator, place: &dyn Fn(usize, usize) -> Option<usize>) -> Self {
        let entries = |operator: &Operator| {
            let entry = |(i, j, x): (usize, usize, num_complex::Complex64)| {
                // Tr[X rho] = sum_ij (Re X + Im X)_ij S_ij.
                Some((place(i, j)? as u32, x.re + x.im))
            };
            operator.entries().filter_map(entry).filter(|(_, x)| *x != 0.0).collect::<Entries>()
        };
        let parts = x.parts.iter().map(|part| (part.shape.clone(), entries(&part.operator)));
        Functional { constant: entries(&x.constant), parts: parts.collect() }
    }

    /// Its value at a time.
    pub(crate) fn at(&self, time: f64, s: &[f64]) -> f64 {
        let parts = self.parts.iter().map(|(shape, part)| shape.at(time) * dot(part, s));
        dot(&self.constant, s) + parts.sum::<f64>()
    }

    /// Its value where it does not depend on time.
    pub(super) fn constant_part(&self, s: &[f64]) -> f64 {
        dot(&self.constant, s)
    }

    /// Entries (place, value) where it does not depend on time.
    pub(super) fn constant_entries(&self) -> &[(u32, f64)] {
        &self.constant
    }
}

fn dot(x: &[(u32, f64)], s: &[f64]) -> f64 {
    // A sum of nothing is -0.
    0.0 + x.iter().map(|&(place, x)| x * s[place as usize]).sum::<f64>()
}
