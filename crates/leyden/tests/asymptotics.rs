//! Long times: limits, what is conserved, plateaus, slow rates.

mod common;

use common::{charge, star};
use leyden::model::Cell;

#[test]
fn weakly_driven_stars_stay_on_low_plateaus() {
    for (n, f) in [(3, 0.5), (8, 0.5), (40, 4.0), (100, 10.0)] {
        let run = charge(&star(n, Cell::Qubit, f, 1.4), "auto", &[0.0, 1e3]);
        println!("{n} {f} {:?}", run.asymptote.limit.unwrap().energy);
        println!("E(1e3) = {:?}", run.series.energy);
        for p in run.asymptote.plateaus.unwrap() {
            println!(
                "   {} {} from {:.3e} life {:.3e} {:.1}  {:?} {:?}",
                p.energy, p.ergotropy.global, p.from, p.lifetime, p.log10_lifetime, p.settling, p.first
            );
        }
        for p in run.asymptote.rates.unwrap().iter().take(6) {
            println!("   {p:?}");
        }
    }
}
