//! Looks at a study from outside.

use std::fs;

use leyden_study::store::{Layout, Progress, Shard, Store, StoreError};

use crate::study::*;

fn sums(shards: &[Progress]) -> (usize, usize, usize) {
    shards.iter().fold((0, 0, 0), |(done, failed, total), shard| {
        (done + shard.done, failed + shard.failed, total + shard.total)
    })
}

#[test]
fn shards_are_known_before_they_are_computed_and_while_they_are() {
    let (layout, folder) = (small(), tempfile::tempdir().unwrap());
    let all = points(&layout);
    for count in [1, 2, 3, 1000] {
        let planned = layout.shards(count).unwrap();
        assert_eq!((planned.len(), sums(&planned)), (count, (0, 0, all)));
    }
    // More shards than chunks: the last ones own nothing.
    assert_eq!(layout.shards(1000).unwrap()[999].total, 0);

    let reader = Store::create(folder.path(), &layout).unwrap();
    assert_eq!(reader.shards(3).unwrap(), layout.shards(3).unwrap());
    assert!(reader.begun().unwrap().is_empty() && reader.writers().unwrap().is_empty());
    // It is the store that a shard would have made, and stays as it is.
    let before = files(folder.path());
    Store::create(folder.path(), &layout).unwrap();
    assert!(files(folder.path()) == before);
    let other = Layout { scenario: "other".into(), ..layout.clone() };
    assert!(matches!(Store::create(folder.path(), &other), Err(StoreError::OtherScenario { .. })));

    let mut store = Store::open(folder.path(), &layout, shard(2, 3)).unwrap();
    let chunk = store.chunks_to_do().next().unwrap();
    let some = store.points_of(chunk);
    store.append(some[0], &record(&layout, some[0])).unwrap();
    let shards = reader.shards(3).unwrap();
    assert_eq!(shards[1], store.progress());
    assert_eq!((sums(&shards[..1]).0, sums(&shards[2..]).0), (0, 0));
    let writers = reader.writers().unwrap();
    assert_eq!(writers.len(), 1);
    assert_eq!(writers[0].shard, shard(2, 3));
    let holder = writers[0].holder.clone().unwrap();
    assert_eq!((holder.process, holder.points), (std::process::id(), Some(0)));
    assert!(matches!(writers[0].clone().refusal(folder.path()), StoreError::Locked { .. }));
    drop(store);
    assert_eq!(reader.begun().unwrap(), [shard(2, 3)]);
    // One that goes on says where it began.
    let store = Store::open(folder.path(), &layout, Shard::ALL).unwrap();
    assert_eq!(reader.writers().unwrap()[0].holder.clone().unwrap().points, Some(1));
    drop(store);
    // A lock file whose process died is free.
    fs::write(folder.path().join("shard-1-of-1.lock"), holder_text()).unwrap();
    assert!(reader.writers().unwrap().is_empty());
}

fn holder_text() -> &'static str {
    "{\"host\":\"far\",\"process\":1,\"job\":null,\"since\":0,\"points\":null}"
}
