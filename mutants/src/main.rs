//! Do the tests notice when the sources are wrong? Small changes ("mutants") are written into a copy of the sources, all of them
//! into one build, in which a variable of the environment chooses the one that runs. Every mutant that is reached by tests
//! should make one of them fail.

mod compile;
mod edit;
mod find;
mod operators;
mod process;
mod reach;
mod report;
mod results;
mod sample;
mod site;
mod tree;
mod workers;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use compile::{Binary, Build};
use process::{End, Limits};
use reach::Reach;
use results::Verdict;
use site::Site;

const USAGE: &str =
    "usage: cargo xtask mutants [--count N] [--seed N] [--longest SECONDS] [--survivors] [--list]";

/// Builds until all mutants compile: type errors of one crate hide those of the next.
const ROUNDS: usize = 20;

struct Arguments {
    count: usize,
    seed: u64,
    /// Seconds: slower tests do not run.
    longest: f64,
    survivors: bool,
    list: bool,
}

fn arguments() -> Option<Arguments> {
    let mut given = Arguments { count: 200, seed: 1, longest: f64::INFINITY, survivors: false, list: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--count" => given.count = words.next()?.parse().ok()?,
            "--seed" => given.seed = words.next()?.parse().ok()?,
            "--longest" => given.longest = words.next()?.parse().ok()?,
            "--survivors" => given.survivors = true,
            "--list" => given.list = true,
            _ => return None,
        }
    }
    Some(given)
}

fn main() -> Result<(), Box<dyn Error>> {
    let Some(given) = arguments() else { return Err(USAGE.into()) };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("no root")?.to_path_buf();
    let home = root.join("target/mutants");
    fs::create_dir_all(&home)?;
    // Two runs would tread on the files of each other.
    let lock = fs::File::create(home.join("lock"))?;
    if !given.list && lock.try_lock().is_err() {
        return Err("another run holds target/mutants/lock".into());
    }
    let files = tree::files(&root)?;
    let sources = Sources::read(&root, &files)?;
    let dropped_file = home.join("dropped.tsv");
    let mut dropped: BTreeSet<String> =
        fs::read_to_string(&dropped_file).unwrap_or_default().lines().map(String::from).collect();
    if given.list {
        for site in sample::sample(&sources.sites, given.seed, given.count, &dropped) {
            println!("{}:{} {}: {}: {}", site.file, site.line, site.function, site.operator, site.change());
        }
        return Ok(());
    }
    let (mutants, binaries) = build(&root, &home, &files, &sources, &given, &mut dropped, &dropped_file)?;
    let temporary = home.join("tmp");
    let _ = fs::remove_dir_all(&temporary);
    fs::create_dir_all(&temporary)?;
    let limits = Limits::new(temporary.clone());
    let start = Instant::now();
    let reaches = reach::reach(&binaries, &temporary, &limits, &home.join("reached.tsv"))?;
    eprintln!("mutants: what {} tests reach, in {:.0} s", reaches.len(), start.elapsed().as_secs_f64());
    let start = Instant::now();
    let judged = judge(&mutants, &reaches, &sources, &limits, &home.join("results.tsv"), &given)?;
    eprintln!("mutants: {} runs in {:.0} s", judged.len(), start.elapsed().as_secs_f64());
    let _ = fs::remove_dir_all(&temporary);
    print!("{}", report::report(&judged));
    let slow = reaches.iter().filter(|reach| reach.time.as_secs_f64() > given.longest).count();
    if slow > 0 {
        println!("{slow} tests longer than {} s did not run", given.longest);
    }
    Ok(())
}

/// What can be changed, and the hash of every source without its tests.
struct Sources {
    sites: Vec<Site>,
    hashes: BTreeMap<String, u64>,
}

impl Sources {
    fn read(root: &Path, files: &[String]) -> Result<Self, Box<dyn Error>> {
        let (mut sites, mut hashes, mut tests) = (Vec::new(), BTreeMap::new(), Vec::new());
        let is_source = |name: &&String| {
            name.starts_with("crates/") && name.ends_with(".rs") && name.split('/').nth(2) == Some("src")
        };
        for name in files.iter().filter(is_source) {
            let found = find::find(name, &fs::read_to_string(root.join(name))?)
                .map_err(|error| format!("{name}: {error}"))?;
            let folder = match name.rsplit_once('/') {
                Some((folder, "lib.rs" | "main.rs" | "mod.rs")) => folder,
                _ => name.trim_end_matches(".rs"),
            };
            for module in found.test_modules {
                tests.push(format!("{folder}/{module}.rs"));
                tests.push(format!("{folder}/{module}/"));
            }
            sites.extend(found.sites);
            hashes.insert(name.clone(), site::hash(&found.without_tests));
        }
        sites.retain(|site: &Site| !tests.iter().any(|test| site.file.starts_with(test)));
        Ok(Self { sites, hashes })
    }

    fn hash(&self, site: &Site) -> u64 {
        self.hashes.get(&site.file).copied().unwrap_or_default()
    }
}

/// Draws mutants, and draws again for those that do not compile.
fn build(
    root: &Path,
    home: &Path,
    files: &[String],
    sources: &Sources,
    given: &Arguments,
    dropped: &mut BTreeSet<String>,
    dropped_file: &Path,
) -> Result<(Vec<Site>, Vec<Binary>), Box<dyn Error>> {
    let (copy, target): (PathBuf, PathBuf) = (home.join("tree"), home.join("build"));
    if !target.exists() {
        tree::seed(&root.join("target/release"), &target.join("release"))?;
    }
    let crates: BTreeSet<String> = sources.sites.iter().map(|site| site.krate().to_string()).collect();
    let crates: Vec<String> = crates.into_iter().collect();
    let start = Instant::now();
    for round in 1..=ROUNDS {
        let mutants = sample::sample(&sources.sites, given.seed, given.count, dropped);
        eprintln!("mutants: build {round} of {} mutants among {} sites", mutants.len(), sources.sites.len());
        let places = tree::write(root, &copy, files, &mutants)?;
        match compile::build(&copy, &target, &crates, &places)? {
            Build::Done(binaries) => {
                eprintln!("mutants: built in {:.0} s", start.elapsed().as_secs_f64());
                return Ok((mutants, binaries));
            }
            Build::Wrong(wrong) => {
                eprintln!("mutants: {} do not compile, and others are drawn", wrong.len());
                dropped.extend(wrong);
                fs::write(dropped_file, dropped.iter().map(|key| format!("{key}\n")).collect::<String>())?;
            }
            Build::Broken(errors) => return Err(format!("the copy does not build: {errors}").into()),
        }
    }
    Err(format!("still mutants that do not compile after {ROUNDS} builds").into())
}

/// Runs the tests that reach each mutant until one fails.
fn judge(
    mutants: &[Site],
    reaches: &[Reach],
    sources: &Sources,
    limits: &Limits,
    file: &Path,
    given: &Arguments,
) -> Result<Vec<(Site, Verdict)>, Box<dyn Error>> {
    let known = results::read(file);
    let writing = Mutex::new(());
    let done = AtomicUsize::new(0);
    let judged = workers::work(mutants, |_, site| {
        let identity = results::identity(site, sources.hash(site));
        let known = known.get(&identity).filter(|verdict| verdict.caught.is_some() || !given.survivors);
        let place = |done: &AtomicUsize| done.fetch_add(1, Relaxed) + 1;
        if let Some(verdict) = known {
            place(&done);
            return Ok((site.clone(), verdict.clone()));
        }
        let verdict = verdict(site, reaches, limits, given.longest)?;
        let _writing = writing.lock();
        results::append(file, site, sources.hash(site), &verdict)?;
        let outcome = match &verdict.caught {
            Some(by) => format!("caught by {by}"),
            None => "SURVIVED".into(),
        };
        let Verdict { reached, seconds, .. } = &verdict;
        let (place, all) = (place(&done), mutants.len());
        let Site { file, line, .. } = site;
        eprintln!(
            "[{place}/{all}] {file}:{line} {}: {outcome} ({reached} tests, {seconds:.1} s)",
            site.change()
        );
        Ok((site.clone(), verdict))
    })?;
    Ok(judged)
}

fn verdict(site: &Site, reaches: &[Reach], limits: &Limits, longest: f64) -> std::io::Result<Verdict> {
    let number = site.number();
    let mut reaching: Vec<&Reach> = reaches.iter().filter(|reach| reach.mutants.contains(&number)).collect();
    let own = |reach: &Reach| reach.test.binary.krate == site.krate() && reach.test.binary.target == "unit";
    reaching.sort_by_key(|reach| (!own(reach), reach.time));
    let start = Instant::now();
    let mut caught = None;
    for reach in reaching.iter().filter(|reach| reach.time.as_secs_f64() <= longest) {
        let most = reach.time * 10 + Duration::from_secs(10);
        let value = number.to_string();
        let run = || process::run(&reach.test, ("LEYDEN_MUTANT", Path::new(&value)), limits, most);
        let (end, _) = run()?;
        // Once more, in case that it was not the mutant.
        if end == End::TimedOut || (end == End::Failed && run()?.0 != End::Passed) {
            let why = if end == End::TimedOut { " (time)" } else { "" };
            caught = Some(reach.test.label() + why);
            break;
        }
    }
    Ok(Verdict { caught, reached: reaching.len(), seconds: start.elapsed().as_secs_f64() })
}
