//! Sums of products of operators of single sites: sum_k c_k(t) prod_s O_{k,s}.
//!
//! Levels of a site count from 0, the lowest. With |g> = 0 and |e> = 1 of a qubit:
//!   sp = |e><g|, sm = |g><e|, X = sp + sm, Y = -i(sp - sm), Z = |e><e| - |g><g|, n = |e><e|;
//! of d levels sp and sm are those of a spin (d-1)/2, S^+ and S^-, Sx = (S^+ + S^-)/2, Sy = -i(S^+ - S^-)/2, Sz = n - (d-1)/2.

use std::collections::HashMap;
use std::ops::{Add, Mul, Neg, Sub};

use num_complex::Complex64;

use crate::lindblad::{TimeFunction, product, sum};
use crate::operator::Operator;

/// An operator of one site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Letter {
    /// Pauli X of a qubit.
    X,
    /// Pauli Y of a qubit.
    Y,
    /// Pauli Z of a qubit.
    Z,
    /// sp: one level up, with the elements of a spin.
    Raise,
    /// sm: one level down.
    Lower,
    /// n: the number of the level.
    Number,
    /// a of an oscillator.
    Annihilate,
    /// a^dag of an oscillator.
    Create,
    /// S_x of a spin.
    Sx,
    /// S_y of a spin.
    Sy,
    /// S_z of a spin.
    Sz,
    /// `|k><l|`.
    Transition(usize, usize),
}

impl Letter {
    /// This operator on a site.
    pub fn on(self, site: usize) -> Terms {
        Terms { list: vec![Term { coefficient: TimeFunction::ONE, factors: vec![(site, vec![self])] }] }
    }

    /// As a matrix on so many levels.
    pub(crate) fn matrix(self, levels: usize) -> Operator {
        let raise = || Operator::spin_lowering(levels).adjoint();
        let lower = || Operator::spin_lowering(levels);
        let imaginary = Complex64::new(0.0, -1.0);
        let middle = 0.5 * (levels as f64 - 1.0);
        let centred = || Operator::diagonal(&(0..levels).map(|n| n as f64 - middle).collect::<Vec<_>>());
        match self {
            Letter::X => lower().plus_adjoint(),
            Letter::Y => (&raise() - &lower()).scaled(imaginary),
            Letter::Z => 2.0 * centred(),
            Letter::Raise => raise(),
            Letter::Lower => lower(),
            Letter::Number => Operator::number(levels),
            Letter::Annihilate => Operator::annihilation(levels),
            Letter::Create => Operator::annihilation(levels).adjoint(),
            Letter::Sx => 0.5 * lower().plus_adjoint(),
            Letter::Sy => (&raise() - &lower()).scaled(0.5 * imaginary),
            Letter::Sz => centred(),
            Letter::Transition(k, l) if k.max(l) < levels => {
                Operator::from_entries(levels, [(k, l, Complex64::ONE)])
            }
            // Levels that are cut off.
            Letter::Transition(..) => Operator::zero(levels),
        }
    }

    fn adjoint(self) -> Self {
        match self {
            Letter::Raise => Letter::Lower,
            Letter::Lower => Letter::Raise,
            Letter::Annihilate => Letter::Create,
            Letter::Create => Letter::Annihilate,
            Letter::Transition(k, l) => Letter::Transition(l, k),
            hermitian => hermitian,
        }
    }
}

/// The product of some letters on one site, as a matrix.
pub(crate) fn word(letters: &[Letter], levels: usize) -> Operator {
    let mut matrices = letters.iter().map(|letter| letter.matrix(levels));
    let first = matrices.next().unwrap_or_else(|| Operator::identity(levels));
    matrices.fold(first, |product, matrix| &product * &matrix)
}

/// Sites with what acts on them.
type Factors = Vec<(usize, Vec<Letter>)>;

/// c(t) prod_s O_s.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// c.
    pub coefficient: TimeFunction,
    /// Sites, increasing, with what acts on each, in the order in which it is written: the last acts first.
    pub factors: Vec<(usize, Vec<Letter>)>,
}

impl Term {
    fn times(&self, other: &Term) -> Term {
        let mut factors = self.factors.clone();
        for (site, letters) in &other.factors {
            match factors.binary_search_by_key(site, |factor| factor.0) {
                Ok(place) => factors[place].1.extend(letters),
                Err(place) => factors.insert(place, (*site, letters.clone())),
            }
        }
        Term { coefficient: product([self.coefficient.clone(), other.coefficient.clone()]), factors }
    }

    fn adjoint(&self) -> Term {
        let reversed = |letters: &[Letter]| letters.iter().rev().map(|letter| letter.adjoint()).collect();
        Term {
            coefficient: self.coefficient.clone().conjugate(),
            factors: self.factors.iter().map(|(site, letters)| (*site, reversed(letters))).collect(),
        }
    }
}

/// A sum of terms.
///
/// ```
/// use leyden::parts::{Letter, Terms};
///
/// // X_0 X_1 + 0.5 n_1
/// let terms: Terms = Letter::X.on(0) * Letter::X.on(1) + Letter::Number.on(1) * 0.5;
/// assert_eq!(terms.len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    list: Vec<Term>,
}

impl Terms {
    /// No terms.
    pub fn zero() -> Self {
        Terms::default()
    }

    /// A number, or a function of time, times the identity.
    pub fn number(x: impl Into<TimeFunction>) -> Self {
        let coefficient = x.into();
        match coefficient.constant() == Some(Complex64::ZERO) {
            true => Terms::zero(),
            false => Terms { list: vec![Term { coefficient, factors: Vec::new() }] },
        }
    }

    /// From a list.
    pub fn of(list: Vec<Term>) -> Self {
        Terms { list }
    }

    /// The terms.
    pub fn list(&self) -> &[Term] {
        &self.list
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The adjoint.
    pub fn adjoint(&self) -> Self {
        Terms { list: self.list.iter().map(Term::adjoint).collect() }
    }

    /// Times a number or a function of time.
    pub fn scaled(mut self, factor: impl Into<TimeFunction>) -> Self {
        let factor = factor.into();
        for term in &mut self.list {
            term.coefficient =
                product([factor.clone(), std::mem::replace(&mut term.coefficient, TimeFunction::ZERO)]);
        }
        self.list.retain(|term| term.coefficient.constant() != Some(Complex64::ZERO));
        self
    }

    /// Terms of the same factors as one; those that cancel are gone.
    pub fn gathered(self) -> Self {
        let mut found: HashMap<Factors, (usize, Vec<TimeFunction>)> = HashMap::new();
        for term in self.list {
            let place = found.len();
            found.entry(term.factors).or_insert((place, Vec::new())).1.push(term.coefficient);
        }
        let mut list: Vec<(usize, Term)> = found
            .into_iter()
            .map(|(factors, (place, coefficients))| (place, Term { coefficient: sum(coefficients), factors }))
            .filter(|(_, term)| term.coefficient.constant() != Some(Complex64::ZERO))
            .collect();
        // In the order in which they were written.
        list.sort_by_key(|(place, _)| *place);
        Terms { list: list.into_iter().map(|(_, term)| term).collect() }
    }

    /// Sites on which it acts, increasing.
    pub fn sites(&self) -> Vec<usize> {
        let mut sites: Vec<usize> =
            self.list.iter().flat_map(|term| term.factors.iter().map(|factor| factor.0)).collect();
        sites.sort_unstable();
        sites.dedup();
        sites
    }
}

impl Add for Terms {
    type Output = Terms;
    fn add(mut self, other: Terms) -> Terms {
        self.list.extend(other.list);
        self
    }
}

impl Sub for Terms {
    type Output = Terms;
    fn sub(self, other: Terms) -> Terms {
        self + -other
    }
}

impl Neg for Terms {
    type Output = Terms;
    fn neg(self) -> Terms {
        self.scaled(-1.0)
    }
}

impl Mul for Terms {
    type Output = Terms;
    fn mul(self, other: Terms) -> Terms {
        let products = self.list.iter().flat_map(|a| other.list.iter().map(move |b| a.times(b)));
        Terms { list: products.collect() }
    }
}

impl Mul<f64> for Terms {
    type Output = Terms;
    fn mul(self, factor: f64) -> Terms {
        self.scaled(factor)
    }
}

impl std::iter::Sum for Terms {
    fn sum<I: Iterator<Item = Terms>>(terms: I) -> Terms {
        terms.fold(Terms::zero(), |sum, next| sum + next)
    }
}
