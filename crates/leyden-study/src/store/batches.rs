//! The journal of the batches of a run of trajectories, in the folder of the run: a record as of a [journal](super::journal) for every batch.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::files::Files;
use super::journal::{Format, Journal};
use super::{Record, Shard, Status, StoreError};

/// Its name.
const NAME: &str = "trajectories.journal";

/// Batches that are kept at once.
#[derive(Debug)]
pub(crate) struct Batches {
    journal: Journal,
}

impl Batches {
    /// The journal in a folder, made where it is not there; what it holds goes to `each`. `said` is everything that batches depend on, and `numbers` how many of them a
    /// batch has.
    pub(crate) fn open(
        folder: &Path,
        said: &str,
        numbers: usize,
        mut each: impl FnMut(usize, Vec<f64>),
    ) -> Result<Self, StoreError> {
        let identity: [u8; 32] = Sha256::digest(said).into();
        let files = Files::of(NAME);
        let journal = Journal::open(
            &folder.join(NAME),
            Format { identity, numbers },
            Shard::ALL,
            &files,
            |batch, record| {
                each(batch, record.values);
                Ok(())
            },
        )?;
        Ok(Batches { journal })
    }

    /// Keeps a batch; when this returns, the death of the process does not lose it.
    pub(crate) fn append(&mut self, batch: usize, values: Vec<f64>) -> Result<(), StoreError> {
        let record =
            Record { status: Status::Done, values, reason: String::new(), method: "trajectories".into() };
        self.journal.append(batch, &record)
    }
}

/// Removes the journal of a folder, where there is one.
pub(crate) fn remove_batches(folder: &Path) -> Result<(), StoreError> {
    super::files::remove(&folder.join(NAME))
}
