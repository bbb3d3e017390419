//! Terms that treat members of a part alike, as sums over them.

use std::collections::BTreeMap;

use leyden::lindblad::TimeFunction;
use leyden::parts::{Letter, Parts, Term};

/// One addend: a term, or a sum over the members of a part of terms that differ in their members alone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Addend {
    pub(crate) coefficient: TimeFunction,
    /// What each operator acts on, and the operators.
    pub(crate) factors: Vec<(String, Vec<Letter>)>,
    /// `i in cells`, or `i < j in cells`.
    pub(crate) over: Option<String>,
}

/// Names of indices that no part has.
pub(crate) fn indices(parts: &Parts) -> (String, String) {
    let free = |name: &str| !parts.parts().iter().any(|part| part.name == name);
    let of = |name: &str| {
        (0..).map(|k| if k == 0 { name.into() } else { format!("{name}{k}") }).find(|n: &String| free(n))
    };
    (of("i").unwrap_or_default(), of("j").unwrap_or_default())
}

/// The part whose members a term could be summed over, with the sites of its operators there: the last one of several members.
fn summable(term: &Term, parts: &Parts, part_of: &[usize]) -> Option<(usize, Vec<usize>)> {
    let part = term
        .factors
        .iter()
        .map(|(site, _)| part_of[*site])
        .filter(|part| parts.parts()[*part].count > 1)
        .max()?;
    let sites: Vec<usize> =
        term.factors.iter().map(|factor| factor.0).filter(|site| part_of[*site] == part).collect();
    (sites.len() <= 2).then_some((part, sites))
}

/// What terms of one sum have in common: the part, factors with indices for its members, and the coefficient as it is written.
type Pattern = (usize, Vec<(String, Vec<Letter>)>, String);

/// The addends of terms, sums standing where their first term does.
pub(crate) fn addends(list: &[Term], parts: &Parts) -> Vec<Addend> {
    let (i, j) = indices(parts);
    let part_of: Vec<usize> =
        parts.parts().iter().enumerate().flat_map(|(k, part)| std::iter::repeat_n(k, part.count)).collect();
    let plain = |term: &Term| Addend {
        coefficient: term.coefficient.clone(),
        factors: term
            .factors
            .iter()
            .map(|(site, letters)| (parts.site_name(*site), letters.clone()))
            .collect(),
        over: None,
    };
    // Terms of one pattern, by their places in the list.
    let mut found: BTreeMap<Pattern, Vec<usize>> = BTreeMap::new();
    let mut pattern_of = vec![None; list.len()];
    for (place, term) in list.iter().enumerate() {
        let Some((part, sites)) = summable(term, parts, &part_of) else { continue };
        let name = |site: usize| match sites.iter().position(|known| *known == site) {
            Some(0) => i.clone(),
            Some(_) => j.clone(),
            None => parts.site_name(site),
        };
        let factors = term.factors.iter().map(|(site, letters)| (name(*site), letters.clone())).collect();
        let pattern: Pattern = (part, factors, format!("{:?}", term.coefficient));
        found.entry(pattern.clone()).or_default().push(place);
        pattern_of[place] = Some((pattern, sites.len()));
    }
    let complete = |pattern: &Pattern, sites: usize| {
        let count = parts.parts()[pattern.0].count;
        let places = &found[pattern];
        let mut members: Vec<Vec<usize>> = places
            .iter()
            .map(|place| {
                let sites = list[*place].factors.iter().map(|factor| factor.0);
                sites.filter(|site| part_of[*site] == pattern.0).collect()
            })
            .collect();
        members.sort();
        members.dedup();
        let wanted = if sites == 1 { count } else { count * (count - 1) / 2 };
        members.len() == wanted && places.len() == wanted && wanted > 1
    };
    let mut addends = Vec::new();
    for (place, term) in list.iter().enumerate() {
        match &pattern_of[place] {
            Some((pattern, sites)) if complete(pattern, *sites) => {
                if found[pattern][0] == place {
                    let name = &parts.parts()[pattern.0].name;
                    let over =
                        if *sites == 1 { format!("{i} in {name}") } else { format!("{i} < {j} in {name}") };
                    let coefficient = term.coefficient.clone();
                    addends.push(Addend { coefficient, factors: pattern.1.clone(), over: Some(over) });
                }
            }
            _ => addends.push(plain(term)),
        }
    }
    addends
}
