//! The claims of the sources, each with what leyden finds and the verdict that is known.

mod engines;
mod pair;
mod stars;

pub(crate) use stars::STRONG;

use serde_json::{Value, json};

use crate::evidence::joined;
use crate::{AtlasError, Finding, Runs, Verdict};

/// A claim of the sources.
#[derive(Debug)]
pub struct Claim {
    /// C1, C2, ...
    pub id: &'static str,
    /// What is claimed.
    pub claim: &'static str,
    /// Where.
    pub source: &'static str,
    /// What earlier measurements said.
    pub verdict: Verdict,
    /// Measures it.
    pub(crate) find: fn(&Runs) -> Result<Finding, AtlasError>,
}

impl Claim {
    /// Its entry of claims.json.
    pub(crate) fn json(&self, finding: &Finding) -> Value {
        joined(json!({ "id": self.id, "claim": self.claim, "source": self.source }), finding.json())
    }
}

/// All of them, in order.
pub const CLAIMS: &[&Claim] = &[
    &pair::C1,
    &pair::C2,
    &pair::C3,
    &pair::C4,
    &pair::C5,
    &pair::C6,
    &pair::C7,
    &pair::C8,
    &pair::C9,
    &pair::C10,
    &stars::C11,
    &stars::C12,
    &stars::C13,
    &stars::C14,
    &stars::C15,
    &stars::C16,
    &pair::C17,
    &engines::C18,
    &engines::C19,
    &engines::C20,
    &engines::C21,
    &engines::C22,
    &engines::C23,
    &engines::C24,
];
