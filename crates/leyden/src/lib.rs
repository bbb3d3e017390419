//! leyden: quantum batteries. (tour follows)

pub mod asymptote;
pub mod charge;
pub mod evolve;
pub mod exact;
pub mod linalg;
pub mod lindblad;
pub mod merit;
pub mod model;
pub mod operator;
pub mod space;
