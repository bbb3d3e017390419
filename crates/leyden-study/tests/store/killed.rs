//! Writers that are killed, or find no space: nothing finished is lost, and no trace of it is left.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use leyden_study::store::{Progress, Shard, Store, StoreError};

use crate::study::*;

#[test]
fn temporaries_of_killed_runs_are_cleaned() {
    let (layout, folder) = (small(), tempfile::tempdir().unwrap());
    let expected = undisturbed(&layout);
    fs::create_dir(folder.path().join("scalar_0")).unwrap();
    let leave = |name: &str| fs::write(folder.path().join(name), "left").unwrap();
    leave(".create.abc.tmp");
    leave("scalar_0/.create.abc.tmp");
    leave("create.lock");
    leave("scalar_0/.shard-1-of-1.abc.tmp");
    let mut store = Store::open(folder.path(), &layout, Shard::ALL).unwrap();
    compute(&mut store, &layout, 7);
    drop(store);
    leave("status/.shard-1-of-1.def.tmp");
    leave(".shard-1-of-1.def.tmp");
    leave("shard-1-of-1.lock");
    leave("shard-2-of-3.lock");
    leave("reason/.shard-2-of-3.def.tmp");
    leave("create.lock");
    run(folder.path(), &layout, Shard::ALL);
    assert_same(folder.path(), &expected, "cleaned");
}

#[test]
fn the_journal_stays_short_and_keeps_what_is_in_no_chunk() {
    let (layout, folder) = (large(), tempfile::tempdir().unwrap());
    let journal = folder.path().join("shard-1-of-1.journal");
    let mut store = Store::open(folder.path(), &layout, Shard::ALL).unwrap();
    // One point of every chunk early, so that all are in progress.
    let mut kept = BTreeSet::new();
    for chunk in store.chunks_to_do().collect::<Vec<_>>() {
        kept.insert(store.points_of(chunk)[1]);
    }
    let others: Vec<usize> = (30..points(&layout)).filter(|point| !kept.contains(point)).collect();
    let mut longest = 0;
    for &point in kept.iter().chain(&others) {
        store.append(point, &record(&layout, point)).unwrap();
        longest = longest.max(fs::metadata(&journal).unwrap().len());
    }
    assert!(longest < 8 << 20, "{longest} bytes");
    drop(store);
    assert_reads(folder.path(), &layout, |point| point >= 30 || kept.contains(&point));
    run(folder.path(), &layout, Shard::ALL);
    assert_same(folder.path(), &undisturbed(&layout), "shortened");
}

/// This test binary, writing a store in another process; `kept <point>` on a line of its own for every point kept.
pub(crate) fn child(folder: &Path, layout: &str) -> std::process::Child {
    command(folder, layout, Command::new(std::env::current_exe().unwrap())).spawn().unwrap()
}

fn command(folder: &Path, layout: &str, mut command: Command) -> Command {
    command
        .args(["--exact", "killed::writer_in_a_child_process", "--nocapture", "--test-threads=1"])
        .env("LEYDEN_STORE_FOLDER", folder)
        .env("LEYDEN_STORE_LAYOUT", layout)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

#[test]
fn writer_in_a_child_process() {
    let Some(folder) = std::env::var_os("LEYDEN_STORE_FOLDER") else { return };
    let layout = if std::env::var("LEYDEN_STORE_LAYOUT").unwrap() == "large" { large() } else { small() };
    let mut out = std::io::stdout();
    let write = |out: &mut dyn Write| -> Result<Progress, StoreError> {
        let mut store = Store::open(&folder, &layout, Shard::ALL)?;
        let chunks: Vec<usize> = store.chunks_to_do().collect();
        // Two chunks at a time, as two threads would.
        for pair in chunks.chunks(2) {
            let mut points: Vec<usize> = pair.iter().flat_map(|&chunk| store.points_of(chunk)).collect();
            points.sort_by_key(|point| point % 10);
            for point in points {
                store.append(point, &record(&layout, point))?;
                writeln!(out, "\nkept {point}").unwrap();
                out.flush().unwrap();
            }
        }
        store.finish()
    };
    if let Err(error) = write(&mut out) {
        writeln!(out, "\nerror {error}").unwrap();
        out.flush().unwrap();
        std::process::exit(3);
    }
}

#[test]
fn a_killed_writer_loses_nothing() {
    let mut random = fastrand::Rng::with_seed(2024);
    for (name, layout) in [("small", small()), ("large", large())] {
        let expected = undisturbed(&layout);
        // How long an undisturbed child takes.
        let folder = tempfile::tempdir().unwrap();
        let start = Instant::now();
        assert!(child(folder.path(), name).wait_with_output().unwrap().status.success());
        let whole = start.elapsed().as_micros() as usize;
        assert_same(folder.path(), &expected, "child");

        // Some kills must come in the midst of the points.
        let (mut kills, mut rounds, mut hits) = (0, 0, 0);
        while kills < 20 || hits < 5 {
            assert!(rounds < 200, "{hits} of {kills} kills came while points were computed");
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("new");
            let mut kept = BTreeSet::new();
            rounds += 1;
            loop {
                let mut child = child(&path, name);
                let output = child.stdout.take().unwrap();
                let lines = std::thread::spawn(move || {
                    let lines = BufReader::new(output).lines().map_while(Result::ok);
                    lines.filter_map(|line| line.strip_prefix("kept ")?.parse().ok()).collect::<Vec<usize>>()
                });
                std::thread::sleep(Duration::from_micros(random.usize(..whole) as u64));
                child.kill().unwrap();
                let finished = child.wait().unwrap().success();
                for point in lines.join().unwrap() {
                    assert!(kept.insert(point), "{name}: point {point} was computed twice");
                }
                if finished {
                    break;
                }
                kills += 1;
                hits += usize::from(!kept.is_empty() && kept.len() < points(&layout));
                if path.join("zarr.json").exists() {
                    let status = Store::open_read(&path).unwrap().status().unwrap();
                    for &point in &kept {
                        assert!(status[point].is_some(), "{name}: point {point} is lost");
                    }
                    assert_reads(&path, &layout, |point| status[point].is_some());
                }
            }
            assert!(kept.len() <= points(&layout) && kept.len() + kills >= points(&layout));
            assert_same(&path, &expected, &format!("{name} after {kills} kills in {rounds} rounds"));
        }
    }
}

// A limit on the size of files stops the journal in the midst of a record, as a full disk does.
#[test]
#[cfg(unix)]
fn a_full_disk_loses_nothing() {
    let (layout, folder) = (large(), tempfile::tempdir().unwrap());
    let mut kept = BTreeSet::new();
    // Blocks of 512 bytes: the journal first, then the chunks, then metadata.
    for blocks in [5, 900, 1500, 3000] {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
        shell.arg(std::env::current_exe().unwrap());
        let output = command(folder.path(), "large", shell).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!output.status.success(), "{blocks} blocks were enough");
        let error = text.lines().find(|line| line.starts_with("error ")).unwrap_or_else(|| panic!("{text}"));
        for phrase in ["cannot write", "finished so far are kept: free space, then run again"] {
            assert!(error.contains(phrase), "{error}");
        }
        for line in text.lines() {
            if let Some(point) = line.strip_prefix("kept ") {
                assert!(kept.insert(point.parse::<usize>().unwrap()), "{point} was computed twice");
            }
        }
        if folder.path().join("zarr.json").exists() {
            let status = Store::open_read(folder.path()).unwrap().status().unwrap();
            assert!(kept.iter().all(|&point| status[point].is_some()), "a point is lost");
        }
    }
    assert!(kept.len() > 20, "{} points", kept.len());
    run(folder.path(), &layout, Shard::ALL);
    assert_same(folder.path(), &undisturbed(&layout), "after the disk had space again");
}
