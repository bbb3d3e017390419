//! Terms in a basis of operators, in which each operator has one form: what is Hermitian, equal or symmetric is seen there.
//!
//! | site | basis, beside the identity |
//! | --- | --- |
//! | qubit | X, Y, Z |
//! | d levels | `|k><l|` but `|0><0|` = 1 - sum_{k>0} `|k><k|` |
//! | oscillator | a^dag^p a^q and `|k><l|` |

use std::collections::BTreeMap;

use num_complex::Complex64;

use super::terms::{Letter, Terms, word};
use super::{PartKind, Parts};
use crate::lindblad::{TimeFunction, product, sum};
use crate::operator::Operator;

/// An element of the basis of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Basis {
    X,
    Y,
    Z,
    /// `|k><l|`.
    Unit(usize, usize),
    /// a^dag^p a^q.
    Normal(usize, usize),
}

impl Basis {
    fn adjoint(self) -> Self {
        match self {
            Basis::Unit(k, l) => Basis::Unit(l, k),
            Basis::Normal(p, q) => Basis::Normal(q, p),
            hermitian => hermitian,
        }
    }
}

/// Sites, increasing, with an element of the basis on each.
pub(crate) type Monomial = Vec<(usize, Basis)>;

/// Monomials with their coefficients.
pub(crate) type Canonical = BTreeMap<Monomial, TimeFunction>;

/// Monomials that are made at most.
pub(super) const MOST: usize = 2_000_000;
/// What is rounding of a coefficient, relative to the largest.
const ROUNDING: f64 = 1e-12;

/// An operator of a site: elements of the basis with their weights; `None` is the identity.
pub(super) type Local = Vec<(Complex64, Option<Basis>)>;

/// Terms in the basis; `None` where that takes too many monomials.
pub(crate) fn canonical(terms: &Terms, parts: &Parts) -> Option<Canonical> {
    let mut known: BTreeMap<(PartKind, Vec<Letter>), Local> = BTreeMap::new();
    let mut found: BTreeMap<Monomial, Vec<TimeFunction>> = BTreeMap::new();
    let mut made = 0;
    for term in terms.list() {
        let mut products: Vec<(Complex64, Monomial)> = vec![(Complex64::ONE, Vec::new())];
        for (site, letters) in &term.factors {
            let kind = parts.kind(*site);
            let local = known.entry((kind, letters.clone())).or_insert_with(|| local(letters, kind));
            let grown = products.len().checked_mul(local.len()).filter(|count| *count <= MOST)?;
            let mut next = Vec::with_capacity(grown);
            for (x, monomial) in &products {
                for (y, basis) in local.iter() {
                    let mut longer = monomial.clone();
                    longer.extend(basis.map(|basis| (*site, basis)));
                    next.push((x * y, longer));
                }
            }
            products = next;
        }
        made += products.len();
        if made > MOST {
            return None;
        }
        for (x, monomial) in products {
            found.entry(monomial).or_default().push(product([x.into(), term.coefficient.clone()]));
        }
    }
    Some(cleaned(found.into_iter().map(|(monomial, list)| (monomial, gathered(list))).collect()))
}

/// The sum of functions, those that differ by a factor as one.
pub(super) fn gathered(list: Vec<TimeFunction>) -> TimeFunction {
    let mut different: Vec<(Complex64, TimeFunction)> = Vec::new();
    for (factor, function) in list.iter().map(TimeFunction::factored) {
        match different.iter_mut().find(|(_, known)| *known == function) {
            Some((sum, _)) => *sum += factor,
            None => different.push((factor, function)),
        }
    }
    sum(different.into_iter().map(|(factor, function)| product([factor.into(), function])))
}

/// Without what is rounding of constants.
fn cleaned(mut found: Canonical) -> Canonical {
    let size = |function: &TimeFunction| function.factored().0.norm();
    let largest = found.values().map(size).fold(0.0, f64::max);
    found.retain(|_, function| {
        let (factor, rest) = function.factored();
        !(factor.norm() <= 1e-3 * ROUNDING * largest) && rest.constant() != Some(Complex64::ZERO)
    });
    found
}

/// A word in the basis of its site; `None` is the identity.
pub(super) fn local(letters: &[Letter], kind: PartKind) -> Local {
    match kind.levels() {
        Some(levels) => decomposed(&word(letters, levels), kind),
        None => of_oscillator(letters),
    }
}

/// An operator of a site of some levels in its basis; `None` is the identity.
pub(super) fn decomposed(m: &Operator, kind: PartKind) -> Local {
    let list = match kind {
        PartKind::Qubit => {
            let (gg, ge, eg, ee) = (m.get(0, 0), m.get(0, 1), m.get(1, 0), m.get(1, 1));
            vec![
                (0.5 * (gg + ee), None),
                (0.5 * (ge + eg), Some(Basis::X)),
                // Y_ge = i.
                (0.5 * (ge - eg) * -Complex64::I, Some(Basis::Y)),
                (0.5 * (ee - gg), Some(Basis::Z)),
            ]
        }
        _ => {
            let lowest = m.get(0, 0);
            let entry = |k: usize, l: usize| m.get(k, l) - if k == l { lowest } else { Complex64::ZERO };
            let pairs = (0..m.dim()).flat_map(|k| (0..m.dim()).map(move |l| (k, l)));
            let units = pairs.map(|(k, l)| (entry(k, l), Some(Basis::Unit(k, l))));
            std::iter::once((lowest, None)).chain(units).collect()
        }
    };
    list.into_iter().filter(|(x, _)| *x != Complex64::ZERO).collect()
}

/// An element of the basis of a site of some levels as a matrix.
pub(super) fn matrix_of(basis: Basis, kind: PartKind) -> Operator {
    let levels = kind.levels().expect("members of groups have levels");
    let letter = match basis {
        Basis::X => Letter::X,
        Basis::Y => Letter::Y,
        Basis::Z => Letter::Z,
        Basis::Unit(k, l) => Letter::Transition(k, l),
        Basis::Normal(..) => unreachable!("members of groups are no oscillators"),
    };
    letter.matrix(levels)
}

fn of_oscillator(letters: &[Letter]) -> Local {
    let root = |n: usize| (n as f64).sqrt();
    // m!/(m - k)!, 0 where k exceeds m.
    let falling = |m: usize, k: usize| (0..k).map(|i| m as f64 - i as f64).product::<f64>();
    let mut found: BTreeMap<Basis, f64> = BTreeMap::from([(Basis::Normal(0, 0), 1.0)]);
    let single = |letter: Letter| match letter {
        Letter::Number => vec![Letter::Create, Letter::Annihilate],
        letter => vec![letter],
    };
    for letter in letters.iter().flat_map(|letter| single(*letter)) {
        let mut next: BTreeMap<Basis, f64> = BTreeMap::new();
        let mut add = |basis: Basis, x: f64| *next.entry(basis).or_default() += x;
        for (basis, x) in found {
            match (basis, letter) {
                (Basis::Normal(p, q), Letter::Annihilate) => add(Basis::Normal(p, q + 1), x),
                (Basis::Normal(p, q), Letter::Create) => {
                    add(Basis::Normal(p + 1, q), x);
                    if q > 0 {
                        add(Basis::Normal(p, q - 1), x * q as f64);
                    }
                }
                (Basis::Normal(p, q), Letter::Transition(k, l)) if q <= k => {
                    let up = falling(k - q + p, p);
                    add(Basis::Unit(k - q + p, l), x * (falling(k, q) * up).sqrt());
                }
                (Basis::Unit(k, l), Letter::Annihilate) => add(Basis::Unit(k, l + 1), x * root(l + 1)),
                (Basis::Unit(k, l), Letter::Create) if l > 0 => add(Basis::Unit(k, l - 1), x * root(l)),
                (Basis::Unit(k, l), Letter::Transition(m, n)) if l == m => add(Basis::Unit(k, n), x),
                // Nothing is left.
                _ => (),
            }
        }
        found = next;
    }
    let named = |(basis, x): (Basis, f64)| (x.into(), (basis != Basis::Normal(0, 0)).then_some(basis));
    found.into_iter().map(named).collect()
}

/// Largest |c_M - c_{M^dag}^*| of a monomial that is not its own mirror image, with it; `None` for Hermitian terms. Functions are compared
/// at `times`, where their form does not tell.
pub(crate) fn not_hermitian(canonical: &Canonical, times: &[f64]) -> Option<(Monomial, f64)> {
    let largest = canonical.values().map(|function| size(function, times)).fold(0.0, f64::max);
    let errors = canonical.keys().map(|monomial| (monomial, mirror_error(canonical, monomial, times)));
    let worst = errors.reduce(|a, b| if b.1 > a.1 { b } else { a })?;
    (worst.1 > ROUNDING * largest).then(|| (worst.0.clone(), worst.1))
}

/// Largest modulus, at `times` or by its constant factor.
fn size(function: &TimeFunction, times: &[f64]) -> f64 {
    times.iter().map(|time| function.at(*time).norm()).fold(function.factored().0.norm(), f64::max)
}

/// |c_M - c_{M^dag}^*| of a monomial.
pub(crate) fn mirror_error(canonical: &Canonical, monomial: &Monomial, times: &[f64]) -> f64 {
    let mirrored: Monomial = monomial.iter().map(|(site, basis)| (*site, basis.adjoint())).collect();
    let of = |monomial: &Monomial| canonical.get(monomial).unwrap_or(&TimeFunction::ZERO);
    let (function, other) = (of(monomial), of(&mirrored));
    let ((x, f), (y, g)) = (function.factored(), other.factored());
    // A pulse far from all times is seen by its factor.
    match f == g && f.is_real() {
        true => (x - y.conj()).norm(),
        false if x == Complex64::ZERO || y == Complex64::ZERO => {
            size(function, times).max(size(other, times))
        }
        false => {
            let at = |time: f64| (function.at(time) - other.at(time).conj()).norm();
            times.iter().map(|time| at(*time)).fold(0.0, f64::max)
        }
    }
}
