//! The store of a study: a Zarr v3 group that is complete and readable at any moment.
//!
//! The folder of the results is the group itself: one array per variable, one dimension per axis, `time` last where a
//! variable depends on it; a coordinate per dimension; `status` and `reason` of every point. Metadata are consolidated and
//! stand before any point is computed, so that `xarray.open_zarr(folder)` works in the midst of a run; what is not
//! computed is NaN.
//!
//! Points reach the chunks through a journal. A chunk is written once, when its last point is there: every file under a
//! temporary name, then renamed, `status` last. A finished point is appended to the journal of its shard at once. So the
//! death of a process at any moment costs the points it was computing and nothing else:
//!
//! - before a record is whole, the point is not there, and is computed again;
//! - before `status` is renamed, all points of the chunk are in the journal, and the chunk is written again, the same bytes;
//! - after that, the records of the chunk are not needed, and are dropped when they are many or the shard is complete.
//!
//! A loss of power may also cost the last points of the journal, which is not forced to disk for every one of them.
//!
//! A study whose points are averaged over samples ([`Layout::samples`]) keeps every sample in the journal until its point is whole, and in the
//! arrays the base, the means and their standard errors.
//!
//! Shards i/n own every n-th chunk and may write into one folder at the same time, each with a journal and a lock of its
//! own. A study may be resumed with another n: points in the old journals are taken over. While anyone writes with one n,
//! nobody can with another.

mod arrays;
mod batches;
mod error;
#[cfg(test)]
mod faults;
mod files;
mod gather;
mod grid;
mod holder;
mod journal;
mod layout;
mod lock;
mod merge;
mod plan;
mod reader;
mod survey;
mod tile;
mod writer;

pub(crate) use batches::{Batches, remove_batches};
pub use error::StoreError;
pub use holder::Holder;
pub(crate) use journal::{read_records, write_record};
pub use layout::{Axis, Layout, Record, Shard, Status, Variable};
pub(crate) use lock::Lock;
pub use lock::remove_locks;
pub use merge::merge;
pub(crate) use plan::put_fits;
pub use reader::StoreReader;
pub use survey::Writer;
pub use writer::{Progress, Store};
