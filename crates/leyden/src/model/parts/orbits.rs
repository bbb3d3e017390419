//! Terms that treat the members of a part alike, as operators of all of them together.
//!
//! Where every placement of a product of operators on members of a part comes with one coefficient, its sum over placements is a polynomial of the
//! collective operators C(A) = sum_i A_i. With S(A_1, .., A_k) = sum over distinct i_1, .., i_k of A_1 on i_1, .., A_k on i_k,
//!   S(A_1, .., A_k) = C(A_1) S(A_2, .., A_k) - sum_m S(A_2, .., A_1 A_m, .., A_k),
//! and an identity in place of one of k operators on N members is a factor N - k + 1.

use std::collections::BTreeMap;

use num_complex::Complex64;

use super::canonical::{Basis, decomposed, gathered, local, matrix_of};
use super::terms::{Letter, Terms};
use super::{PartKind, Parts};
use crate::lindblad::{TimeFunction, product};
use crate::operator::Operator;

/// A term whose operators on some parts are summed over all placements.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Orbit {
    pub(crate) coefficient: TimeFunction,
    /// What acts on sites of other parts.
    pub(crate) rest: Vec<(usize, Vec<Letter>)>,
    /// Parts with the operators on their members.
    pub(crate) groups: Vec<(usize, Vec<Basis>)>,
}

/// What tells orbits apart.
type Kind = (Vec<(usize, Vec<Letter>)>, Vec<(usize, Vec<Basis>)>);
/// Coefficients by placements.
type Placed = BTreeMap<Vec<(usize, Basis)>, Vec<TimeFunction>>;

/// Placements that are made at most.
const MOST: usize = 2_000_000;
/// What counts as equal, relative to the larger.
const EQUAL: f64 = 1e-13;

/// Terms by orbits of the `grouped` parts; `None` where they do not treat all members alike, or are too many.
pub(crate) fn orbits(terms: &Terms, parts: &Parts, grouped: &[bool]) -> Option<Vec<Orbit>> {
    let mut found: BTreeMap<Kind, Placed> = BTreeMap::new();
    let mut made = 0;
    for term in terms.list() {
        let in_group = |factor: &&(usize, Vec<Letter>)| grouped[parts.part_of(factor.0)];
        let rest: Vec<_> = term.factors.iter().filter(|factor| !in_group(factor)).cloned().collect();
        let mut products: Vec<(Complex64, Vec<(usize, Basis)>)> = vec![(Complex64::ONE, Vec::new())];
        for (site, letters) in term.factors.iter().filter(in_group) {
            let local = local(letters, parts.kind(*site));
            let longer = |(x, placed): &(Complex64, Vec<(usize, Basis)>)| {
                let of = |(y, basis): &(Complex64, Option<Basis>)| {
                    let next = placed.iter().copied().chain(basis.map(|basis| (*site, basis)));
                    (x * y, next.collect::<Vec<_>>())
                };
                local.iter().map(of).collect::<Vec<_>>()
            };
            products = products.iter().flat_map(longer).collect();
            made += products.len();
            if made > MOST {
                return None;
            }
        }
        for (x, placed) in products {
            let mut groups: BTreeMap<usize, Vec<Basis>> = BTreeMap::new();
            placed
                .iter()
                .for_each(|(site, basis)| groups.entry(parts.part_of(*site)).or_default().push(*basis));
            groups.values_mut().for_each(|list| list.sort_unstable());
            let kind = (rest.clone(), groups.into_iter().collect());
            let coefficient = product([x.into(), term.coefficient.clone()]);
            found.entry(kind).or_default().entry(placed).or_default().push(coefficient);
        }
    }
    let size = |function: &TimeFunction| function.factored().0.norm();
    let found: Vec<(Kind, Vec<TimeFunction>)> = found
        .into_iter()
        .map(|(kind, placed)| (kind, placed.into_values().map(gathered).collect()))
        .collect();
    let largest = found.iter().flat_map(|(_, list)| list).map(size).fold(0.0, f64::max);
    let mut orbits = Vec::new();
    for ((rest, groups), mut list) in found {
        list.retain(|function| {
            size(function) > EQUAL * largest && function.constant() != Some(Complex64::ZERO)
        });
        let Some(first) = list.first().cloned() else { continue };
        let whole = list.len() as f64
            == groups.iter().map(|(part, list)| placements(parts, *part, list)).product::<f64>();
        if !whole || !list.iter().all(|other| alike(&first, other)) {
            return None;
        }
        orbits.push(Orbit { coefficient: first, rest, groups });
    }
    Some(orbits)
}

/// Whether two coefficients are the same.
fn alike(a: &TimeFunction, b: &TimeFunction) -> bool {
    let ((x, f), (y, g)) = (a.factored(), b.factored());
    (x - y).norm() <= EQUAL * x.norm().max(y.norm()) && f == g
}

/// How often each operator of a sorted list occurs.
fn repeated(list: &[Basis]) -> impl Iterator<Item = usize> + '_ {
    list.chunk_by(|a, b| a == b).map(<[Basis]>::len)
}

/// N!/(N - k)!/prod m!: in how many ways operators can be put on members.
fn placements(parts: &Parts, part: usize, list: &[Basis]) -> f64 {
    let count = parts.parts()[part].count;
    let ordered: f64 = (0..list.len()).map(|k| (count as f64 - k as f64).max(0.0)).product();
    ordered / same(list)
}

/// prod m!: the ordered placements that are one.
fn same(list: &[Basis]) -> f64 {
    repeated(list).map(|m| (1..=m).map(|k| k as f64).product::<f64>()).product()
}

/// The sum over all placements of operators on `count` members, from collective ones.
pub(crate) fn summed(
    list: &[Basis],
    kind: PartKind,
    count: usize,
    collective: &dyn Fn(Basis) -> Operator,
    identity: &Operator,
) -> Operator {
    distinct(list, kind, count, collective, identity).scaled((1.0 / same(list)).into())
}

/// S(A_1, .., A_k).
fn distinct(
    list: &[Basis],
    kind: PartKind,
    count: usize,
    collective: &dyn Fn(Basis) -> Operator,
    identity: &Operator,
) -> Operator {
    let [first, others @ ..] = list else { return identity.clone() };
    if others.is_empty() {
        return collective(*first);
    }
    let mut sum = &collective(*first) * &distinct(others, kind, count, collective, identity);
    for m in 0..others.len() {
        let together = &matrix_of(*first, kind) * &matrix_of(others[m], kind);
        for (x, basis) in decomposed(&together, kind) {
            let mut list = others.to_vec();
            let part = match basis {
                Some(basis) => {
                    list[m] = basis;
                    distinct(&list, kind, count, collective, identity)
                }
                None => {
                    list.remove(m);
                    let free = count as f64 - list.len() as f64;
                    distinct(&list, kind, count, collective, identity).scaled(free.into())
                }
            };
            sum = &sum - &part.scaled(x);
        }
    }
    sum
}
