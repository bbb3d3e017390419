//! A driven Kerr oscillator: any Hamiltonian and channels, not only batteries.
//!
//! H = Delta a^dag a + (U/2) a^dag^2 a^2 + F(a + a^dag), damping gamma into a bath with n_th quanta.

use std::ops::ControlFlow;

use leyden::evolve::choose;
use leyden::lindblad::{Channel, Generator, Lindbladian};
use leyden::operator::{Hermitian, Operator};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (delta, u, f, gamma, n_th) = (0.1, -0.05, 2.0, 1.0, 0.2);
    let a = Operator::annihilation(50);
    let n = Operator::number(50);
    let kerr = &(&n * &n) - &n;
    let h = delta * &n + (u / 2.0) * kerr + f * a.plus_adjoint();
    let down = Channel { rate: gamma * (n_th + 1.0), jump: a.clone() };
    let up = Channel { rate: gamma * n_th, jump: a.adjoint() };
    let generator = Generator::new(&Lindbladian::new(h, vec![down, up])?);

    let times: Vec<f64> = (0..=10).map(f64::from).collect();
    let method = choose(&generator, &times, 1e-8).method;
    let number = Hermitian::from_operator(&n);
    method.evolve(&generator, &Hermitian::level(50, 0), &times, &mut |_, t, s| {
        println!("t = {t:4.1}   <n> = {:.6}", Hermitian::from_s(50, s.to_vec()).expect(&number));
        ControlFlow::Continue(())
    })?;
    Ok(())
}
