//! E_B and dE_B/dt of a dephased qubit that charges another on resonance, g = omega = 1, from its four damped oscillators.
//!
//! A = [[F, g], [0, F]] has d = (sqrt(4F^2+1) +- 1)/2; with h and f of s'' + (gamma/2) s' + w^2 s = 0, h' = -w^2 f,
//!   E_B = sum_ij <0|v_i><v_j|0> [(h(w-) - h(w+)) u_i u_j/2 + (h(w-) + h(w+)) v_i v_j/2], w-+ = d_i -+ d_j.

/// (h, f) at time t, in the plain form that holds as long as nothing overflows.
fn response(w: f64, gamma: f64, t: f64) -> (f64, f64) {
    if w == 0.0 {
        return (1.0, 0.0);
    }
    let (kappa, k2) = (0.25 * gamma, gamma * gamma / 16.0 - w * w);
    if k2 > 0.0 {
        let k = k2.sqrt();
        let quick = kappa + k;
        let (slow, fast) = ((-w * w * t / quick).exp(), (-quick * t).exp());
        (0.5 * ((1.0 + kappa / k) * slow + (1.0 - kappa / k) * fast), (slow - fast) / (2.0 * k))
    } else {
        let k = (-k2).sqrt();
        let (sin, cos) = (k * t).sin_cos();
        let decay = (-kappa * t).exp();
        (decay * (cos + kappa / k * sin), decay * sin / k)
    }
}

/// E_B and dE_B/dt of the driven pair at time t, everything in its ground state at first.
#[allow(dead_code, reason = "not every test uses every formula")]
pub(crate) fn pair_energy(f: f64, gamma: f64, t: f64) -> (f64, f64) {
    let root = (4.0 * f * f + 1.0).sqrt();
    let d = [(root + 1.0) / 2.0, (root - 1.0) / 2.0];
    let v = d.map(|d| {
        let (x, y) = (f, d * d - f * f);
        let norm = (x * x + y * y).sqrt();
        [x / norm, y / norm]
    });
    let u = |i: usize| f * v[i][1] / d[i];
    let (mut energy, mut power) = (0.0, 0.0);
    for i in 0..2 {
        for j in 0..2 {
            let weight = v[i][0] * v[j][0];
            let (of_u, of_v) = (weight * u(i) * u(j), weight * v[i][1] * v[j][1]);
            let (minus, plus) = (d[i] - d[j], d[i] + d[j]);
            let ((h_minus, f_minus), (h_plus, f_plus)) =
                (response(minus, gamma, t), response(plus, gamma, t));
            energy += 0.5 * ((h_minus - h_plus) * of_u + (h_minus + h_plus) * of_v);
            let (minus, plus) = (-minus * minus * f_minus, -plus * plus * f_plus);
            power += 0.5 * ((minus - plus) * of_u + (minus + plus) * of_v);
        }
    }
    (energy, power)
}

/// E_B = x (3/2 + h(2g)/2 - 2h(g)) and dE_B/dt of two resonant oscillators, x = (F/g)^2, g = omega = 1.
#[allow(dead_code, reason = "not every test uses every formula")]
pub(crate) fn oscillator_energy(f: f64, gamma: f64, t: f64) -> (f64, f64) {
    let ((h2, f2), (h1, f1)) = (response(2.0, gamma, t), response(1.0, gamma, t));
    (f * f * (1.5 + 0.5 * h2 - 2.0 * h1), f * f * (-2.0 * f2 + 2.0 * f1))
}
