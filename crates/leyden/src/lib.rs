//! leyden: quantum batteries. (tour follows)

pub mod evolve;
mod linalg;
pub mod lindblad;
pub mod operator;
pub mod space;
