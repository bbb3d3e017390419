//! Running scenarios and keeping their results: the only place where physics meets storage.

mod document;
mod folder;
mod point;
mod quantities;
mod run;
mod search;
pub mod store;
mod study_document;
mod sweep;

pub use document::{
    Asymptote, ChargingTime, Checks, Cycles, Document, Engine, EngineChargingDocument, Ergotropy, MethodUsed,
    OtherCharging, Power, Verification,
};
pub use folder::{Folder, FolderError, Holds};
pub use quantities::{Dimension, Quantity, quantities};
pub use run::{RunError, request, run};
pub use search::{Found, FoundJump};
pub use store::{
    Axis, Layout, Progress, Record, Shard, Status, Store, StoreError, StoreReader, Variable, merge,
};
pub use study_document::study_document;
pub use sweep::sweep;
