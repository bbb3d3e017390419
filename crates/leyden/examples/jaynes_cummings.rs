//! A damped Jaynes-Cummings pair, driven through its oscillator, in the rotating frame of the drive.
//!
//! H = g(a^dag sigma^- + h.c.) + F(a + a^dag), both damped at gamma into baths with n_th quanta.

use std::ops::ControlFlow;

use leyden::evolve::choose;
use leyden::lindblad::{Channel, Generator, Lindbladian};
use leyden::operator::{Hermitian, Operator};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (g, f, gamma, n_th) = (0.1, 0.07, 0.05, 0.01);
    let a = Operator::annihilation(20).kron(&Operator::identity(2));
    let s = Operator::identity(20).kron(&Operator::spin_lowering(2));
    let h = g * (&a.adjoint() * &s).plus_adjoint() + f * a.plus_adjoint();
    let channels = [&a, &s].into_iter().flat_map(|c| {
        [
            Channel { rate: gamma * (n_th + 1.0), jump: c.clone() },
            Channel { rate: gamma * n_th, jump: c.adjoint() },
        ]
    });
    let generator = Generator::new(&Lindbladian::new(h, channels.collect())?);

    let times: Vec<f64> = (0..=10).map(|i| 20.0 * f64::from(i)).collect();
    let excited = Hermitian::from_operator(&(&s.adjoint() * &s));
    let photons = Hermitian::from_operator(&(&a.adjoint() * &a));
    choose(&generator, &times, 1e-8).method.evolve(
        &generator,
        &Hermitian::level(40, 0),
        &times,
        &mut |_, t, s| {
            let rho = Hermitian::from_s(40, s.to_vec());
            println!(
                "t = {t:5.1}   <a^dag a> = {:.6}   P_e = {:.6}",
                rho.expect(&photons),
                rho.expect(&excited)
            );
            ControlFlow::Continue(())
        },
    )?;
    Ok(())
}
