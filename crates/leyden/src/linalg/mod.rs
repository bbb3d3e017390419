//! Linear algebra that faer lacks.

mod exponential;

pub(crate) use exponential::exponential;
