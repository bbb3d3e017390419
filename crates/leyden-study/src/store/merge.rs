//! Joining stores of one study that were computed in different folders.

use std::path::Path;

use super::{Progress, Shard, Store, StoreError};

/// Brings all points of `others` into the store in `into`, which is made if it is not there: finished chunks are copied byte
/// by byte, points in journals are added. What is there already stays. How far the whole study is then; if all its
/// points are there, nothing but chunks is left. The others are only read.
///
/// # Errors
/// [`StoreError`]: not the same study, `into` is being written, damaged files; `into` then keeps what it has.
pub fn merge(into: impl AsRef<Path>, others: &[impl AsRef<Path>]) -> Result<Progress, StoreError> {
    let into = into.as_ref();
    let mut sources = Vec::new();
    for other in others {
        if !same_file::is_same_file(into, other).unwrap_or(false) {
            sources.push(Store::open_read(other)?);
        }
    }
    let plan = match (Store::open_read(into), others.first()) {
        (Err(StoreError::NotAStore { .. }), Some(first)) => Store::open_read(first)?.plan,
        (reader, _) => reader?.plan,
    };
    for source in &sources {
        plan.must_equal(source.plan.attributes(), &source.root)?;
    }
    let mut store = Store::with_plan(into, plan, Shard::ALL)?;
    for source in &sources {
        for chunk in 0..source.plan.grid.chunks() {
            if !store.is_finished(chunk) && source.plan.has(&source.root, chunk) {
                store.copy_chunk(&source.root, chunk)?;
            }
        }
    }
    for source in &sources {
        source.replay(|point, record| store.add(point, record))?;
    }
    store.finish()
}
