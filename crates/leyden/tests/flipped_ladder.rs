//! The flipped ladder against values of 320 digits (references/flipped_ladder.py made them).

use faer::{Mat, Side};
use leyden::exact::FlippedLadder;

fn reference() -> serde_json::Value {
    serde_json::from_str(include_str!("references/flipped_ladder.json")).unwrap()
}

/// ln of a decimal text such as 5.19e-101, also below the range of f64.
fn ln(text: &str) -> f64 {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    mantissa.parse::<f64>().unwrap().abs().ln() + exponent.parse::<f64>().unwrap() * 10f64.ln()
}

#[test]
fn smallest_rabi_frequency_of_two_to_sixty_cells() {
    for (cells, expected) in reference()["smallest_singular_value"].as_object().unwrap() {
        let ladder = FlippedLadder::new(cells.parse::<usize>().unwrap() + 1, 0.5, 1.0).unwrap();
        let difference = ladder.ln_smallest - ln(expected.as_str().unwrap());
        assert!(difference.abs() < 1e-10, "N = {cells}: relative error {difference:e}");
    }
}

#[test]
fn eigenvalues_and_every_splitting() {
    for (cells, expected) in reference()["flipped"].as_object().unwrap() {
        let levels = cells.parse::<usize>().unwrap() + 1;
        let ladder = FlippedLadder::new(levels, 0.5, 1.0).unwrap();
        let exact: Vec<&str> =
            expected["lambda"].as_array().unwrap().iter().map(|x| x.as_str().unwrap()).collect();
        for (found, expected) in ladder.lambda.iter().zip(&exact) {
            assert!((found - expected.parse::<f64>().unwrap()).abs() < 1e-14 * levels as f64, "N = {cells}");
        }
        let splittings: Vec<f64> =
            expected["splittings"].as_array().unwrap().iter().map(|x| ln(x.as_str().unwrap())).collect();
        let mut tiny = 0;
        for (i, j, found) in &ladder.close_pairs {
            let nearest = splittings.iter().map(|s| (s - found).abs()).fold(f64::INFINITY, f64::min);
            assert!(nearest < 1e-9, "N = {cells}, pair ({i}, {j}): relative error {nearest:e}");
            tiny += usize::from(*found < 1e-13_f64.ln());
        }
        let expected_tiny = splittings.iter().filter(|s| **s < 1e-13_f64.ln()).count();
        assert_eq!(tiny, expected_tiny, "N = {cells}: pairs that double precision cannot resolve");
    }
}

/// Why there is no SVD: at N = 20 the vectors of every close pair come out mixed, and E_B(inf)/N = 1/2 is lost.
#[test]
fn singular_value_decomposition_mixes_close_pairs() {
    let (cells, f) = (20, 0.5);
    let a = Mat::from_fn(cells + 1, cells + 1, |i, j| {
        if i == j {
            f
        } else if j == i + 1 {
            ((j * (cells - j + 1)) as f64).sqrt()
        } else {
            0.0
        }
    });
    let limit = |u: faer::MatRef<'_, f64>, v: faer::MatRef<'_, f64>| -> f64 {
        // E_B(inf) = sum_i |<v_i|0>|^2 (<u_i|n|u_i> + <v_i|n|v_i>)/2
        (0..=cells)
            .map(|i| {
                let number = |x: faer::MatRef<'_, f64>| -> f64 {
                    (0..=cells).map(|n| n as f64 * x[(n, i)].powi(2)).sum()
                };
                v[(0, i)].powi(2) * (number(u) + number(v)) / 2.0
            })
            .sum()
    };
    let svd = a.svd().unwrap();
    let by_svd = limit(svd.U(), svd.V()) / cells as f64;
    // The textbook alternative, eigenvectors of A^dag A, fails in the same way.
    let square = a.transpose() * &a;
    let eigen = square.self_adjoint_eigen(Side::Lower).unwrap();
    let v = eigen.U();
    let u = Mat::from_fn(cells + 1, cells + 1, |n, i| {
        (0..=cells).map(|m| a[(n, m)] * v[(m, i)]).sum::<f64>()
            / eigen.S().column_vector()[i].max(1e-300).sqrt()
    });
    let by_square = limit(u.as_ref(), v) / cells as f64;
    let ladder = FlippedLadder::new(cells + 1, f, 1.0).unwrap();
    let flipped = Mat::from_fn(cells + 1, cells + 1, |n, i| ladder.v[(cells - n, i)]);
    let by_flip = limit(flipped.as_ref(), ladder.v.as_ref()) / cells as f64;
    assert!((by_flip - 0.5).abs() < 1e-14);
    assert!((by_svd - 0.5).abs() > 1e-4, "an SVD that is right here would be news: {by_svd}");
    assert!((by_square - 0.5).abs() > 1e-4, "{by_square}");
}
