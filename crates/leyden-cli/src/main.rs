//! The command `leyden`.
fn main() {}
