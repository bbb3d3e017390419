//! Which mutants are made: a sample spread over crates, files and functions. Every choice follows from hashes of the seed
//! and of what is chosen among, so that a change of one file leaves the choices in the others alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::site::{Site, hash};

/// The least that a crate gets.
const LEAST: usize = 10;

/// How many mutants each crate gets: half for the physics, the rest to the others by size, none below ten where there is room.
fn shares(sizes: &BTreeMap<&str, usize>, count: usize) -> BTreeMap<String, usize> {
    let others: Vec<(&str, usize)> =
        sizes.iter().filter(|(name, _)| **name != "leyden").map(|(name, size)| (*name, *size)).collect();
    let rest = if sizes.contains_key("leyden") { count / 2 } else { count };
    let least = LEAST.min(rest / others.len().max(1));
    let free = rest - least * others.len();
    let whole: usize = others.iter().map(|(_, size)| size).sum();
    let mut shares: BTreeMap<String, usize> = BTreeMap::new();
    // Rounded sums, which lose nothing.
    let (mut before, mut given) = (0, 0);
    for (name, size) in others {
        before += size;
        let until = (free * before + whole / 2) / whole;
        shares.insert(name.into(), least + until - given);
        given = until;
    }
    if sizes.contains_key("leyden") {
        shares.insert("leyden".into(), count - rest);
    }
    shares
}

/// The order within a group: equal chances for a weight of one, greater ones for greater weights.
fn rank(seed: u64, name: &str, weight: f64) -> f64 {
    let chance = (hash(&format!("{seed}\t{name}")) >> 11) as f64 / (1_u64 << 53) as f64;
    -(1.0 - chance).ln() / weight
}

/// How often an operator is drawn, compared with how often it could be.
fn weight(operator: &str) -> f64 {
    match operator {
        "integer" | "string" | "float" => 0.4,
        "arguments" | "body" => 0.5,
        _ => 1.0,
    }
}

/// `count` of the sites, in the order of files and lines; at most two of a function, and none that overlap.
/// Families of `without` are left out.
pub(crate) fn sample(sites: &[Site], seed: u64, count: usize, without: &BTreeSet<String>) -> Vec<Site> {
    let mut crates: BTreeMap<&str, BTreeMap<&str, Vec<&Site>>> = BTreeMap::new();
    for site in sites {
        crates.entry(site.krate()).or_default().entry(&site.file).or_default().push(site);
    }
    let sizes = crates.iter().map(|(name, files)| (*name, files.values().map(Vec::len).sum())).collect();
    let mut chosen = Vec::new();
    for (name, share) in shares(&sizes, count) {
        let mut files: Vec<(f64, Vec<&Site>)> = Vec::new();
        for (file, of_file) in std::mem::take(crates.get_mut(name.as_str()).unwrap_or(&mut BTreeMap::new())) {
            let functions: BTreeSet<&str> = of_file.iter().map(|site| site.function.as_str()).collect();
            let order = rank(seed, file, functions.len() as f64);
            let mut ranked: Vec<(f64, &Site)> = (of_file.into_iter())
                .filter(|site| !without.contains(&site.family()))
                .map(|site| (rank(seed, &site.key(), weight(site.operator)), site))
                .collect();
            ranked.sort_by(|one, other| one.0.total_cmp(&other.0));
            files.push((order, ranked.into_iter().map(|(_, site)| site).collect()));
        }
        files.sort_by(|one, other| one.0.total_cmp(&other.0));
        chosen.extend(of_crate(&files, share).into_iter().cloned());
    }
    chosen.sort_by(|one: &Site, other| {
        (&one.file, one.range.start, one.range.end).cmp(&(&other.file, other.range.start, other.range.end))
    });
    chosen
}

/// One site of every file in turn.
fn of_crate<'a>(files: &[(f64, Vec<&'a Site>)], share: usize) -> Vec<&'a Site> {
    let mut chosen: Vec<&Site> = Vec::new();
    let mut numbers = BTreeSet::new();
    for most in [1, 2] {
        loop {
            let before = chosen.len();
            for (_, of_file) in files {
                if chosen.len() == share {
                    return chosen;
                }
                let fits = |site: &&&Site| {
                    let here = chosen.iter().filter(|other| other.file == site.file);
                    let in_function = here.clone().filter(|other| other.function == site.function).count();
                    in_function < most
                        && here.clone().all(|other| apart(site, other))
                        && !numbers.contains(&site.number())
                };
                if let Some(site) = of_file.iter().find(fits) {
                    numbers.insert(site.number());
                    chosen.push(site);
                }
            }
            if chosen.len() == before {
                break;
            }
        }
    }
    chosen
}

/// Whether two changes of a file touch no common byte.
fn apart(one: &Site, other: &Site) -> bool {
    let (one, other) = (&one.range, &other.range);
    one != other && (one.end <= other.start || other.end <= one.start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find::find;

    fn sites() -> Vec<Site> {
        let function = |name| {
            format!("fn {name}(a: f64, b: f64) -> bool {{ let c = -(a * (b + 1.0)); c < a && a < b }}\n")
        };
        let text: String = ["f", "g", "h"].map(function).concat();
        let files = ["leyden/src/a.rs", "leyden/src/b.rs", "one/src/a.rs", "two/src/a.rs", "two/src/b.rs"];
        files.iter().flat_map(|file| find(&format!("crates/{file}"), &text).unwrap().sites).collect()
    }

    fn keys(sites: &[Site]) -> Vec<String> {
        sites.iter().map(Site::key).collect()
    }

    #[test]
    fn mutants_of_a_file_do_not_overlap_and_are_spread() {
        let sites = sites();
        for seed in 0..40 {
            let chosen = sample(&sites, seed, 16, &BTreeSet::new());
            assert_eq!(chosen.len(), 16);
            let of = |name: &str| chosen.iter().filter(|site| site.file.contains(name)).count();
            assert_eq!((of("leyden/"), of("leyden/src/a.rs"), of("one/"), of("two/src/a.rs")), (8, 4, 4, 2));
            for (place, site) in chosen.iter().enumerate() {
                let others = chosen[..place].iter().filter(|other| other.file == site.file);
                assert!(others.clone().all(|other| apart(site, other)));
                assert!(others.filter(|other| other.function == site.function).count() < 2);
            }
        }
    }

    #[test]
    fn one_seed_has_one_sample_and_what_is_left_out_is_replaced() {
        let sites = sites();
        let chosen = sample(&sites, 1, 10, &BTreeSet::new());
        assert_eq!(keys(&chosen), keys(&sample(&sites, 1, 10, &BTreeSet::new())));
        assert_ne!(keys(&chosen), keys(&sample(&sites, 2, 10, &BTreeSet::new())));
        let without = BTreeSet::from([chosen[3].family()]);
        let again = keys(&sample(&sites, 1, 10, &without));
        assert_eq!(again.len(), 10);
        assert!(!again.contains(&chosen[3].key()));
        assert!(keys(&chosen).iter().filter(|key| again.contains(key)).count() >= 8);
    }
}
