//! `[disorder]`: keys that are random numbers, drawn anew for every sample.
//!
//! Sample s = 1, 2, .. reads the stream s of the generator ChaCha8 with the seed of the file (@bernstein2008).
//! The keys are sorted by their names; the j-th of them, j = 0, 1, .., reads from the word 2^32 j on, a key with one number per cell cell
//! by cell. So a number depends on seed, sample, the place of its key among the names and its cell, not on the order of the file, on the axes
//! of a sweep, or on how many cells other keys have: all points of a sweep share their random numbers.
//!
//! - `{ normal = [m, s] }`: m + s z with z by the ziggurat (@marsaglia2000);
//! - `{ uniform = [a, b] }`: a + (b - a) u with u of 53 bits in [0, 1); of whole numbers each from a to b alike.

use std::fmt::{Display, Formatter, Result as Written};
use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution as _, StandardNormal, StandardUniform};
use toml::de::DeTable;

use crate::keys::{self, DISORDER, NumericKey, Takes, did_you_mean};
use crate::optimise::Optimise;
use crate::read::{Assignment, Reader, Value};
use crate::report::Problem;
use crate::sweep::{Axis, flatten, numeric_key, one, same_key};
use crate::ties::Tie;

/// Random parameters and how many realisations of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Disorder {
    /// Seed of the generator.
    pub seed: u64,
    /// Realisations, at least 1.
    pub samples: usize,
    /// Whether every sample is kept, as a point of the axis [`Disorder::AXIS`].
    pub keep: bool,
    /// At least one key, in the order of their names.
    pub keys: Vec<Random>,
}

/// A key and how it is distributed.
#[derive(Clone, Debug, PartialEq)]
pub struct Random {
    /// The key that is drawn.
    pub key: NumericKey,
    /// Its distribution, in units of the reference.
    pub distribution: Distribution,
    /// Whether the file gives the key a value as well, which is that of the base.
    written: bool,
    span: Range<usize>,
}

/// How numbers are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distribution {
    /// Mean and standard deviation.
    Normal(f64, f64),
    /// Between two ends.
    Uniform(f64, f64),
    /// A whole number between two ends, both included.
    Whole(f64, f64),
}

const NORMAL: &str = "normal";
const UNIFORM: &str = "uniform";
/// What tells a distribution from a table of keys.
pub(crate) const DISTRIBUTIONS: [&str; 2] = [NORMAL, UNIFORM];
const EXAMPLE: &str = "\"battery.frequency\" = { normal = [1.0, 0.1] }";

impl Distribution {
    fn mean(self) -> f64 {
        match self {
            Distribution::Normal(mean, _) => mean,
            Distribution::Uniform(from, to) => from + 0.5 * (to - from),
            Distribution::Whole(from, to) => (from + 0.5 * (to - from)).floor(),
        }
    }

    /// The same of numbers in another unit.
    pub fn of(self, unit: impl Fn(f64) -> f64) -> Self {
        match self {
            Distribution::Normal(mean, deviation) => Distribution::Normal(unit(mean), unit(deviation)),
            Distribution::Uniform(from, to) => Distribution::Uniform(unit(from), unit(to)),
            Distribution::Whole(..) => self,
        }
    }

    /// What hardly any number is below.
    fn least(self) -> f64 {
        match self {
            Distribution::Normal(mean, deviation) => mean - 6.0 * deviation,
            Distribution::Uniform(from, _) | Distribution::Whole(from, _) => from,
        }
    }

    fn draw(self, random: &mut ChaCha8Rng) -> f64 {
        let unit = |random: &mut ChaCha8Rng| -> f64 { StandardUniform.sample(random) };
        match self {
            Distribution::Normal(mean, deviation) => {
                let z: f64 = StandardNormal.sample(random);
                mean + deviation * z
            }
            Distribution::Uniform(from, to) => from + (to - from) * unit(random),
            Distribution::Whole(from, to) => (from + ((to - from + 1.0) * unit(random)).floor()).min(to),
        }
    }
}

/// Numbers written with their key: `normal = [1, 0.1]`.
impl Display for Distribution {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        let (name, a, b) = match self {
            Distribution::Normal(mean, deviation) => (NORMAL, mean, deviation),
            Distribution::Uniform(from, to) | Distribution::Whole(from, to) => (UNIFORM, from, to),
        };
        write!(f, "{name} = [{a}, {b}]")
    }
}

/// The numbers of one key in one sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draw {
    distribution: Distribution,
    seed: u64,
    sample: usize,
    /// The place of the key among all names.
    place: usize,
}

impl Draw {
    /// The first `count` of them.
    pub(crate) fn numbers(&self, count: usize) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(self.sample as u64);
        random.set_word_pos((self.place as u128) << 32);
        (0..count).map(|_| self.distribution.draw(&mut random)).collect()
    }
}

impl Random {
    /// Whether it has one number per cell.
    pub fn is_per_cell(&self) -> bool {
        matches!(self.key.key().takes, Takes::Frequencies | Takes::Couplings)
    }
}

/// Draws that are looked at before anything runs, and samples whose systems are made.
const MOST_DRAWN: usize = 1_000_000;
const MOST_MADE: usize = 2000;

impl Disorder {
    /// The axis of the samples, where they are kept.
    pub const AXIS: &'static str = "disorder.sample";

    /// What the key at `place` in [`keys`](Self::keys) is in a sample, counted from 1: one number, or one for each of `cells`.
    pub fn draws(&self, sample: usize, place: usize, cells: usize) -> Vec<f64> {
        let count = if self.keys[place].is_per_cell() { cells } else { 1 };
        self.draw(sample, place).numbers(count)
    }

    fn draw(&self, sample: usize, place: usize) -> Draw {
        Draw { distribution: self.keys[place].distribution, seed: self.seed, sample, place }
    }

    /// What a sample sets; without one the base, where keys that the file leaves out have the means of their distributions.
    pub(crate) fn at(&self, sample: Option<usize>) -> Vec<Assignment> {
        let set = |(place, random): (usize, &Random)| {
            let draw = sample.map(|sample| self.draw(sample, place));
            (draw.is_some() || !random.written).then(|| random.assignment(draw))
        };
        self.keys.iter().enumerate().filter_map(set).collect()
    }

    /// All keys at their means, whatever the file says.
    pub(crate) fn means(&self) -> Vec<Assignment> {
        self.keys.iter().map(|random| random.assignment(None)).collect()
    }

    /// Samples that are made before anything runs.
    pub(crate) fn first_samples(&self) -> impl Iterator<Item = usize> + use<> {
        1..=self.samples.min(MOST_MADE)
    }

    /// Looks for numbers that a key does not take.
    pub(crate) fn check_draws(&self, reader: &mut Reader<'_>, cells: usize) {
        let of_sample = self.keys.iter().map(|random| if random.is_per_cell() { cells } else { 1 });
        let samples = (MOST_DRAWN / of_sample.sum::<usize>()).min(self.samples);
        for sample in 1..=samples {
            for (place, random) in self.keys.iter().enumerate() {
                let taken =
                    |x: &f64| reader.in_range(random.key.key(), random.span.clone(), *x, None).is_some();
                if !self.draws(sample, place, cells).iter().all(taken) {
                    reader.problems.iter_mut().for_each(|problem| in_sample(problem, sample));
                    return;
                }
            }
        }
    }
}

impl Random {
    fn assignment(&self, draw: Option<Draw>) -> Assignment {
        let first = draw.map(|draw| draw.numbers(1)[0]);
        Assignment {
            key: self.key,
            value: first.unwrap_or(self.distribution.mean()),
            least: self.distribution.least(),
            span: self.span.clone(),
            draw,
        }
    }
}

/// Says in which sample something is wrong.
pub(crate) fn in_sample(problem: &mut Problem, sample: usize) {
    problem.title += &format!(" in sample {sample} of [disorder]");
    problem.help.get_or_insert_with(|| {
        "draw what the key takes: a narrower distribution, or { uniform = [a, b] } between two values that it takes".into()
    });
}

/// `[disorder]`, if the file has it.
pub(crate) fn disorder(
    reader: &mut Reader<'_>,
    axes: &[Axis],
    ties: &[Tie],
    optimise: Option<&Optimise>,
) -> Option<Disorder> {
    let entries = reader.entries(DISORDER)?;
    let own: Vec<&str> = keys::keys_of(DISORDER).map(|key| key.name).collect();
    let mut keys: Vec<Random> = Vec::new();
    let mut refused = false;
    for (path, span, value) in flatten(entries) {
        if own.contains(&&*path) {
            continue;
        }
        if let Some(near) = did_you_mean(&path, own.iter().copied(), '`').filter(|_| !path.contains('.')) {
            refused = true;
            let title = format!("unknown key `{path}` in [disorder]");
            reader.problem(span, title, "unknown", Some(near));
            continue;
        }
        if let Some((key, word)) = path.rsplit_once('.')
            && NumericKey::find(key).is_some()
            && NumericKey::find(&path).is_none()
        {
            refused = true;
            let title = format!("unknown distribution `{word}` of `{key}`");
            let help = did_you_mean(word, DISTRIBUTIONS, '`')
                .unwrap_or("distributions are normal and uniform".into());
            reader.problem(span, title, "unknown", Some(help));
            continue;
        }
        let random = numeric_key(reader, DISORDER, &path, span).and_then(|key| random(reader, key, value));
        refused |= random.is_none();
        keys.extend(random);
    }
    keys.sort_by_key(|random| random.span.start);
    for (i, Random { key, span, .. }) in keys.iter().enumerate() {
        let refusal = if let Some(other) = keys[..i].iter().find(|other| same_key(&other.key, key)) {
            Some((format!("`{}` and `{key}` set the same key", other.key), "the second"))
        } else if axes.iter().any(|axis| same_key(&axis.key, key)) {
            Some((
                format!("`{key}` is an axis of [sweep] and cannot be random as well"),
                "fixed by the sweep",
            ))
        } else if ties.iter().any(|tie| same_key(&tie.key, key)) {
            Some((format!("`{key}` is tied in [sweep] and cannot be random as well"), "follows the axes"))
        } else if optimise.iter().flat_map(|o| &o.variables).any(|variable| same_key(&variable.key, key)) {
            Some((format!("`{key}` is searched in [optimise] and cannot be random as well"), "searched"))
        } else {
            None
        };
        if let Some((title, label)) = refusal {
            reader.problem(span.clone(), title, label, None);
        }
    }
    keys.sort_by_key(|random| random.key.to_string());
    if keys.is_empty() && !refused {
        let title = "`[disorder]` has no random key";
        reader.problem_at(DISORDER, "", title, "what is random?", Some(format!("add {EXAMPLE}")));
    }
    if !reader.has(DISORDER, "samples") {
        let title = "`disorder.samples` is missing";
        reader.problem_at(DISORDER, "samples", title, "how many?", Some("add samples = 100".into()));
    }
    let seed = if reader.has(DISORDER, "seed") { reader.count(DISORDER, "seed")? } else { 0 };
    let keep = reader.truth(DISORDER, "keep").unwrap_or(false);
    let samples = reader.count(DISORDER, "samples")?;
    Some(Disorder { seed: seed as u64, samples, keep, keys })
}

/// `{ normal = [m, s] }` or `{ uniform = [a, b] }`.
fn random(reader: &mut Reader<'_>, key: NumericKey, value: &Value<'_>) -> Option<Random> {
    let refuse = |reader: &mut Reader<'_>, help: Option<String>| {
        let title =
            format!("`{key}` must have a distribution, {{ normal = [m, s] }} or {{ uniform = [a, b] }}");
        let help = help.or_else(|| Some(format!("for example {EXAMPLE}")));
        reader.refuse(value.span(), title, "not a distribution", help)
    };
    let entry =
        value.get_ref().as_table().filter(|table| table.len() == 1).and_then(|table| table.iter().next());
    let Some((name, numbers)) = entry else { return refuse(reader, None) };
    let word = name.get_ref().as_ref();
    let pair = numbers.get_ref().as_array().and_then(|list| match &list.iter().collect::<Vec<_>>()[..] {
        [a, b] => Some([*a, *b]),
        _ => None,
    });
    if !DISTRIBUTIONS.contains(&word) {
        return refuse(reader, did_you_mean(word, DISTRIBUTIONS, '`'));
    }
    let Some([a, b]) = pair else {
        let (what, help) = match word {
            NORMAL => ("mean and standard deviation", "normal = [1.0, 0.1]"),
            _ => ("the two ends", "uniform = [0.9, 1.1]"),
        };
        let title = format!("`{word}` of `{key}` must be {what}");
        return reader.refuse(numbers.span(), title, "not two numbers", Some(help.into()));
    };
    let first = one(reader, &key, a)?;
    let distribution = if word == NORMAL {
        if key.is_whole() {
            let title = format!("`{key}` takes whole numbers, which no normal distribution has");
            let help = Some("draw it from { uniform = [a, b] }, ends included".into());
            return reader.refuse(name.span(), title, "not whole", help);
        }
        let deviation = reader.unbounded(&key, b)?;
        if deviation < 0.0 {
            let title = format!("the standard deviation of `{key}` must be at least 0, but is {deviation:?}");
            return reader.refuse(b.span(), title, "negative", None);
        }
        Distribution::Normal(first, deviation)
    } else {
        let last = one(reader, &key, b)?;
        if first >= last {
            let title =
                format!("the second end of `{key}` must be above the first, {first:?}, but is {last:?}");
            return reader.refuse(b.span(), title, "not above the first end", None);
        }
        if key.is_whole() { Distribution::Whole(first, last) } else { Distribution::Uniform(first, last) }
    };
    Some(Random { key, distribution, written: is_written(reader, &key), span: value.span() })
}

/// Whether the file gives the key a value: in its stage for a key of one.
fn is_written(reader: &Reader<'_>, key: &NumericKey) -> bool {
    let entry = |entries: Option<&DeTable<'_>>, name: &str| entries.and_then(|e| e.get(name)).is_some();
    match (key.stage, key.state) {
        (Some(stage), _) => {
            let table = reader.stages.get(stage - 1).map(|(_, table)| *table);
            match key.table {
                keys::STAGE => entry(table, key.name),
                inner => entry(table.and_then(|t| t.get(inner)?.get_ref().as_table()), key.name),
            }
        }
        // Of two rates each is a key.
        (None, Some(rate)) if key.key().takes == Takes::Load => {
            let load = reader.raw(key.table, key.name).map(|value| value.get_ref());
            load.is_some_and(|load| entry(load.as_table(), rate))
        }
        (None, _) => reader.raw(key.table, key.name).is_some(),
    }
}
