//! The atlas: published figures and claims of quantum batteries, recomputed through scenarios and studies as any user runs them, with
//! claim beside measurement.
//!
//! [`atlas`] writes a folder: `index.html`, `claims.json`, `papers.json`, of every figure the picture, its numbers and its scenarios, and
//! in `results` the result folders behind all of it, which a later call with the same folder finds again.

mod claims;
mod closed;
mod coarse;
mod error;
mod evidence;
mod numbers;
mod page;
mod papers;
mod plates;
mod runs;

use std::path::Path;

use serde_json::json;

pub use claims::{CLAIMS, Claim};
pub use error::AtlasError;
pub use evidence::{Check, Finding, Measured, Verdict};
pub use papers::{PAPERS, Paper};
pub use plates::{PLATES, Plate};
pub use runs::Runs;

/// What is wanted.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Identifiers of claims and papers and stems of figures; empty for all.
    pub only: Vec<String>,
    /// Figures over coarser grids.
    pub quick: bool,
    /// Threads for the points of sweeps, at least 1.
    pub threads: usize,
    /// Memory in bytes for all of them.
    pub memory_limit: f64,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Every claim with its finding, in order.
    pub claims: Vec<(&'static Claim, Finding)>,
    /// Every paper with its finding, in order.
    pub papers: Vec<(&'static Paper, Finding)>,
    /// Stems of the figures that were drawn.
    pub figures: Vec<&'static str>,
}

impl Found {
    /// Claims and papers whose numbers disagree with their second ones, or whose verdict is another than the one that is known.
    pub fn broken(&self) -> Vec<&'static str> {
        let claims =
            self.claims.iter().filter(|(claim, found)| !found.stands(claim.verdict)).map(|(c, _)| c.id);
        let papers =
            self.papers.iter().filter(|(paper, found)| !found.stands(paper.verdict)).map(|(p, _)| p.id);
        claims.chain(papers).collect()
    }
}

/// Everything that `only` may name.
pub fn names() -> impl Iterator<Item = &'static str> {
    let claims = CLAIMS.iter().map(|claim| claim.id);
    claims.chain(PLATES.iter().map(|plate| plate.stem)).chain(PAPERS.iter().map(|paper| paper.id))
}

/// Writes the atlas into the folder at `out`; `tell` hears what is computed next, how many pieces are done and how many there are.
///
/// # Errors
/// [`AtlasError`] when a scenario does not run or a file cannot be written; numbers that disagree are no error but [`Found::broken`].
pub fn atlas(out: &Path, request: &Request, tell: &dyn Fn(&str, usize, usize)) -> Result<Found, AtlasError> {
    let wanted = |name: &str| request.only.is_empty() || request.only.iter().any(|only| only == name);
    if let Some(unknown) = request.only.iter().find(|only| !names().any(|name| name == *only)) {
        return Err(AtlasError::Unknown { name: unknown.clone(), known: names().collect() });
    }
    let runs = Runs::new(out.join("results"), request);
    let plates: Vec<&Plate> = PLATES.iter().copied().filter(|plate| wanted(plate.stem)).collect();
    let claims: Vec<&Claim> = CLAIMS.iter().copied().filter(|claim| wanted(claim.id)).collect();
    let papers: Vec<&Paper> = PAPERS.iter().copied().filter(|paper| wanted(paper.id)).collect();
    let total = plates.len() + claims.len() + papers.len();
    let mut found = Found::default();
    let mut done = 0;
    let mut begin = |what: &str| {
        tell(what, done, total);
        done += 1;
    };
    for claim in claims {
        begin(claim.id);
        found.claims.push((claim, (claim.find)(&runs)?));
    }
    for paper in papers {
        begin(paper.id);
        runs.begin();
        found.papers.push((paper, (paper.find)(&runs)?));
        runs.write_used(out, paper.id)?;
    }
    let mut drawn = Vec::new();
    for plate in plates {
        begin(plate.stem);
        drawn.push(plate.draw(&runs, out)?);
        found.figures.push(plate.stem);
    }
    let write = |name: &str, text: String| runs.write(&out.join(name), text.as_bytes());
    let claims = found.claims.iter().map(|(claim, finding)| claim.json(finding));
    write("claims.json", format!("{:#}\n", json!(claims.collect::<Vec<_>>())))?;
    let papers = found.papers.iter().map(|(paper, finding)| paper.json(finding));
    write("papers.json", format!("{:#}\n", json!(papers.collect::<Vec<_>>())))?;
    write("index.html", page::page(&found, &drawn))?;
    Ok(found)
}
