//! Runs of trajectories: the same bits for any number of threads, and after any interruption.

use std::fs;
use std::path::Path;

use leyden_results::Document;
use leyden_scenario::Scenario;
use leyden_study::{remove_trajectories, run_trajectories};

fn scenario(more: &str) -> Scenario {
    let text = format!(
        "title = \"drawn\"\n[charger]\ndephasing = 1.0\nrelaxation = 0.2\n[battery]\ncells = 2\n[drive]\namplitude = 0.7\n\
         [time]\nend = 3.0\npoints = 7\n[method]\nname = \"trajectories\"\n[trajectories]\nseed = 3\nkeep = 2\n{more}"
    );
    Scenario::parse("test.toml", &text).unwrap()
}

fn run(scenario: &Scenario, folder: Option<&Path>, threads: usize) -> Document {
    let request = leyden_results::request(scenario, false, 4e9);
    run_trajectories(scenario, &request, folder, threads).unwrap()
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    for more in ["count = 301\n", "count = 90\npicture = \"diffusion\"\n", "until = 0.03\n"] {
        let scenario = scenario(more);
        let one = run(&scenario, None, 1);
        for threads in [2, 5] {
            assert_eq!(run(&scenario, None, threads), one, "{more}");
        }
        // As a system of a sweep runs.
        let request = leyden_results::request(&scenario, false, 4e9);
        assert_eq!(leyden_results::base(&scenario, &request).unwrap(), one, "{more}");
        let until = one.numbers("trajectories.standard_error.energy").into_iter().fold(0.0, f64::max);
        assert!(!more.starts_with("until") || until <= 0.03, "{until}");
        assert_eq!(one.get("trajectories.samples").unwrap().as_array().unwrap().len(), 2);
    }
}

/// Stages draw what happens at once, too.
#[test]
fn so_do_stages_which_go_on_where_they_were_killed() {
    let stages = "title = \"drawn\"\n[charger]\ndephasing = 1.0\n[battery]\ncells = 2\n[drive]\namplitude = 0.7\n\
         [method]\nname = \"trajectories\"\n[trajectories]\nseed = 3\nkeep = 5\ncount = 130\n[cycle]\nrepeat = 3\n\
         [[stage]]\nkind = \"evolve\"\nduration = 1.0\n[[stage]]\nkind = \"measure\"\ntarget = \"charger\"\noutcome = \"ground\"\n\
         [[stage]]\nkind = \"reset\"\ntarget = \"battery\"\nexcitation = 0.2\n";
    let scenario = Scenario::parse("test.toml", stages).unwrap();
    let one = run(&scenario, None, 1);
    assert_eq!(run(&scenario, None, 3), one);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&scenario, Some(folder.path()), 2), one);
    let journal = folder.path().join("trajectories.journal");
    let bytes = fs::read(&journal).unwrap();
    fs::write(&journal, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(run(&scenario, Some(folder.path()), 2), one);
    assert_eq!(fs::read(&journal).unwrap().len(), bytes.len());
    assert_eq!(one.get("trajectories.samples").unwrap().as_array().unwrap().len(), 5);
    assert_eq!(one.get("cycles.stages").unwrap().as_array().unwrap().len(), 3);
}

#[test]
fn a_run_goes_on_where_it_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("trajectories.journal");
    let scenario = scenario("count = 320\n");
    let whole = run(&scenario, Some(folder.path()), 2);
    let bytes = fs::read(&journal).unwrap();
    // In the middle of a record, after the header, and damaged in the middle.
    for kept in [bytes.len() / 2, 68, bytes.len() - 9] {
        fs::write(&journal, &bytes[..kept]).unwrap();
        assert_eq!(run(&scenario, Some(folder.path()), 2), whole);
        assert_eq!(fs::read(&journal).unwrap().len(), bytes.len());
    }
    let mut damaged = bytes.clone();
    damaged[bytes.len() / 2] ^= 1;
    fs::write(&journal, &damaged).unwrap();
    assert_eq!(run(&scenario, Some(folder.path()), 1), whole);
    remove_trajectories(folder.path()).unwrap();
    assert!(!journal.exists());
    remove_trajectories(folder.path()).unwrap();
}

#[test]
fn batches_of_what_is_not_computed_anew_are_those_of_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("trajectories.journal");
    let one = scenario("count = 64\n");
    let whole = run(&one, Some(folder.path()), 1);
    // A journal of another seed would be another scenario.
    let text = one.text.replace("seed = 3", "seed = 4");
    let other = Scenario::parse("test.toml", &text).unwrap();
    let request = leyden_results::request(&other, false, 4e9);
    let refused = run_trajectories(&other, &request, Some(folder.path()), 1).unwrap_err().to_string();
    assert!(refused.contains("another scenario"), "{refused}");
    // Whatever it holds is taken, with its checksum.
    let mut bytes = fs::read(&journal).unwrap();
    let record = (bytes.len() - 68) / 32;
    let first = &mut bytes[68..68 + record];
    let power = 4 + 8 + 1 + 1 + 200 + 1 + 31 + 8 * (1 + 8 * 6 + 3);
    let x = f64::from_le_bytes(first[power..power + 8].try_into().unwrap());
    first[power..power + 8].copy_from_slice(&(x + 10.0).to_le_bytes());
    let checksum = crc32c::crc32c(&first[4..]);
    first[..4].copy_from_slice(&checksum.to_le_bytes());
    fs::write(&journal, &bytes).unwrap();
    let power = |document: &Document| document.numbers("power.instantaneous")[6];
    let moved = power(&run(&one, Some(folder.path()), 1)) - power(&whole);
    assert!(moved > 0.1, "{moved}");
}
