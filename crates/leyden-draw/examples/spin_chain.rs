//! A driven, lossy qubit charges the end of a chain of four interacting spins; g = 1, J = 0.5, frame of the drive.

use leyden::{MasterEquation, Operator, Times};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let lower = |site, sites| Operator::spin_lowering(2).on_site(site, sites);
    let exchange = |site, sites| (lower(site, sites).adjoint() * lower(site + 1, sites)).plus_adjoint();
    let number = |site, sites| Operator::number(2).on_site(site, sites);
    // H = F(c + c^dag) + (c^dag b_1 + h.c.) + J sum_i (b_i^dag b_{i+1} + h.c.), the charger c first of five sites.
    let chain = (1..4).map(|i| 0.5 * exchange(i, 5)).sum::<Operator>();
    let h = 0.4 * lower(0, 5).plus_adjoint() + exchange(0, 5) + chain;
    // H_B = sum_i n_i + J sum_i (b_i^dag b_{i+1} + h.c.), on the four sites of the chain.
    let h_b = (0..4).map(|i| number(i, 4)).chain((0..3).map(|i| 0.5 * exchange(i, 4))).sum();
    let battery = MasterEquation::new(h, h_b).with_channel(1.0, lower(0, 5));
    let run = battery.charge(&Times::even(0.0, 60.0, 301).into())?;
    println!("W(60)  = {:.6}", run.last().ergotropy.global);
    println!("W(inf) = {:.6}", run.limit()?.ergotropy.global);
    let figure = leyden_draw::of_charging("a chain of four spins", &run).ok_or("there is no figure")?;
    Ok(std::fs::write("spin-chain.png", figure.to_svg().to_png(300.0)?)?)
}
