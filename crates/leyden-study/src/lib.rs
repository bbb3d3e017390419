//! leyden-study
