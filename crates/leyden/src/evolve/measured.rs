//! What pieces of the methods take, in ns: measured by `cargo xtask bench calibrate`, which prints this table.
//!
//! They decide which method is taken, never what it computes.

/// One application of a generator: the call, each multiplication, and each carried number.
pub(crate) const APPLICATION: [f64; 3] = [52.0, 0.155, 0.05];
/// Each carried number of one term in a combination of vectors.
pub(crate) const COMBINATION: f64 = 0.1;
/// A product of n x n matrices: the call, and n^3.
pub(crate) const MATRICES: [f64; 2] = [390.0, 0.024];
/// What an exponential takes beside its products, for any matrix.
pub(crate) const EXPONENTIAL: f64 = 6000.0;
/// A product of an n x n matrix with a vector: the call, and n^2.
pub(crate) const MATRIX_VECTOR: [f64; 2] = [230.0, 0.095];
/// Products of fixed-point numbers: each product of words.
pub(crate) const WORDS: f64 = 1.5;
/// A sparse LU decomposition in complex numbers: each unknown, and each multiplication of its elimination. Twice of what is measured, as factors of many spins
/// fill more than those of ladders, and nothing tells them apart beforehand.
pub(crate) const DECOMPOSITION: [f64; 2] = [1500.0, 0.5];
/// A solve with it: each unknown, and each of its entries.
pub(crate) const SOLVE: [f64; 2] = [40.0, 0.6];
