//! Studies: sweeps over threads and machines, the store that keeps every finished point, the folder of a run.

mod files;
mod folder;
mod handout;
pub mod machine;
mod point;
mod run_store;
mod sample;
mod samples;
pub mod store;
mod study_document;
mod sweep;
mod trajectories;

pub use files::{scratch, stop_writing};
pub use folder::{FILES, Folder, FolderLock, files_of, read_beside};
pub use handout::{Handout, computed};
pub use point::said_by_panic;
pub use run_store::{has_run_store, write_fits, write_run_store};
pub use sample::sample;
pub use samples::{means_folder, remove_samples, run_samples, write_means};
pub use store::{
    Axis, Holder, Layout, Progress, Record, Shard, Status, Store, StoreError, StoreReader, Variable, Writer,
    merge, remove_locks,
};
pub use study_document::{MOST_DRAWN, stored_data, study_data, study_document, study_fits};
pub use sweep::{begin, shards, sweep};
pub use trajectories::{DrawError, is_drawn, remove_trajectories, run_trajectories};
