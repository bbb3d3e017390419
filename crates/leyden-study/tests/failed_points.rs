//! Numbers of points that did not converge are kept, but figures and fits do not show them.

use leyden_results::StudyData;
use leyden_scenario::Scenario;
use leyden_study::{Shard, Status, Store, stored_data, study_data, sweep};

#[test]
fn failed_points_are_no_results() {
    let text = "[charger]\nkind = \"oscillator\"\ncutoff = 8\ndephasing = 1.0\n[drive]\namplitude = 0.1\n\
                [time]\nend = 10.0\npoints = 3\n[sweep]\n\"drive.amplitude\" = [0.05, 2.0]\n";
    let scenario = Scenario::parse("test.toml", text).unwrap_or_else(|report| panic!("{report}"));
    let folder = tempfile::tempdir().unwrap();
    sweep(&scenario, folder.path(), Shard::ALL, 1, 1e9, &leyden::Progress::default(), &|_| ()).unwrap();
    let store = Store::open_read(folder.path()).unwrap();
    assert_eq!(store.status().unwrap(), [Some(Status::Done), Some(Status::Failed)]);
    let (stored, shown) = (stored_data(&store, true).unwrap(), study_data(&store, true).unwrap());
    for point in [0, 1] {
        let energy = |data: &StudyData| data.over_time("energy", &vec![point]);
        assert!(energy(&stored).iter().all(|energy| energy.is_finite()));
        assert!(energy(&shown).iter().all(|energy| energy.is_finite() == (point == 0)));
    }
}
