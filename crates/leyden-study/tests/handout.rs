//! Sweeps whose points are computed elsewhere are those that one process computes, byte for byte.

mod common;

use leyden::Progress;
use leyden_scenario::Scenario;
use leyden_study::{Handout, Shard, StoreError, computed, sweep};

use common::files;

/// A third of the points cannot run: a Fock state of 30 in 16 levels.
const SWEEP: &str = "charger = { kind = \"oscillator\", cutoff = 16 }
battery.relaxation = 0.3
time = { end = 2.0, points = 3 }
[sweep]
\"initial.charger.fock\" = [0, 1, 30]
\"drive.amplitude\" = { from = 0.1, to = 0.4, points = 40 }
";

#[test]
fn pieces_from_elsewhere_make_the_same_store() {
    let folder = tempfile::tempdir().unwrap();
    let (local, remote) = (folder.path().join("local"), folder.path().join("remote"));
    let scenario = Scenario::parse("s.toml", SWEEP).unwrap();
    sweep(&scenario, &local, Shard::ALL, 2, 1e9, &Progress::default(), &|_| ()).unwrap();
    let told = Progress::default();
    let message = |points: &[usize]| computed(&scenario, points, 1e9, &told).unwrap();
    // The first call dies with pieces outstanding.
    let mut handout = Handout::open(&scenario, &remote).unwrap();
    let (first, lost) = (handout.next(10).unwrap(), handout.next(1).unwrap());
    assert_eq!([first.len(), lost.len(), handout.next(0).unwrap().len()], [10, 1, 1]);
    handout.take(&message(&first)).unwrap();
    assert!(matches!(Handout::open(&scenario, &remote), Err(StoreError::Locked { .. })));
    drop(handout);
    let mut handout = Handout::open(&scenario, &remote).unwrap();
    assert_eq!(handout.progress().missing(), 120 - first.len());
    let mut given = Vec::new();
    while let Some(piece) = handout.next(25) {
        // Twice, as after a worker that seemed dead.
        handout.take(&message(&piece)).unwrap();
        handout.take(&message(&piece)).unwrap();
        given.extend(piece);
    }
    assert!(
        lost.iter().all(|point| given.contains(point)) && !given.iter().any(|point| first.contains(point))
    );
    assert_eq!(handout.progress().failed, 40);
    assert_eq!(handout.finish().unwrap().missing(), 0);
    assert_eq!(files(&remote), files(&local));
}

#[test]
fn what_is_no_message_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = Scenario::parse("s.toml", SWEEP).unwrap();
    let mut handout = Handout::open(&scenario, folder.path()).unwrap();
    let told = Progress::default();
    let message = computed(&scenario, &handout.next(4).unwrap(), 1e9, &told).unwrap();
    for at in [0, 5, message.len() / 2, message.len() - 1] {
        let mut wrong = message.clone();
        wrong[at] ^= 1;
        assert!(matches!(handout.take(&wrong), Err(StoreError::Message { .. })), "byte {at}");
    }
    assert!(matches!(handout.take(&message[1..]), Err(StoreError::Message { .. })));
    handout.take(&message).unwrap();
    told.cancel();
    assert!(computed(&scenario, &[0], 1e9, &told).is_none());
}
