//! `leyden atlas`.

use std::time::Instant;

use leyden_atlas::{AtlasError, Found, Request, Verdict};
use leyden_study::{Folder, machine};

use crate::arguments::Atlas;
use crate::cleanup;
use crate::outcome::{Code, Failure};
use crate::pace::took;
use crate::study;
use crate::voice::tell;

pub(crate) fn atlas(arguments: &Atlas) -> Result<Code, Failure> {
    let request = Request {
        only: arguments.only.clone(),
        quick: arguments.quick,
        threads: arguments.threads.map_or_else(machine::threads, usize::from),
        memory_limit: machine::memory_limit(),
    };
    let folder = Folder::at(&arguments.out);
    let lock = folder.lock()?;
    cleanup::made(lock.made());
    let bar = study::on_a_terminal("{bar:30} {pos} of {len}: {msg}");
    let begin = Instant::now();
    let found = leyden_atlas::atlas(&arguments.out, &request, &|what, done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
        bar.set_message(what.to_string());
    });
    bar.finish_and_clear();
    let found = found.map_err(|error: AtlasError| Failure::new(error))?;
    tell(&summary(&found))?;
    tell(&format!("wrote {}/index.html in {}\n", arguments.out.display(), took(begin.elapsed())))?;
    let broken = found.broken();
    if broken.is_empty() {
        return Ok(Code::Good);
    }
    Failure::new(format_args!(
        "numbers or verdicts are others than those that are known: {}",
        broken.join(", ")
    ))
    .say();
    Ok(Code::Failed)
}

/// Every claim and paper with its verdict, and how many figures there are.
fn summary(found: &Found) -> String {
    let mut out = String::new();
    let mut line =
        |id: &str, verdict: Verdict, said: &str| out += &format!("{id:<16}{:<22}{said}\n", verdict.words());
    for (claim, finding) in &found.claims {
        line(claim.id, finding.verdict(), claim.claim);
    }
    for (paper, finding) in &found.papers {
        line(paper.id, finding.verdict(), paper.statement);
    }
    if !found.figures.is_empty() {
        let count = found.figures.len();
        out += &format!("{count} figure{}\n", if count == 1 { "" } else { "s" });
    }
    out
}
