//! How far an application of a generator is from what the processor and its memory allow: flops and bytes of one, both limits measured in
//! the same run.

use std::error::Error;
use std::hint::black_box;

use faer::Mat;
use leyden::lindblad::{Channel, Generator, Lindbladian};
use leyden::operator::Operator;

use crate::clock::seconds;

const SPENT: f64 = 0.3;

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let bandwidth = bandwidth();
    let product = product();
    println!(
        "bandwidth of x = y + a z beyond the caches {:.1} GB/s, product of 512 x 512 matrices {product:.1} GF/s",
        bandwidth
    );
    println!(
        "{:30} {:>9} {:>12} {:>10} {:>9} {:>8} {:>9}",
        "generator", "numbers", "flops", "bytes", "GF/s", "of dense", "GB/s"
    );
    for levels in [16, 64, 128, 250, 256, 257, 510, 512, 514] {
        let a = Operator::annihilation(levels);
        let channels = vec![
            Channel { rate: 0.3, jump: a.clone() },
            Channel { rate: 0.1, jump: Operator::number(levels) },
        ];
        let modulated = Lindbladian::new(0.7 * a.plus_adjoint(), channels)?;
        row(&format!("driven oscillator, {levels} levels"), &Generator::new(&modulated), product);
    }
    for cells in [5, 6, 7, 8] {
        row(&format!("chain of {cells} spins with losses"), &Generator::new(&chain(cells)?), product);
    }
    Ok(())
}

/// An open Ising chain whose spins lose energy.
pub(crate) fn chain(sites: usize) -> Result<Lindbladian, Box<dyn Error>> {
    let x = |site| Operator::spin_lowering(2).plus_adjoint().on_site(site, sites);
    let bonds = (1..sites).map(|site| 0.9 * (x(site - 1) * x(site))).sum::<Operator>();
    let energy = (0..sites).map(|site| Operator::number(2).on_site(site, sites)).sum::<Operator>();
    let loss = |site| Channel { rate: 0.1, jump: Operator::spin_lowering(2).on_site(site, sites) };
    Ok(Lindbladian::new(&energy + &bonds, (0..sites).map(loss).collect())?)
}

fn row(name: &str, generator: &Generator, dense: f64) {
    let size = generator.numbers();
    let x: Vec<f64> = (0..size).map(|k| (k as f64).sin()).collect();
    let (mut out, mut scratch) = (vec![0.0; size], vec![0.0; size]);
    let took = seconds(SPENT, || generator.apply(0.0, black_box(&x), &mut out, &mut scratch));
    // Read and transposed, read again with its image and two rows of weights, written.
    let (flops, bytes) = (2.0 * generator.products() as f64, 8.0 * 6.0 * size as f64);
    let speed = 1e-9 * flops / took;
    println!(
        "{name:30} {size:>9} {flops:>12.3e} {bytes:>10.2e} {speed:>9.1} {:>7.0} % {:>9.1}",
        100.0 * speed / dense,
        1e-9 * bytes / took
    );
}

fn bandwidth() -> f64 {
    let size = 8_000_000;
    let (y, z) = (vec![1.0; size], vec![2.0; size]);
    let mut x = vec![0.0; size];
    let took = seconds(SPENT, || {
        x.iter_mut().zip(y.iter().zip(&z)).for_each(|(x, (y, z))| *x = y + 0.3 * z);
        black_box(&mut x);
    });
    1e-9 * (24 * size) as f64 / took
}

fn product() -> f64 {
    let n = 512;
    let a = Mat::from_fn(n, n, |i, j| (i as f64 - 0.3 * j as f64).sin());
    let took = seconds(SPENT, || {
        black_box(&a * &a);
    });
    2e-9 * (n as f64).powi(3) / took
}
