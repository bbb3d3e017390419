//! `number-sectors`: a dephased oscillator charger on an oscillator battery, both resonant with the drive, exactly.
//!
//! H = g(a^dag b + b^dag a) + F(a + a^dag), D[a^dag a] at rate gamma, charger empty at t = 0. With beta = F/g and
//! b' = b + beta the drive is gone and n = a^dag a + b'^dag b' is conserved: sector n is a spin n/2 with H = 2g J_x, dephased by
//! a^dag a = J_z + n/2. An operator between sectors n and m = n - delta is a sum of irreducible tensor operators of rank
//! L = l + delta/2, l = 0..m; commutators with H and with a^dag a keep L and delta and do not see n otherwise, so that
//!   <n-k|rho'_B(t)|m-k> = <n|rho'_B(0)|m> sum_l C_l(k) C_l(0) G_{l,delta}(t),
//! summed over the sectors n that lead to one element, with G from the chains of `coherence_chain`. The C_l, up to a sign
//! (-1)^k Clebsch-Gordan coefficients <n/2,k-n/2; m/2,m/2-k|L,-delta/2>, are Hahn polynomials Q_l(k;0,delta,m) with their weight: the
//! orthonormal vectors of L^2, which is tridiagonal in k with eigenvalues known to be integers,
//!   k(n-k+1) + (k+1)(m-k) on the diagonal, -(k+1) sqrt((n-k)(m-k)) beside it, eigenvalues l(l+delta+1).
//! All coefficients are real: a real state of the battery stays real, in the laboratory as well, where
//!   rho_B = D(-beta) rho'_B D(-beta)^dag.
//! G_{0,1} = h(g) and G_{1,0} = h(2g) of `damped` give the energy,
//!   E_B/omega_B = beta^2 + N' (1 + h(2g))/2 - 2 beta Re<b'> h(g),   N' = <b'^dag b'>(0), <b'> at t = 0,
//! x (3/2 + h(2g)/2 - 2h(g)) from the ground state, x = beta^2. For gamma > 0 only G_{0,0} = 1 survives:
//!   rho'_B(inf) = sum_n P_n/(n+1) sum_{q<=n} |q><q|,   P_n = <n|rho'_B(0)|n>.
//!
//! Derived from the master equation; Hahn polynomials as in @koekoek2010, 9.5.

use faer::{Mat, MatRef};

mod coherences;
mod displacement;
mod tridiagonal;

use coherences::{CoherenceChain, undamped};
use displacement::{TAIL, displaced};
use tridiagonal::TridiagonalVector;

use crate::Known;
use crate::evolve::NotApplicable;
use crate::exact::dense::to_state;
use crate::merit::{EnergyCurve, Mode};
use crate::method::Method;
use crate::operator::Hermitian;
use crate::space::InitialState;
use crate::why::Undamped;

/// Receives (index of the time, time, state of the battery, dE_B/dt, E_B), energies in units of omega_B.
pub type BatterySink<'a> = dyn FnMut(usize, f64, &Hermitian, f64, f64) + 'a;

/// Two resonant oscillators, the charger dephased, and the battery's initial state, split by excitation number.
#[derive(Clone, Debug)]
pub struct NumberSectors {
    gamma: f64,
    coupling: f64,
    /// <i|D(-beta)|n>, laboratory levels by sectors.
    displaced: Mat<f64>,
    /// Readouts of delta = 0, 1, ...
    orders: Vec<Order>,
    energy_at_start: f64,
    curve: EnergyCurve,
    top_weight: f64,
}

/// What G_{l,delta} contribute to S'_{q+delta,q} and S'_{q,q+delta}.
#[derive(Clone, Debug)]
struct Order {
    delta: usize,
    /// (q, l)
    lower: Mat<f64>,
    upper: Mat<f64>,
    /// Largest |entry| for each l.
    weights: Vec<f64>,
}

/// Elements of the initial state below this are left out: together they stay below 1e-13.
const ELEMENT: f64 = 1e-16;
/// Chains that contribute less to every element are left out.
const CARRIED: f64 = 1e-17;
/// Most excitations for which displaced states are prepared.
const MOST_EXCITATIONS: usize = 2000;
/// Sum of (size of a Hahn problem)^3 over the coherences delta, beyond which a run would take many minutes: 400 sectors
/// with all coherences between them, 1800 with none.
const MOST_WORK: f64 = 6.4e9;
/// Numbers of the table of G that are kept at a time.
const TABLE: usize = 1 << 22;

impl NumberSectors {
    /// Fock levels of the laboratory that hold the battery at all times: sqrt(n) reaches from the initial state to
    /// 2F/g on its other side; populations beyond stay below 1e-15. Without a coupling, those of the initial state.
    pub fn levels_for(coupling: f64, amplitude: f64, battery: &InitialState) -> usize {
        let beta = if amplitude == 0.0 || coupling == 0.0 { 0.0 } else { (amplitude / coupling).abs() };
        let reach = 2.0 * beta + battery.amplitude() + 5.0;
        reach.powi(2).ceil().min(1e6) as usize
    }

    /// Prepares the sectors.
    ///
    /// `battery0` is the battery's state in the Fock basis of the laboratory; its levels are those on which states come out.
    /// `gamma` is the rate of charger dephasing, `coupling` g and `amplitude` F of the drive, in one unit.
    ///
    /// # Errors
    /// [`NotApplicable`] when the coupling vanishes, a parameter is not finite, gamma is negative or the excitations are too many.
    pub fn new(
        gamma: f64,
        coupling: f64,
        amplitude: f64,
        battery0: &Hermitian,
    ) -> Result<Self, NotApplicable> {
        let refuse = |because: String| Err(NotApplicable { method: Method::NumberSectors, because });
        if !(gamma >= 0.0 && gamma.is_finite() && coupling.is_finite() && amplitude.is_finite()) {
            return refuse("a rate is negative or not finite".into());
        }
        if coupling == 0.0 {
            return refuse("the coupling is 0: the battery keeps its state".into());
        }
        let beta = amplitude / coupling;
        let levels = battery0.dim();
        let occupied = (0..levels).rev().find(|&n| battery0.population(n).abs() > ELEMENT * ELEMENT);
        let reach = (occupied.unwrap_or(0) as f64).sqrt() + beta.abs() + TAIL;
        let most = if beta == 0.0 { levels } else { reach.powi(2).ceil().min(1e6) as usize };
        if most > MOST_EXCITATIONS {
            return refuse(format!("{most} excitations are too many; at most {MOST_EXCITATIONS}"));
        }
        let displaced = displaced(beta, levels, most);
        let s = MatRef::from_row_major_slice(battery0.s(), levels, levels);
        let s = displaced.transpose() * s * &displaced;
        let sectors = (0..most).rev().find(|&n| s[(n, n)].abs().sqrt() > ELEMENT).map_or(1, |n| n + 1);
        let s = s.submatrix(0, 0, sectors, sectors);
        let displaced = displaced.subcols(0, sectors).to_owned();
        let coherent = |delta: usize| (delta..sectors).any(|n| element(s, n, n - delta) > ELEMENT);
        let work: f64 = (0..sectors).filter(|&d| coherent(d)).map(|d| ((sectors - d) as f64).powi(3)).sum();
        if work > MOST_WORK {
            return refuse(format!("coherences between {sectors} excitations would take too long"));
        }
        let top_weight = top_weight(s, &displaced);
        let mut work = TridiagonalVector::default();
        let orders = (0..sectors).map(|delta| Order::new(delta, s, &mut work)).collect();
        let curve = curve(gamma, coupling, beta, battery0);
        let energy_at_start = battery0.populations().enumerate().map(|(n, p)| n as f64 * p).sum();
        Ok(NumberSectors { gamma, coupling, displaced, orders, energy_at_start, curve, top_weight })
    }

    /// Number of Fock levels of the states.
    pub fn levels(&self) -> usize {
        self.displaced.nrows()
    }

    /// Number of sectors that carry weight.
    pub fn sectors(&self) -> usize {
        self.displaced.ncols()
    }

    /// Largest population of the two highest levels at the turning points of undamped motion, beyond which the battery does
    /// not reach: at t = 0 and at gt = pi.
    pub fn top_weight(&self) -> f64 {
        self.top_weight
    }

    /// E_B(0) in units of omega_B.
    pub(crate) fn energy_at_start(&self) -> f64 {
        self.energy_at_start
    }

    /// E_B(t) in units of omega_B: a limit and two damped oscillators.
    pub fn curve(&self) -> EnergyCurve {
        self.curve.clone()
    }

    /// States of the battery at nondecreasing `times` >= 0, with dE_B/dt and E_B from the closed form in units of omega_B.
    ///
    /// Rounding grows like phases do, by 1e-16 times gt and the number of excitations, until dephasing has ended the motion.
    pub fn states(&self, times: &[f64], sink: &mut BatterySink<'_>) {
        let count: usize = self.orders.iter().map(|order| order.weights.len()).sum();
        let mut chains: Vec<CoherenceChain> = match self.gamma {
            0.0 => Vec::new(),
            _ => self.chains().collect(),
        };
        let block = (TABLE / count.max(1)).max(16);
        let mut table = vec![0.0; block.min(times.len()) * count];
        let (levels, sectors) = (self.levels(), self.sectors());
        let mut displaced_state = Mat::zeros(sectors, sectors);
        let mut rho = Hermitian::zero(levels);
        for (first, times) in times.chunks(block).enumerate() {
            for (p, chain) in chains.iter_mut().enumerate() {
                chain.follow(times, |i, g| table[i * count + p] = g);
            }
            for (i, &time) in times.iter().enumerate() {
                let row = &mut table[i * count..(i + 1) * count];
                if self.gamma == 0.0 {
                    self.rotate(time, row);
                }
                self.assemble(row, &mut displaced_state);
                self.to_laboratory(displaced_state.as_ref(), &mut rho);
                sink(first * block + i, time, &rho, self.curve.power(time), self.curve.energy(time));
            }
        }
    }

    /// The limit t -> infinity; `Err` says why there is none.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn limit(&self) -> Known<Hermitian> {
        let moves = self.orders.iter().any(|order| {
            let idle = if order.delta == 0 { 1 } else { 0 };
            order.weights.iter().skip(idle).any(|&weight| weight > 0.0)
        });
        if self.gamma == 0.0 && moves {
            return Err(Undamped::NoDephasing.into());
        }
        let mut displaced_state = Mat::zeros(self.sectors(), self.sectors());
        for (q, x) in self.orders[0].lower.col(0).iter().enumerate() {
            displaced_state[(q, q)] = *x;
        }
        let mut rho = Hermitian::zero(self.levels());
        self.to_laboratory(displaced_state.as_ref(), &mut rho);
        Ok(rho)
    }

    /// The state averaged over all times without dephasing.
    ///
    /// Every G_{l,delta} is then a polynomial in cos gt and sin gt of degree 2l + delta < 2 (number of sectors), whose mean over a period is that of as many
    /// equally spaced values.
    pub(crate) fn average(&self) -> Hermitian {
        let count: usize = self.orders.iter().map(|order| order.weights.len()).sum();
        let points = 2 * self.sectors() + 1;
        let (mut row, mut mean) = (vec![0.0; count], vec![0.0; count]);
        for k in 0..points {
            let angle = std::f64::consts::TAU * k as f64 / points as f64;
            self.rotate(angle / self.coupling, &mut row);
            mean.iter_mut().zip(&row).for_each(|(mean, g)| *mean += g / points as f64);
        }
        let mut displaced_state = Mat::zeros(self.sectors(), self.sectors());
        self.assemble(&mean, &mut displaced_state);
        let mut rho = Hermitian::zero(self.levels());
        self.to_laboratory(displaced_state.as_ref(), &mut rho);
        rho
    }

    /// One chain for every (delta, l), in the order of the table.
    fn chains(&self) -> impl Iterator<Item = CoherenceChain> + '_ {
        self.orders.iter().flat_map(move |order| {
            order.weights.iter().enumerate().map(move |(l, &weight)| {
                CoherenceChain::new(self.gamma, self.coupling, l, order.delta, weight)
            })
        })
    }

    /// All G without dephasing.
    fn rotate(&self, time: f64, mut row: &mut [f64]) {
        for order in &self.orders {
            let (these, others) = row.split_at_mut(order.weights.len());
            undamped(order.delta, self.coupling * time, these);
            row = others;
        }
    }

    /// S' from all G.
    fn assemble(&self, mut row: &[f64], out: &mut Mat<f64>) {
        out.fill(0.0);
        for order in &self.orders {
            let (these, others) = row.split_at(order.weights.len());
            row = others;
            for (l, g) in these.iter().enumerate().filter(|(_, g)| **g != 0.0) {
                let delta = order.delta;
                for (q, x) in order.lower.col(l).iter().enumerate() {
                    out[(q + delta, q)] += g * x;
                }
                if delta > 0 {
                    for (q, x) in order.upper.col(l).iter().enumerate() {
                        out[(q, q + delta)] += g * x;
                    }
                }
            }
        }
    }

    fn to_laboratory(&self, state: MatRef<'_, f64>, rho: &mut Hermitian) {
        let s = &self.displaced * state * self.displaced.transpose();
        to_state(&s, rho);
    }
}

impl Order {
    /// Sums C_l(k) C_l(0) <n|S'|m> over the sectors n = m + delta into q = m - k.
    fn new(delta: usize, s: MatRef<'_, f64>, work: &mut TridiagonalVector) -> Self {
        let size = s.nrows() - delta;
        let (mut lower, mut upper) = (Mat::<f64>::zeros(size, size), Mat::<f64>::zeros(size, size));
        let mut c = vec![0.0; size];
        for m in 0..size {
            let (low, up) = (s[(m + delta, m)], s[(m, m + delta)]);
            if element(s, m + delta, m) <= ELEMENT {
                continue;
            }
            for l in 0..=m {
                let c = &mut c[..=m];
                hahn(l, delta, work, c);
                // C_l(0) falls from its maximum on, like e^{-l^2/2m}.
                if element(s, m + delta, m) * c[0].abs() < 1e-3 * CARRIED {
                    break;
                }
                for (k, x) in c.iter().enumerate() {
                    lower[(m - k, l)] += low * c[0] * x;
                    upper[(m - k, l)] += up * c[0] * x;
                }
            }
        }
        let largest = |x: &Mat<f64>, l: usize| x.col(l).iter().fold(0.0, |a: f64, b| a.max(b.abs()));
        let mut weights: Vec<f64> = (0..size).map(|l| largest(&lower, l).max(largest(&upper, l))).collect();
        let carried = weights.iter().rposition(|&weight| weight > CARRIED).map_or(0, |l| l + 1);
        // l = 0 of delta = 0 is the limit.
        let carried = if delta == 0 { carried.max(1) } else { carried };
        weights.truncate(carried);
        let cut = |x: Mat<f64>| x.subcols(0, carried).to_owned();
        Order { delta, lower: cut(lower), upper: cut(upper), weights }
    }
}

/// |<n|rho|m>|, larger of the two parts of the real form.
fn element(s: MatRef<'_, f64>, n: usize, m: usize) -> f64 {
    s[(n, m)].abs().max(s[(m, n)].abs())
}

/// C_l(k) for k = 0..=m, m + 1 being the length of `c`, between the sectors m + delta and m.
fn hahn(l: usize, delta: usize, work: &mut TridiagonalVector, c: &mut [f64]) {
    let (m, n) = ((c.len() - 1) as f64, (c.len() - 1 + delta) as f64);
    let eigenvalue = (l * (l + delta + 1)) as f64;
    let shifted = |k: usize| {
        let k = k as f64;
        k * (n - k + 1.0) + (k + 1.0) * (m - k) - eigenvalue
    };
    let beside = |k: usize| {
        let k = k as f64;
        -(k + 1.0) * ((n - k) * (m - k)).sqrt()
    };
    work.solve(shifted, beside, c);
}

/// Population of the two highest levels in the initial state and in its image under n -> (-1)^n.
fn top_weight(s: MatRef<'_, f64>, displaced: &Mat<f64>) -> f64 {
    let levels = displaced.nrows();
    let population = |level: usize, turn: f64| {
        let row = displaced.row(level);
        let turned = |n: usize| row[n] * f64::powi(turn, (n % 2) as i32);
        let image = |n: usize| (0..row.ncols()).map(|m| s[(n, m)] * turned(m)).sum::<f64>();
        (0..row.ncols()).map(|n| turned(n) * image(n)).sum::<f64>()
    };
    let top = |turn: f64| (levels.saturating_sub(2)..levels).map(|level| population(level, turn).abs()).sum();
    f64::max(top(1.0), top(-1.0))
}

fn curve(gamma: f64, coupling: f64, beta: f64, battery0: &Hermitian) -> EnergyCurve {
    let n = battery0.dim();
    let trace = battery0.trace();
    let number: f64 = battery0.populations().enumerate().map(|(n, p)| n as f64 * p).sum();
    let amplitude: f64 = (1..n).map(|n| (n as f64).sqrt() * battery0.get(n, n - 1).re).sum();
    let number = number + beta * (2.0 * amplitude + beta * trace);
    let amplitude = amplitude + beta * trace;
    let limit = beta * beta * trace + 0.5 * number;
    let mut curve = EnergyCurve::standing(limit);
    let w = coupling.abs();
    curve.push(Mode::Oscillator { w, gamma, value: -2.0 * beta * amplitude, slope: 0.0 });
    curve.push(Mode::Oscillator { w: 2.0 * w, gamma, value: 0.5 * number, slope: 0.0 });
    curve
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hahn_vectors_are_orthonormal_and_solve_their_equation() {
        let mut work = TridiagonalVector::default();
        for (m, delta) in [(0, 0), (1, 3), (7, 0), (60, 0), (60, 30), (20, 140), (130, 2)] {
            let mut c = Mat::<f64>::zeros(m + 1, m + 1);
            let mut column = vec![0.0; m + 1];
            for l in 0..=m {
                hahn(l, delta, &mut work, &mut column);
                (0..=m).for_each(|k| c[(k, l)] = column[k]);
            }
            for product in [c.transpose() * &c, &c * c.transpose()] {
                for i in 0..=m {
                    for j in 0..=m {
                        let unit = if i == j { 1.0 } else { 0.0 };
                        assert!((product[(i, j)] - unit).abs() < 1e-13, "m = {m}, delta = {delta}, {i}, {j}");
                    }
                }
            }
            // l = 0: the square root of the weight C(n-k, m-k) over its sum C(n+1, m).
            let mut expected = 1.0;
            for k in 1..=m {
                expected *= (delta + 1 + k) as f64 / k as f64;
            }
            let first: f64 = (1..=m).map(|k| (delta + k) as f64 / k as f64).product();
            assert!((c[(0, 0)] - (first / expected).sqrt()).abs() < 1e-13);
        }
    }
}
