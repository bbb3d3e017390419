//! What pieces of the methods take on this machine, as the table of `crates/leyden/src/evolve/measured.rs`.

use std::error::Error;
use std::hint::black_box;

use faer::prelude::Solve;
use faer::sparse::{SparseColMat, Triplet};
use faer::{Col, Mat};
use leyden::lindblad::{Channel, Generator, Lindbladian};
use leyden::operator::Operator;
use num_complex::Complex64;

use crate::clock::seconds;
use crate::roofline::chain;

/// Seconds for each piece.
const SPENT: f64 = 0.1;

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let generators: Vec<Generator> = [(4, 1), (8, 1), (12, 1), (20, 1), (30, 2), (60, 2), (100, 2)]
        .iter()
        .map(|&(levels, channels)| generator(levels, channels))
        .collect::<Result<_, _>>()?;
    let chains: Vec<Generator> = [2, 3, 4, 5, 6, 7]
        .iter()
        .map(|&sites| chain(sites).map(|chain| Generator::new(&chain)))
        .collect::<Result<_, _>>()?;
    let rows: Vec<([f64; 3], f64)> = generators.iter().chain(&chains).map(application).collect();
    println!("pub(crate) const APPLICATION: [f64; 3] = {:.3?};", fit(&rows));
    println!("pub(crate) const COMBINATION: f64 = {:.3};", combination());
    let sizes = [16, 36, 64, 144, 256, 400];
    println!("pub(crate) const MATRICES: [f64; 2] = {:.3?};", fit(&sizes.map(matrices)));
    println!("pub(crate) const MATRIX_VECTOR: [f64; 2] = {:.3?};", fit(&sizes.map(matrix_vector)));
    let (mut factors, mut solves) = (Vec::new(), Vec::new());
    // Factors of spins fill much more than those of ladders.
    let sparse = generators.iter().chain(&chains);
    for generator in sparse.filter(|generator| (100..2000).contains(&generator.numbers())) {
        let (factor, solve) = decomposition(generator)?;
        factors.push(factor);
        solves.push(solve);
    }
    println!("pub(crate) const DECOMPOSITION: [f64; 2] = {:.3?};", fit(&factors));
    println!("pub(crate) const SOLVE: [f64; 2] = {:.3?};", fit(&solves));
    Ok(())
}

/// A driven oscillator beside a qubit that it is coupled to.
fn generator(levels: usize, channels: usize) -> Result<Generator, Box<dyn Error>> {
    let a = Operator::annihilation(levels);
    let all = [Channel { rate: 0.3, jump: a.clone() }, Channel { rate: 0.1, jump: Operator::number(levels) }];
    Ok(Generator::new(&Lindbladian::new(0.7 * a.plus_adjoint(), all[..channels].to_vec())?))
}

/// Nonnegative c with sum_k x_k c_k near y in all rows, relative to y: projected coordinate descent.
fn fit<const K: usize>(rows: &[([f64; K], f64)]) -> [f64; K] {
    let rows: Vec<[f64; K]> = rows.iter().map(|(x, y)| x.map(|x| x / y)).collect();
    let mut c = [0.0; K];
    for _ in 0..20_000 {
        for k in 0..K {
            let (mut over, mut under) = (0.0, 0.0);
            for x in &rows {
                let others: f64 = (0..K).filter(|l| *l != k).map(|l| x[l] * c[l]).sum();
                over += x[k] * (1.0 - others);
                under += x[k] * x[k];
            }
            c[k] = (over / under).max(0.0);
        }
    }
    c
}

fn application(generator: &Generator) -> ([f64; 3], f64) {
    let size = generator.numbers();
    let x: Vec<f64> = (0..size).map(|k| (k as f64).sin()).collect();
    let (mut out, mut scratch) = (vec![0.0; size], vec![0.0; size]);
    let many = (100_000 / size).max(1);
    let took = seconds(SPENT, || {
        (0..many).for_each(|_| generator.apply(0.0, black_box(&x), &mut out, &mut scratch));
    });
    ([1.0, generator.products() as f64, size as f64], 1e9 * took / many as f64)
}

fn combination() -> f64 {
    let size = 1000;
    let vectors: [Vec<f64>; 13] = std::array::from_fn(|k| vec![k as f64; size]);
    let mut out = vec![0.0; size];
    let took = seconds(SPENT, || {
        for _ in 0..100 {
            for (piece, out) in out.chunks_exact_mut(8).enumerate() {
                let mut sum = [0.0; 8];
                for vector in &vectors {
                    let part = &vector[8 * piece..8 * piece + 8];
                    sum.iter_mut().zip(part).for_each(|(sum, x)| *sum += 0.3 * x);
                }
                out.copy_from_slice(&sum);
            }
            black_box(&mut out);
        }
    });
    1e9 * took / (100 * 13 * size) as f64
}

fn matrices(n: usize) -> ([f64; 2], f64) {
    let a = Mat::from_fn(n, n, |i, j| (i as f64 - 0.3 * j as f64).sin());
    let took = seconds(SPENT, || {
        black_box(&a * &a);
    });
    ([1.0, (n as f64).powi(3)], 1e9 * took)
}

fn matrix_vector(n: usize) -> ([f64; 2], f64) {
    let a = Mat::from_fn(n, n, |i, j| (i as f64 - 0.3 * j as f64).sin());
    let x = Col::from_fn(n, |i| i as f64);
    let took = seconds(SPENT, || {
        black_box(&a * &x);
    });
    ([1.0, (n * n) as f64], 1e9 * took)
}

type Rows = (([f64; 2], f64), ([f64; 2], f64));

/// Of hZ - p: as the implicit method has it, with rows of 3 sqrt(N) entries.
fn decomposition(generator: &Generator) -> Result<Rows, Box<dyn Error>> {
    let size = generator.numbers();
    let pole = Complex64::new(5.7, 3.2);
    let entries =
        generator.superoperator().into_iter().map(|(i, j, x)| Triplet::new(i, j, Complex64::from(x)));
    let shifted: Vec<_> = entries.chain((0..size).map(|i| Triplet::new(i, i, -pole))).collect();
    let matrix = SparseColMat::<usize, Complex64>::try_new_from_triplets(size, size, &shifted)
        .map_err(|error| format!("{error:?}"))?;
    let lu = matrix.sp_lu().map_err(|error| format!("{error:?}"))?;
    let right = Col::from_fn(size, |i| Complex64::from(i as f64));
    let factor = seconds(SPENT, || {
        black_box(matrix.sp_lu().ok());
    });
    let solve = seconds(SPENT, || {
        black_box(lu.solve(&right));
    });
    let (n, filled) = (size as f64, 3.0 * (size as f64).sqrt());
    Ok((([n, n * filled * filled], 1e9 * factor), ([n, n * filled], 1e9 * solve)))
}
