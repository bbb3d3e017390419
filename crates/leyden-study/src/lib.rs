//! Running scenarios and keeping their results: the only place where physics meets storage.

mod document;
mod folder;
mod run;
pub mod store;

pub use document::{Asymptote, ChargingTime, Checks, Document, Ergotropy, MethodUsed, Power, Verification};
pub use folder::{Folder, FolderError, Holds};
pub use run::{request, run};
