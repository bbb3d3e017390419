//! leyden: quantum batteries. (tour follows)

pub mod lindblad;
pub mod operator;
pub mod space;
