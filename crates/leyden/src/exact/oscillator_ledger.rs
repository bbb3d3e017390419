//! The energy ledger of two oscillators without a cutoff: first and second moments and integrals of flows, one linear system.
//!
//! H = w_a a^dag a + w_b b^dag b + g(a^dag b + h.c.) + chi g(a b + h.c.) + F(a e^{iwt} + h.c.), chi = 1 for a dipole, else 0; on each mode x
//! dephasing at gamma_x, `D[x]` at down_x and `D[x^dag]` at up_x, kappa_x = down_x - up_x. With f = F e^{-iwt} (w = 0 in the frame of a drive)
//!   a' = -i w_a a - ig(b + chi b^dag) - if - (gamma_a + kappa_a) a/2, and so for b without f,
//! and the moments A = `<a^dag a>`, B, M = `<a^dag b>`, P = `<a a>`, Q = `<a b>`, S = `<b b>` follow by the product rule; up_x feeds `<x^dag x>`, and
//! dephasing damps a moment `<x^dag^p x^q ..>` at gamma_x (p-q)^2/2. Products of f with a, b and their adjoints are variables too, so that
//! the system is constant: 27 of them. What is read is linear in them: E_V = 2g Re(M + chi Q), E_d = 2 Re(f^* a), P_d = -2 w_d Im(f^* a),
//!   dephasing of a: -(gamma_a/2)(E_V + E_d),   relaxation of a: omega_a (up_a - kappa_a A) - (kappa_a/2)(E_V + E_d), of b without E_d.
//! Source: the adjoint of the master equation; a ladder operator is an eigenoperator of dephasing and damping.

use faer::Mat;
use num_complex::Complex64;

use super::doubling::Doubling;

/// One oscillator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LedgerMode {
    /// Frequency in the frame of the equations, and of the laboratory.
    pub(crate) frame: f64,
    pub(crate) laboratory: f64,
    pub(crate) dephasing: f64,
    pub(crate) down: f64,
    pub(crate) up: f64,
    /// `<x>`, `<x x>` and `<x^dag x>` at t = 0.
    pub(crate) start: [Complex64; 3],
}

/// Two oscillators, the first one driven.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OscillatorLedger {
    pub(crate) modes: [LedgerMode; 2],
    pub(crate) coupling: f64,
    pub(crate) counter_rotating: bool,
    pub(crate) amplitude: f64,
    /// w_d, and with what the force turns in the frame of the equations.
    pub(crate) drive: f64,
    pub(crate) turning: f64,
}

/// Energies of charger, battery, coupling and drive, and what flowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OscillatorAccounts {
    pub(crate) energies: [f64; 4],
    pub(crate) work: f64,
    /// Dephasing of the charger, its relaxation, the same of the battery: whole and bare.
    pub(crate) channels: [(f64, f64); 4],
}

/// Places of complex variables, real part first; A and B are real.
const ONE: usize = 0;
const NA: usize = 1;
const NB: usize = 2;
const COMPLEX: usize = 3;
const ALPHA: usize = 0;
const BETA: usize = 1;
const M: usize = 2;
const P: usize = 3;
const Q: usize = 4;
const S: usize = 5;
const F: usize = 6;
/// f a^*, f b^*, f a, f b, f f.
const FA_: usize = 7;
const FB_: usize = 8;
const FA: usize = 9;
const FB: usize = 10;
const FF: usize = 11;
const VARIABLES: usize = COMPLEX + 2 * 12;
/// Work, then whole and bare flows of four channels.
const FLOWS: usize = 9;

/// A real matrix that is written in complex terms.
struct Equations(Mat<f64>);

impl Equations {
    /// x' = .. + c y, or c y^* where `starred`.
    fn term(&mut self, x: usize, c: Complex64, y: usize, starred: bool) {
        let (row, column) = (COMPLEX + 2 * x, COMPLEX + 2 * y);
        let sign = if starred { -1.0 } else { 1.0 };
        self.0[(row, column)] += c.re;
        self.0[(row, column + 1)] -= sign * c.im;
        self.0[(row + 1, column)] += c.im;
        self.0[(row + 1, column + 1)] += sign * c.re;
    }

    /// x' = .. + c y of a real variable.
    fn real(&mut self, x: usize, c: Complex64, y: usize) {
        self.0[(COMPLEX + 2 * x, y)] += c.re;
        self.0[(COMPLEX + 2 * x + 1, y)] += c.im;
    }

    /// n' = .. + 2 Re(c y), or 2 Re(c y^*), of a real variable.
    fn twice(&mut self, row: usize, c: Complex64, y: usize, starred: bool) {
        let sign = if starred { -1.0 } else { 1.0 };
        self.0[(row, COMPLEX + 2 * y)] += 2.0 * c.re;
        self.0[(row, COMPLEX + 2 * y + 1)] -= 2.0 * sign * c.im;
    }

    fn add_row(&mut self, row: usize, c: f64, of: &[f64]) {
        of.iter().enumerate().for_each(|(column, x)| self.0[(row, column)] += c * x);
    }
}

impl OscillatorLedger {
    /// Energies and flows at nondecreasing times.
    pub(crate) fn at(&self, times: &[f64], sink: &mut dyn FnMut(usize, f64, OscillatorAccounts)) {
        let rows = self.readings();
        let generator = self.generator(&rows);
        let spacing = times.windows(2).map(|w| w[1] - w[0]).find(|&dt| dt > 0.0);
        let mut doubling = Doubling::new(generator, self.start(), spacing);
        for (index, &time) in times.iter().enumerate() {
            let y = doubling.advance(time);
            let read = |row: &[f64; VARIABLES]| crate::numerics::dot(row, &y[..VARIABLES]);
            let flow = |k: usize| y[VARIABLES + k];
            let accounts = OscillatorAccounts {
                energies: [read(&rows.charger), read(&rows.battery), read(&rows.coupling), read(&rows.drive)],
                work: flow(0),
                channels: std::array::from_fn(|k| (flow(1 + 2 * k), flow(2 + 2 * k))),
            };
            sink(index, time, accounts);
        }
    }

    fn start(&self) -> Vec<f64> {
        let mut y = vec![0.0; VARIABLES + FLOWS];
        let [a, b] = self.modes.map(|mode| mode.start);
        let f = self.amplitude;
        (y[ONE], y[NA], y[NB]) = (1.0, a[2].re, b[2].re);
        // f is real at t = 0.
        for (place, x) in [
            (ALPHA, a[0]),
            (BETA, b[0]),
            (M, a[0].conj() * b[0]),
            (P, a[1]),
            (Q, a[0] * b[0]),
            (S, b[1]),
            (F, f.into()),
            (FA_, f * a[0].conj()),
            (FB_, f * b[0].conj()),
            (FA, f * a[0]),
            (FB, f * b[0]),
            (FF, (f * f).into()),
        ] {
            (y[COMPLEX + 2 * place], y[COMPLEX + 2 * place + 1]) = (x.re, x.im);
        }
        y
    }

    fn generator(&self, rows: &Readings) -> Mat<f64> {
        let i = Complex64::I;
        let [a, b] = self.modes;
        let (g, w) = (self.coupling, self.turning);
        let chi = if self.counter_rotating { g } else { 0.0 };
        let damping = |mode: &LedgerMode| 0.5 * (mode.down - mode.up);
        let (ka, kb) = (damping(&a), damping(&b));
        // How fast moments with one factor of a mode decay.
        let (da, db) = (ka + 0.5 * a.dephasing, kb + 0.5 * b.dephasing);
        let mut e = Equations(Mat::zeros(VARIABLES + FLOWS, VARIABLES + FLOWS));
        let minus_i = |x: f64| -i * x;
        // Means.
        e.term(ALPHA, minus_i(a.frame) - da, ALPHA, false);
        e.term(ALPHA, minus_i(g), BETA, false);
        e.term(ALPHA, minus_i(chi), BETA, true);
        e.term(ALPHA, -i, F, false);
        e.term(BETA, minus_i(b.frame) - db, BETA, false);
        e.term(BETA, minus_i(g), ALPHA, false);
        e.term(BETA, minus_i(chi), ALPHA, true);
        e.term(F, minus_i(w), F, false);
        // Numbers.
        for (row, mode, starred, k) in [(NA, &a, false, ka), (NB, &b, true, kb)] {
            e.0[(row, row)] -= 2.0 * k;
            e.0[(row, ONE)] += mode.up;
            e.twice(row, minus_i(g), M, starred);
            e.twice(row, minus_i(chi), Q, true);
        }
        e.twice(NA, -i, FA_, false);
        // <a^dag b>.
        e.term(M, i * (a.frame - b.frame) - da - db, M, false);
        e.real(M, i * g, NB);
        e.real(M, minus_i(g), NA);
        e.term(M, i * chi, S, false);
        e.term(M, minus_i(chi), P, true);
        e.term(M, i, FB_, true);
        // <a a>, <a b>, <b b>.
        e.term(P, minus_i(2.0 * a.frame) - 2.0 * ka - 2.0 * a.dephasing, P, false);
        e.term(P, minus_i(2.0 * g), Q, false);
        e.term(P, minus_i(2.0 * chi), M, true);
        e.term(P, -2.0 * i, FA, false);
        e.term(Q, minus_i(a.frame + b.frame) - da - db, Q, false);
        e.term(Q, minus_i(g), S, false);
        e.term(Q, minus_i(g), P, false);
        e.real(Q, minus_i(chi), NB);
        e.real(Q, minus_i(chi), NA);
        e.real(Q, minus_i(chi), ONE);
        e.term(Q, -i, FB, false);
        e.term(S, minus_i(2.0 * b.frame) - 2.0 * kb - 2.0 * b.dephasing, S, false);
        e.term(S, minus_i(2.0 * g), Q, false);
        e.term(S, minus_i(2.0 * chi), M, false);
        // Products with the force; f f^* = F^2.
        e.term(FA_, i * (a.frame - w) - da, FA_, false);
        e.term(FA_, i * g, FB_, false);
        e.term(FA_, i * chi, FB, false);
        e.real(FA_, i * self.amplitude.powi(2), ONE);
        e.term(FB_, i * (b.frame - w) - db, FB_, false);
        e.term(FB_, i * g, FA_, false);
        e.term(FB_, i * chi, FA, false);
        e.term(FA, minus_i(a.frame + w) - da, FA, false);
        e.term(FA, minus_i(g), FB, false);
        e.term(FA, minus_i(chi), FB_, false);
        e.term(FA, -i, FF, false);
        e.term(FB, minus_i(b.frame + w) - db, FB, false);
        e.term(FB, minus_i(g), FA, false);
        e.term(FB, minus_i(chi), FA_, false);
        e.term(FF, minus_i(2.0 * w), FF, false);
        // Flows.
        e.add_row(VARIABLES, 1.0, &rows.power);
        let with_drive: Vec<f64> = rows.coupling.iter().zip(&rows.drive).map(|(v, d)| v + d).collect();
        let of = [(&a, ka, NA, with_drive), (&b, kb, NB, rows.coupling.to_vec())];
        for (n, (mode, k, number, joint)) in of.into_iter().enumerate() {
            let [dephasing, whole, bare] = [1, 3, 4].map(|row| VARIABLES + 4 * n + row);
            e.add_row(dephasing, -0.5 * mode.dephasing, &joint);
            e.add_row(whole, -k, &joint);
            for row in [whole, bare] {
                e.0[(row, ONE)] += mode.laboratory * mode.up;
                e.0[(row, number)] -= 2.0 * k * mode.laboratory;
            }
        }
        e.0
    }

    fn readings(&self) -> Readings {
        let [a, b] = self.modes.map(|mode| mode.laboratory);
        let real = |entries: &[(usize, f64)]| {
            let mut row = [0.0; VARIABLES];
            entries.iter().for_each(|(place, x)| row[*place] = *x);
            row
        };
        let re = |place: usize| COMPLEX + 2 * place;
        let g = self.coupling;
        let chi = if self.counter_rotating { g } else { 0.0 };
        Readings {
            charger: real(&[(NA, a)]),
            battery: real(&[(NB, b)]),
            coupling: real(&[(re(M), 2.0 * g), (re(Q), 2.0 * chi)]),
            // f^* a is the conjugate of f a^*.
            drive: real(&[(re(FA_), 2.0)]),
            power: real(&[(re(FA_) + 1, 2.0 * self.drive)]),
        }
    }
}

/// Rows that read energies and the power of the drive.
struct Readings {
    charger: [f64; VARIABLES],
    battery: [f64; VARIABLES],
    coupling: [f64; VARIABLES],
    drive: [f64; VARIABLES],
    power: [f64; VARIABLES],
}
