//! From numbers to a verdict: what was measured, by which second way, and which form of the claim the numbers bear out.

use leyden::merit::fit_power;
use serde_json::{Value, json};

/// Second ways to a number.
pub(crate) const CLOSED: &str = "closed form";
pub(crate) const TAYLOR: &str = "master equation by substepped Taylor series";

/// What the numbers say about a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it was published.
    Holds,
    /// Once its formula is corrected.
    WithCorrection,
    /// Where something else is given, too.
    WithinLimits,
    /// Not at all.
    DoesNotHold,
}

impl Verdict {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::WithCorrection => "holds with correction",
            Verdict::WithinLimits => "holds within limits",
            Verdict::DoesNotHold => "does not hold",
        }
    }
}

/// A number of leyden beside one that was found in another way.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// What it is.
    pub name: String,
    /// As leyden's own method gives it.
    pub value: f64,
    /// By how much the two may differ.
    pub tolerance: f64,
    /// The same number in another way.
    pub second: f64,
    /// Which way.
    pub by: &'static str,
}

impl Measured {
    /// Whether the two agree.
    pub fn agrees(&self) -> bool {
        (self.value - self.second).abs() <= self.tolerance
    }
}

/// One statement about a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Check {
    /// The first number is the second one up to the third.
    Near(f64, f64, f64),
    /// Something that numbers were compared for already.
    True(bool),
    /// The first number is below the second.
    Below(f64, f64),
    /// The first number is above the second.
    Above(f64, f64),
}

impl Check {
    fn is_true(self) -> bool {
        match self {
            Check::Near(value, expected, tolerance) => (value - expected).abs() <= tolerance,
            Check::True(truth) => truth,
            Check::Below(value, bound) => value < bound,
            Check::Above(value, bound) => value > bound,
        }
    }
}

/// What was found about a claim.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Finding {
    /// Its numbers.
    pub measured: Vec<Measured>,
    /// What must be true if the claim holds as published.
    as_published: Vec<Check>,
    /// The corrected formula, and what must be true if that holds.
    corrected: Option<(String, Vec<Check>)>,
    /// Where the claim holds, and what must be true if it does there and only there.
    within: Option<(String, Vec<Check>)>,
    /// What shows that it does not hold.
    shown_by: Option<String>,
    /// What else is worth a sentence.
    pub remark: Option<String>,
}

impl Finding {
    /// A finding without numbers yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a number with its second one.
    pub(crate) fn measure(
        mut self,
        name: impl Into<String>,
        value: f64,
        (second, by): (f64, &'static str),
        tolerance: f64,
    ) -> Self {
        self.measured.push(Measured { name: name.into(), value, tolerance, second, by });
        self
    }

    /// What the claim says as it was published.
    pub(crate) fn published(mut self, checks: impl IntoIterator<Item = Check>) -> Self {
        self.as_published.extend(checks);
        self
    }

    /// What it says once corrected.
    pub(crate) fn corrected(
        mut self,
        how: impl Into<String>,
        checks: impl IntoIterator<Item = Check>,
    ) -> Self {
        self.corrected = Some((how.into(), checks.into_iter().collect()));
        self
    }

    /// Where it holds.
    pub(crate) fn within(
        mut self,
        limits: impl Into<String>,
        checks: impl IntoIterator<Item = Check>,
    ) -> Self {
        self.within = Some((limits.into(), checks.into_iter().collect()));
        self
    }

    /// What shows that it does not hold, should it not.
    pub(crate) fn unless(mut self, shown_by: impl Into<String>) -> Self {
        self.shown_by = Some(shown_by.into());
        self
    }

    /// A sentence beside the numbers.
    pub(crate) fn remark(mut self, remark: impl Into<String>) -> Self {
        self.remark = Some(remark.into());
        self
    }

    /// The verdict of the numbers: the strongest form of the claim of which all is true.
    pub fn verdict(&self) -> Verdict {
        let all = |checks: &[Check]| !checks.is_empty() && checks.iter().all(|check| check.is_true());
        if all(&self.as_published) {
            Verdict::Holds
        } else if self.corrected.as_ref().is_some_and(|(_, checks)| all(checks)) {
            Verdict::WithCorrection
        } else if self.within.as_ref().is_some_and(|(_, checks)| all(checks)) {
            Verdict::WithinLimits
        } else {
            Verdict::DoesNotHold
        }
    }

    /// The correction, where the verdict has one.
    pub fn correction(&self) -> Option<&str> {
        let corrected = self.corrected.as_ref().filter(|_| self.verdict() == Verdict::WithCorrection);
        corrected.map(|(how, _)| &**how)
    }

    /// The limits, where the verdict has some.
    pub fn limits(&self) -> Option<&str> {
        let within = self.within.as_ref().filter(|_| self.verdict() == Verdict::WithinLimits);
        within.map(|(limits, _)| &**limits)
    }

    /// What shows that the claim does not hold, where it does not.
    pub fn shown_by(&self) -> Option<&str> {
        self.shown_by.as_deref().filter(|_| self.verdict() == Verdict::DoesNotHold)
    }

    /// Whether all numbers agree with their second ones and the verdict is the one that is known.
    pub fn stands(&self, known: Verdict) -> bool {
        self.verdict() == known && self.measured.iter().all(Measured::agrees)
    }

    /// The part of a claim's or paper's JSON that was found.
    pub(crate) fn json(&self) -> Value {
        let measured = self.measured.iter().map(|m| {
            json!({
                "name": m.name, "value": m.value, "tolerance": m.tolerance,
                "second": m.second, "second_by": m.by, "agrees": m.agrees(),
            })
        });
        json!({
            "verdict": self.verdict().words(),
            "measured": measured.collect::<Vec<_>>(),
            "correction": self.correction(),
            "limits": self.limits(),
            "shown_by": self.shown_by(),
            "remark": self.remark,
        })
    }
}

/// The exponent of a power law by least squares on logarithms; NaN where there is none.
pub(crate) fn exponent(x: &[f64], y: &[f64]) -> f64 {
    fit_power(x, y).map_or(f64::NAN, |fit| fit.exponent)
}

/// One table out of what is known of a claim and what was found.
pub(crate) fn joined(known: Value, found: Value) -> Value {
    match (known, found) {
        (Value::Object(mut known), Value::Object(found)) => {
            known.extend(found);
            Value::Object(known)
        }
        (known, _) => known,
    }
}
