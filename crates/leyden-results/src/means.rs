//! Means over the samples of `[disorder]`, one sample after another in memory that does not grow with their number: with x_n the number in
//! sample n (@welford1962),
//!
//! ```text
//! m_n = m_{n-1} + (x_n - m_{n-1})/n,    S_n = S_{n-1} + (x_n - m_{n-1}) (x_n - m_n),
//! ```
//!
//! the mean is m_N and its standard error sqrt(S_N/(N (N - 1))). Samples may come in any order: those that come early wait for those before
//! them, so that sums do not depend on who computed what.

use std::collections::BTreeMap;

/// What one sample has.
#[derive(Clone, Debug, PartialEq)]
struct Sample {
    numbers: Vec<f64>,
    reason: String,
}

/// Means of so many numbers over so many samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Means {
    samples: usize,
    /// Samples in the sums, the first ones.
    added: usize,
    mean: Vec<f64>,
    squares: Vec<f64>,
    /// How many samples lack a number, and the first of them, from 1.
    lacking: Vec<(usize, usize)>,
    /// How many samples failed, and the first of them.
    failed: (usize, usize),
    /// What is said of samples that are the first to lack something.
    reasons: BTreeMap<usize, String>,
    waiting: BTreeMap<usize, Sample>,
}

impl Means {
    /// Nothing yet.
    pub fn new(samples: usize, numbers: usize) -> Self {
        Means {
            samples,
            added: 0,
            mean: vec![0.0; numbers],
            squares: vec![0.0; numbers],
            lacking: vec![(0, 0); numbers],
            failed: (0, 0),
            reasons: BTreeMap::new(),
            waiting: BTreeMap::new(),
        }
    }

    /// Whether this sample, counted from 1, is there.
    pub fn has(&self, sample: usize) -> bool {
        sample <= self.added || self.waiting.contains_key(&sample)
    }

    /// How many are there.
    pub fn filled(&self) -> usize {
        self.added + self.waiting.len()
    }

    /// Whether all are there.
    pub fn is_complete(&self) -> bool {
        self.added == self.samples
    }

    /// Takes a sample unless it is there. Numbers that are not finite do not exist; a sample that failed has none.
    pub fn add(&mut self, sample: usize, numbers: &[f64], failed: bool, reason: &str) {
        if self.has(sample) {
            return;
        }
        let numbers = if failed { Vec::new() } else { numbers.into() };
        self.waiting.insert(sample, Sample { numbers, reason: reason.into() });
        while let Some(next) = self.waiting.remove(&(self.added + 1)) {
            self.take(&next);
        }
    }

    fn take(&mut self, Sample { numbers, reason }: &Sample) {
        self.added += 1;
        let (sample, n) = (self.added, self.added as f64);
        let first_of = |(count, first): &mut (usize, usize)| {
            *count += 1;
            if *count == 1 {
                *first = sample;
            }
            *count == 1
        };
        let mut is_first = false;
        if numbers.is_empty() {
            is_first |= first_of(&mut self.failed);
        }
        let sums = self.mean.iter_mut().zip(&mut self.squares).zip(&mut self.lacking);
        for (i, ((mean, squares), lacking)) in sums.enumerate() {
            match numbers.get(i) {
                Some(&x) if x.is_finite() => {
                    let before = x - *mean;
                    *mean += before / n;
                    *squares += before * (x - *mean);
                }
                _ => is_first |= first_of(lacking),
            }
        }
        if is_first {
            self.reasons.insert(sample, reason.clone());
        }
    }

    /// Means of the numbers that all samples have, else NaN.
    pub fn mean(&self) -> Vec<f64> {
        let known = self.mean.iter().zip(&self.lacking);
        known
            .map(|(&mean, &(lacking, _))| if self.is_complete() && lacking == 0 { mean } else { f64::NAN })
            .collect()
    }

    /// Their standard errors, NaN for one sample.
    pub fn standard_error(&self) -> Vec<f64> {
        let n = self.samples as f64;
        let error = |squares: f64| (squares.max(0.0) / (n - 1.0) / n).sqrt();
        let known = self.mean().into_iter().zip(&self.squares);
        known
            .map(|(mean, &squares)| if mean.is_nan() || n == 1.0 { f64::NAN } else { error(squares) })
            .collect()
    }

    /// How many samples there are to be.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// How many samples failed.
    pub fn failed(&self) -> usize {
        self.failed.0 + self.waiting.values().filter(|sample| sample.numbers.is_empty()).count()
    }

    /// How many samples lack the number at `place`, and the first of them, from 1.
    pub fn lacking(&self, place: usize) -> (usize, usize) {
        self.lacking[place]
    }

    /// What failed, or what some samples lack while others have it, in a sentence; `names` are those of the numbers.
    pub fn why(&self, names: impl Fn(usize) -> String) -> Option<String> {
        let said = |sample: &usize| self.reasons.get(sample).map_or("", |reason| reason);
        let (failed, first) = self.failed;
        if failed > 0 {
            return Some(format!(
                "{failed} of {} samples failed, sample {first}: {}",
                self.samples,
                said(&first)
            ));
        }
        let some = |&(_, &(count, _)): &(usize, &(usize, usize))| count > 0 && count < self.samples;
        let (place, (count, first)) = self.lacking.iter().enumerate().find(some)?;
        let name = names(place);
        Some(format!("{name}: {count} of {} samples lack it, sample {first}: {}", self.samples, said(first)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(order: &[usize]) -> Means {
        let mut means = Means::new(4, 2);
        for &sample in order {
            let x = [0.1, 0.7, 0.3, 1.9][sample - 1];
            let second = if sample == 3 { f64::INFINITY } else { x };
            assert!(!means.has(sample) && !means.is_complete());
            means.add(sample, &[x, second], false, "too hot");
            means.add(sample, &[9.0, 9.0], false, "again");
        }
        means
    }

    #[test]
    fn sums_do_not_depend_on_who_came_first() {
        let found = means(&[1, 2, 3, 4]);
        // 0.75, and sqrt((0.65^2 + 0.05^2 + 0.45^2 + 1.15^2)/12).
        assert!((found.mean()[0] - 0.75).abs() < 1e-15);
        assert!((found.standard_error()[0] - (1.95_f64 / 12.0).sqrt()).abs() < 1e-15);
        for order in [[4, 3, 2, 1], [2, 1, 4, 3], [3, 1, 2, 4]] {
            assert_eq!(means(&order), found);
        }
    }

    #[test]
    fn what_a_sample_lacks_has_no_mean() {
        let found = means(&[1, 4, 2, 3]);
        assert!(found.mean()[1].is_nan() && found.standard_error()[1].is_nan());
        assert_eq!((found.lacking(0).0, found.lacking(1)), (0, (1, 3)));
        assert_eq!(found.why(|i| format!("x{i}")).unwrap(), "x1: 1 of 4 samples lack it, sample 3: too hot");
    }

    #[test]
    fn samples_that_failed_and_single_ones() {
        let mut found = Means::new(2, 1);
        found.add(1, &[0.5], false, "");
        assert!(found.mean()[0].is_nan());
        found.add(2, &[0.5], true, "inaccurate");
        assert!(found.mean()[0].is_nan() && found.failed() == 1);
        assert_eq!(found.why(|_| "x".into()).unwrap(), "1 of 2 samples failed, sample 2: inaccurate");
        let mut one = Means::new(1, 1);
        one.add(1, &[0.5], false, "");
        assert_eq!((one.mean()[0], one.why(|_| String::new())), (0.5, None));
        assert!(one.standard_error()[0].is_nan());
    }
}
