//! Cut oscillators: what their highest levels hold, and how their cutoff grows.

use crate::operator::Hermitian;

/// Population of the two highest levels: a state of one parity may leave either of them empty.
pub(super) fn top_two(levels: usize, population: impl Fn(usize) -> f64) -> f64 {
    (levels.saturating_sub(2)..levels).map(population).sum()
}

/// Populations of the two highest levels of charger and battery.
pub(super) fn tops_of(rho: &Hermitian, charger_levels: usize, dim_b: usize) -> (f64, f64) {
    let joint = |c: usize, b: usize| rho.population(c * dim_b + b);
    (
        top_two(charger_levels, |c| (0..dim_b).map(|b| joint(c, b)).sum()),
        top_two(dim_b, |b| (0..charger_levels).map(|c| joint(c, b)).sum()),
    )
}
