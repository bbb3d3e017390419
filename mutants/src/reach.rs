//! Which test passes which mutants, and how long it takes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use crate::compile::Binary;
use crate::process::{End, Limits, Test, list, run};
use crate::workers::work;

/// A test that passes without mutants.
pub(crate) struct Reach {
    pub(crate) test: Test,
    pub(crate) time: Duration,
    /// Numbers of mutants.
    pub(crate) mutants: BTreeSet<u32>,
}

/// The longest that a test may take without a mutant.
const LONGEST: Duration = Duration::from_secs(600);

/// Runs every test alone, or reads what an earlier run of the same binaries has kept in `kept`.
pub(crate) fn reach(
    binaries: &[Binary],
    folder: &Path,
    limits: &Limits,
    kept: &Path,
) -> io::Result<Vec<Reach>> {
    let mut tests = Vec::new();
    let mut header = String::from("#");
    for binary in binaries {
        let built =
            fs::metadata(&binary.executable)?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        header += &format!(" {}/{} {}", binary.krate, binary.target, built.as_nanos());
        tests.extend(list(binary)?);
    }
    let there = fs::read_to_string(kept).unwrap_or_default();
    if there.lines().next() == Some(&header) {
        return Ok(read(&tests, &there));
    }
    eprintln!("mutants: {} tests run once to see what they reach", tests.len());
    let done = work(&tests, |place, test| {
        let reached = folder.join(place.to_string());
        // What an interrupted run has left is not of this build.
        let _ = fs::remove_dir_all(&reached);
        fs::create_dir_all(&reached)?;
        let run = || run(test, ("LEYDEN_MUTANT_REACHED", &reached), limits, LONGEST);
        let (mut end, mut time) = run()?;
        if end == End::Failed {
            (end, time) = run()?;
        }
        let names =
            fs::read_dir(&reached)?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let mutants = names.collect();
        fs::remove_dir_all(&reached)?;
        if end != End::Passed {
            eprintln!("mutants: {} fails without a mutant, and is left out", test.label());
        }
        Ok((end == End::Passed).then(|| Reach { test: test.clone(), time, mutants }))
    })?;
    let done: Vec<Reach> = done.into_iter().flatten().collect();
    let mut text = header;
    for Reach { test, time, mutants } in &done {
        let mutants: Vec<String> = mutants.iter().map(u32::to_string).collect();
        text += &format!("\n{}\t{}\t{}", test.label(), time.as_secs_f64(), mutants.join(" "));
    }
    fs::write(kept, text + "\n")?;
    Ok(done)
}

fn read(tests: &[Test], kept: &str) -> Vec<Reach> {
    let known: BTreeMap<String, &Test> = tests.iter().map(|test| (test.label(), test)).collect();
    let line = |line: &str| {
        let mut fields = line.split('\t');
        let test = (*known.get(fields.next()?)?).clone();
        let time = Duration::from_secs_f64(fields.next()?.parse().ok()?);
        let mutants = fields.next()?.split(' ').filter_map(|number| number.parse().ok()).collect();
        Some(Reach { test, time, mutants })
    };
    kept.lines().skip(1).filter_map(line).collect()
}
