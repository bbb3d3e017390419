//! Which numbers of a state a start reaches and a battery needs: weak symmetries, found and not declared.
//!
//! rho_ij changes by (H_eff)_ki, which turns ket i into k, by (H_eff)_lj*, which turns bra j into l, and by a jump, L_ki L_lj*, which moves both.
//! Kets that H_eff = H - i sum gamma L^dag L/2 connects are one class: a number or a parity that H conserves. Then
//! - a ket is reached from the start along H_eff, both ways, and along jumps, one way: cold losses lead down only, so that the Fock levels above
//!   a start are never needed;
//! - a block (a, b) of classes of ket and bra is reached from the blocks of rho(0) by jumps that lead from a and from b with *one* L: the
//!   difference of what is conserved between ket and bra stays, a weak symmetry;
//! - and it is needed where such jumps lead to numbers that are read: the state of a battery holds those diagonal in the charger.
//!
//! What is neither is not carried. Within a block everything counts as connected.
//! Source: @buca2012; @albert2014.

use std::fmt;

use super::{FEW_LEVELS, Lindbladian};
use crate::numerics::Forest;
use crate::operator::{Hermitian, Operator};

/// What is said of a ket that is not reached, and of a block that is not carried.
const NONE: u32 = u32::MAX;

/// The carried numbers of S: blocks of classes of kets, each row-major, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Pairs {
    dim: usize,
    /// Levels of every class, increasing.
    classes: Vec<Vec<usize>>,
    /// Class of every level, and its place therein.
    class: Vec<u32>,
    local: Vec<u32>,
    /// Where the block (a, b) begins.
    begins: Vec<u32>,
    /// Place in S of every carried number, and which carried number is its mirror image S_ji.
    places: Vec<usize>,
    mirror: Vec<u32>,
}

/// Levels that become populated from those of a start, increasing: H connects both ways, jumps one way.
pub(crate) fn reached_levels(
    lindbladian: &Lindbladian,
    start: impl IntoIterator<Item = usize>,
) -> Vec<usize> {
    let n = lindbladian.dim();
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); n];
    for (i, j) in connected(lindbladian) {
        next[i].push(j);
        next[j].push(i);
    }
    for channel in lindbladian.channels() {
        channel.jump.entries().for_each(|(k, i, _)| next[i].push(k));
    }
    let mut known = vec![false; n];
    let mut found: Vec<usize> = start.into_iter().collect();
    found.retain(|&level| !std::mem::replace(&mut known[level], true));
    let mut done = 0;
    while done < found.len() {
        for &k in &next[found[done]] {
            if !std::mem::replace(&mut known[k], true) {
                found.push(k);
            }
        }
        done += 1;
    }
    found.sort_unstable();
    found
}

/// Levels that a state populates.
pub(crate) fn populated(state: &Hermitian) -> Vec<usize> {
    let n = state.dim();
    let filled = state.s().iter().enumerate().filter(|(_, x)| **x != 0.0);
    let mut levels: Vec<usize> = filled.flat_map(|(p, _)| [p / n, p % n]).collect();
    levels.sort_unstable();
    levels.dedup();
    levels
}

/// Pairs of levels that H_eff connects, enough of them to tell which hang together.
pub(crate) fn connected(lindbladian: &Lindbladian) -> impl Iterator<Item = (usize, usize)> + '_ {
    let parts = lindbladian.modulations().iter().map(|part| &part.operator);
    let coherent = std::iter::once(lindbladian.hamiltonian()).chain(parts);
    let coherent = coherent.flat_map(Operator::entries).map(|(i, j, _)| (i, j));
    // (L^dag L)_ij needs a level that both lead to.
    let by_jumps = lindbladian.channels().iter().flat_map(|channel| {
        let mut before = None;
        channel.jump.entries().filter_map(move |(row, column, _)| {
            let pair = before.filter(|(other, _)| *other == row).map(|(_, known)| (known, column));
            before = Some((row, column));
            pair
        })
    });
    coherent.chain(by_jumps).filter(|(i, j)| i != j)
}

impl Pairs {
    /// What `start` reaches of the numbers that those with `read` depend on; `None` where that is so much that whole matrices are as quick.
    pub(crate) fn new(
        lindbladian: &Lindbladian,
        start: &Hermitian,
        read: impl Fn(usize, usize) -> bool,
    ) -> Option<Self> {
        let n = lindbladian.dim();
        // Few levels are solved to all digits, on what is reached as well.
        if n <= FEW_LEVELS {
            return None;
        }
        let levels = reached_levels(lindbladian, populated(start));
        let mut forest = Forest::new(n);
        connected(lindbladian).for_each(|(i, j)| {
            forest.join(i, j);
        });
        let (mut class, mut local) = (vec![NONE; n], vec![NONE; n]);
        let mut classes: Vec<Vec<usize>> = Vec::new();
        let mut of_root = vec![NONE; n];
        for &level in &levels {
            let root = forest.root(level);
            if of_root[root] == NONE {
                of_root[root] = classes.len() as u32;
                classes.push(Vec::new());
            }
            let levels = &mut classes[of_root[root] as usize];
            (class[level], local[level]) = (of_root[root], levels.len() as u32);
            levels.push(level);
        }
        let count = classes.len();
        if worth(levels.len() * levels.len(), n) || count > 1 {
            let maps = class_maps(lindbladian, &class, count);
            let back: Vec<_> = maps.iter().map(|map| reversed(map)).collect();
            let of = |p: usize| [class[p / n] as usize, class[p % n] as usize];
            let filled = start.s().iter().enumerate().filter(|(_, x)| **x != 0.0);
            let seeds = filled.flat_map(|(p, _)| [of(p), [of(p)[1], of(p)[0]]]);
            let reached = closure(count, seeds, &maps, |_| true);
            let holds_read = |a: usize, b: usize| {
                classes[a].iter().any(|&i| classes[b].iter().any(|&j| read(i, j) || read(j, i)))
            };
            let blocks = || (0..count * count).filter(|&block| reached[block]);
            let seeds = blocks().map(|block| [block / count, block % count]);
            let needed =
                closure(count, seeds.filter(|[a, b]| holds_read(*a, *b)), &back, |block| reached[block]);
            let carried = blocks().filter(|&block| needed[block]);
            let size = |block: usize| classes[block / count].len() * classes[block % count].len();
            let total: usize = carried.clone().map(size).sum();
            if worth(total, n) {
                let blocks: Vec<usize> = carried.collect();
                return Some(Self::of_blocks(n, classes, class, local, &blocks));
            }
        }
        None
    }

    fn of_blocks(
        dim: usize,
        classes: Vec<Vec<usize>>,
        class: Vec<u32>,
        local: Vec<u32>,
        blocks: &[usize],
    ) -> Self {
        let count = classes.len();
        let mut pairs = Pairs {
            dim,
            begins: vec![NONE; count * count],
            class,
            local,
            places: Vec::new(),
            mirror: Vec::new(),
            classes,
        };
        for &block in blocks {
            pairs.begins[block] = pairs.places.len() as u32;
            for &i in &pairs.classes[block / count] {
                pairs.places.extend(pairs.classes[block % count].iter().map(|j| i * dim + j));
            }
        }
        let image = |p: &usize| pairs.index(p % dim, p / dim).expect("blocks come with their mirror images");
        pairs.mirror = pairs.places.iter().map(|p| image(p) as u32).collect();
        pairs
    }

    /// How many numbers are carried.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// Levels that are reached, increasing.
    pub(super) fn levels(&self) -> Vec<usize> {
        (0..self.dim).filter(|&level| self.class[level] != NONE).collect()
    }

    /// Place in S of every carried number.
    pub(super) fn places(&self) -> &[usize] {
        &self.places
    }

    /// Which carried number S_ji is, for every S_ij.
    pub(super) fn mirror(&self) -> &[u32] {
        &self.mirror
    }

    /// Ket and bra of a carried number.
    pub(super) fn at(&self, p: usize) -> (usize, usize) {
        (self.places[p] / self.dim, self.places[p] % self.dim)
    }

    /// Which carried number S_ij is.
    pub(super) fn index(&self, i: usize, j: usize) -> Option<usize> {
        let (a, b) = (self.class[i], self.class[j]);
        if a == NONE || b == NONE {
            return None;
        }
        let begin = self.begins[a as usize * self.classes.len() + b as usize];
        let width = self.classes[b as usize].len();
        (begin != NONE).then(|| begin as usize + self.local[i] as usize * width + self.local[j] as usize)
    }
}

/// "77 levels, of which the start reaches 49 in classes of up to 7: 231 of 5929 numbers".
impl fmt::Display for Pairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let largest = self.classes.iter().map(Vec::len).max().unwrap_or(0);
        let (n, reached) = (self.dim, self.levels().len());
        let of = if reached == n {
            "which fall into".into()
        } else {
            format!("of which the start reaches {reached} in")
        };
        write!(f, "{n} levels, {of} blocks of up to {largest}: {} of {} numbers", self.len(), n * n)
    }
}

/// Whether so many numbers on n levels are few enough.
fn worth(numbers: usize, n: usize) -> bool {
    numbers as f64 <= WORTH * (n * n) as f64
}

/// Share of the numbers up to which it is quicker to carry them alone: two parities, and what an odd level adds.
const WORTH: f64 = 0.6;

/// Where the jumps of every channel lead from each class; channels that do the same are one.
fn class_maps(lindbladian: &Lindbladian, class: &[u32], count: usize) -> Vec<Vec<Vec<usize>>> {
    let map = |jump: &Operator| {
        let mut map = vec![Vec::new(); count];
        // What reached levels lead to is reached.
        for (k, i, _) in jump.entries().filter(|&(_, i, _)| class[i] != NONE) {
            map[class[i] as usize].push(class[k] as usize);
        }
        map.iter_mut().for_each(|images| {
            images.sort_unstable();
            images.dedup();
        });
        map
    };
    let mut maps: Vec<_> = lindbladian.channels().iter().map(|channel| map(&channel.jump)).collect();
    maps.sort_unstable();
    maps.dedup();
    maps
}

fn reversed(map: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut back = vec![Vec::new(); map.len()];
    map.iter().enumerate().for_each(|(a, images)| images.iter().for_each(|&b| back[b].push(a)));
    back
}

/// Blocks that maps lead to from those of `seeds`, among the allowed ones.
fn closure(
    count: usize,
    seeds: impl Iterator<Item = [usize; 2]>,
    maps: &[Vec<Vec<usize>>],
    allowed: impl Fn(usize) -> bool,
) -> Vec<bool> {
    let mut known = vec![false; count * count];
    let mut open = Vec::new();
    let mut meet = |a: usize, b: usize, open: &mut Vec<[usize; 2]>| {
        let block = a * count + b;
        if allowed(block) && !std::mem::replace(&mut known[block], true) {
            open.push([a, b]);
        }
    };
    seeds.for_each(|[a, b]| meet(a, b, &mut open));
    while let Some([a, b]) = open.pop() {
        for map in maps {
            map[a].iter().for_each(|&k| map[b].iter().for_each(|&l| meet(k, l, &mut open)));
        }
    }
    known
}
