//! Closed forms, in frequencies of g and energies of omega_B, written out once more: second numbers beside those of leyden.

/// The slowest frequency of two qubits that carries energy, min(g, sqrt(4 F^2 + g^2) - g).
pub(crate) fn slowest(drive: f64) -> f64 {
    ((4.0 * drive * drive + 1.0).sqrt() - 1.0).min(1.0)
}

/// Its spectral time under dephasing: 4/gamma while it swings, else 1/(gamma/4 - sqrt(gamma^2/16 - w^2)).
pub(crate) fn spectral(drive: f64, gamma: f64) -> f64 {
    let w = slowest(drive);
    let quarter = gamma / 4.0;
    // The difference of two close numbers is their product over their sum.
    if quarter <= w { 4.0 / gamma } else { (quarter + (quarter * quarter - w * w).sqrt()) / (w * w) }
}

/// Ergotropy of the limit of two qubits, (F/g)/(1 + (2F/g)^2).
pub(crate) fn ergotropy(drive: f64) -> f64 {
    drive / (1.0 + 4.0 * drive * drive)
}

/// Energy and ergotropy of the limit of an oscillator that a qubit charges, x = (F/g)^2: 2x - (1 - e^{-x})/2 and
/// E - sum_k k r_k with r = sorted {(P_k + P_{k+1})/2 + delta_{k0} P_0/2}, P the Poisson distribution of mean x.
pub(crate) fn oscillator_by_qubit(x: f64) -> [f64; 2] {
    let levels = (x + 40.0 * (1.0 + x.sqrt())) as usize;
    let mut poisson = vec![(-x).exp()];
    for k in 1..levels {
        poisson.push(poisson[k - 1] * x / k as f64);
    }
    let mut r: Vec<f64> = (0..levels - 1).map(|k| (poisson[k] + poisson[k + 1]) / 2.0).collect();
    r[0] += poisson[0] / 2.0;
    r.sort_by(|a, b| b.total_cmp(a));
    let energy = 2.0 * x - (1.0 - (-x).exp()) / 2.0;
    let passive: f64 = r.iter().enumerate().map(|(k, r)| k as f64 * r).sum();
    [energy, energy - passive]
}

/// The limit of N cells charged by engines together, y = 1/x, q = y^{N+1}: e = 1 - [y/(1-y) - (N+1) q/(1-q)]/N, fluctuation, and locked energy
/// (y - q)/(1 - q).
pub(crate) fn ladder(cells: f64, y: f64) -> [f64; 3] {
    let q = y.powf(cells + 1.0);
    let e = 1.0 - (y / (1.0 - y) - (cells + 1.0) * q / (1.0 - q)) / cells;
    let variance = y / (1.0 - y).powi(2) - (cells + 1.0).powi(2) * q / (1.0 - q).powi(2);
    [e, variance.sqrt(), (y - q) / (1.0 - q)]
}

/// beta_e omega_0 = -0.8 of the engines of the atlas.
pub(crate) const EXPONENT: f64 = 0.8;

/// E_1(a) = -C - ln a - sum_k (-a)^k/(k k!), for a up to about 1.
fn exponential_integral(a: f64) -> f64 {
    const EULER: f64 = 0.577_215_664_901_532_9;
    let (mut sum, mut term) = (-EULER - a.ln(), 1.0);
    for k in 1..30 {
        term *= -a / f64::from(k);
        sum -= term / f64::from(k);
    }
    sum
}

/// The enhancement of power to 99 per cent for many cells, N(1-y)(-ln(1-f))/ln[N(1-y)/a_f] with a_f e^{a_f} E_1(a_f) = 1 - f, y = e^{-0.8}.
pub(crate) fn many_cells(n: f64) -> f64 {
    let (mut low, mut high) = (1e-6, 1.0);
    for _ in 0..60 {
        let a: f64 = (low + high) / 2.0;
        if a * a.exp() * exponential_integral(a) < 0.01 { low = a } else { high = a }
    }
    let reached = n * (1.0 - (-EXPONENT).exp());
    reached * 100f64.ln() / (reached / low).ln()
}

/// Energy per cell and fluctuation over time of cells with an engine each, p = x/(1+x) (1 - e^{-(1+x) tau}) and sqrt(N p (1-p)).
pub(crate) fn alone(cells: f64, x: f64, tau: f64) -> [f64; 2] {
    let p = x / (1.0 + x) * (1.0 - (-(1.0 + x) * tau).exp());
    [p, (cells * p * (1.0 - p)).sqrt()]
}

/// The same of a ladder, by Runge and Kutta's steps: up n -> n+1 at x (n+1)(N-n), down n -> n-1 at n(N-n+1).
pub(crate) fn together(cells: usize, x: f64, tau: f64) -> [f64; 2] {
    let n = cells as f64;
    let rate = |p: &[f64]| -> Vec<f64> {
        let flow = |k: usize| {
            x * (k as f64 + 1.0) * (n - k as f64) * p[k] - (k as f64 + 1.0) * (n - k as f64) * p[k + 1]
        };
        let flows: Vec<f64> = (0..cells).map(flow).collect();
        let at = |k: usize| flows.get(k).copied().unwrap_or(0.0);
        (0..=cells).map(|k| if k > 0 { at(k - 1) } else { 0.0 } - at(k)).collect()
    };
    let steps = 20_000;
    let dt = tau / f64::from(steps);
    let mut p = vec![0.0; cells + 1];
    p[0] = 1.0;
    for _ in 0..steps {
        // Runge and Kutta's classical step.
        let moved = |k: &[f64], by: f64| p.iter().zip(k).map(|(p, k)| p + by * k).collect::<Vec<f64>>();
        let k1 = rate(&p);
        let k2 = rate(&moved(&k1, dt / 2.0));
        let k3 = rate(&moved(&k2, dt / 2.0));
        let k4 = rate(&moved(&k3, dt));
        p = (0..=cells).map(|i| p[i] + dt / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i])).collect();
    }
    let mean: f64 = p.iter().enumerate().map(|(k, p)| k as f64 * p).sum();
    let variance: f64 = p.iter().enumerate().map(|(k, p)| (k as f64 - mean).powi(2) * p).sum();
    [mean / n, variance.sqrt()]
}

/// U + W at q = 1/2 of N spins at the angle J t: what one meeting moves of the difference of polarisations.
fn moved(chargers: usize, angle: f64) -> f64 {
    let n = chargers as f64;
    // Binomials over 2^N by their logarithms.
    let mut log = vec![-n * 2f64.ln()];
    for k in 1..=chargers {
        log.push(log[k - 1] + ((n - k as f64 + 1.0) / k as f64).ln());
    }
    let weight = |k: i64| if k < 0 { 0.0 } else { log[k as usize].exp() };
    let mut sum = 0.0;
    for twice_j in (chargers % 2..=chargers).step_by(2) {
        let j = twice_j as f64 / 2.0;
        let place = ((chargers - twice_j) / 2) as i64;
        let copies = weight(place) - weight(place - 1);
        for i in 0..=twice_j {
            let m = i as f64 - j;
            let up = (angle / 2.0 * ((j + m) * (j - m + 1.0)).sqrt()).sin().powi(2);
            let down = (angle / 2.0 * ((j - m) * (j + m + 1.0)).sqrt()).sin().powi(2);
            sum += copies * (up + down);
        }
    }
    sum
}

/// The largest U + W at its first maximum over the angle, by golden section.
pub(crate) fn largest_move(chargers: usize) -> f64 {
    let n = chargers as f64;
    let (mut a, mut b) = (0.5 * std::f64::consts::PI / n.sqrt(), 1.8 * std::f64::consts::PI / n.sqrt());
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    for _ in 0..80 {
        let (c, d) = (b - golden * (b - a), a + golden * (b - a));
        if moved(chargers, c) > moved(chargers, d) { b = d } else { a = c }
    }
    moved(chargers, (a + b) / 2.0)
}

/// Polarisations of a battery spin after so many cycles of wait, pulse and meeting, in units of that of the chargers: P' = P + A (C - P),
/// C' = C - A (C - P)/N, and relaxation between.
pub(crate) fn cycles(
    chargers: usize,
    move_: f64,
    equilibrium: f64,
    [battery, charger]: [f64; 2],
    count: usize,
) -> Vec<f64> {
    let (mut p, mut c) = (-equilibrium, -1.0);
    let mut kept = Vec::new();
    for _ in 0..count {
        p = -equilibrium + (p + equilibrium) * battery;
        c = -(-1.0 + (c + 1.0) * charger);
        let difference = c - p;
        p += move_ * difference;
        c -= move_ * difference / chargers as f64;
        kept.push(p);
    }
    kept
}
