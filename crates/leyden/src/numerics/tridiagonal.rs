//! Eigenvalues of real symmetric tridiagonal matrices, two at a time.
//!
//! The QL iteration without square roots of Pal, Walker and Kahan, on squares b_i^2 of the elements beside the diagonal: a sweep with shift sigma is
//!   gamma_i = c_i (a_i - sigma) - s_i gamma_{i+1},   c_i = p_{i+1}/r_i,   s_i = b_i^2/r_i,   r_i = p_{i+1} + b_i^2,   p_i = gamma_i^2/c_i.
//! Every step waits for the one before, so that two matrices take little more time than one. Errors are some units of rounding of the largest value.
//!
//! Source: @parlett1998, 8.15.

/// Sweeps for every value; two are usual.
const SWEEPS: usize = 60;
/// Squares below this have lost digits.
pub(super) const NOTHING: f64 = 1e-280;

/// Tridiagonal matrices, one after the other.
#[derive(Default)]
pub(super) struct Tridiagonals {
    /// Diagonals, which become the eigenvalues in no order.
    diagonal: Vec<f64>,
    /// Squares of the elements beside the diagonals; 0 after the last one of a matrix.
    squares: Vec<f64>,
    /// Levels of every matrix, and a factor of it.
    parts: Vec<(usize, f64)>,
}

impl Tridiagonals {
    /// Adds a matrix of zeros for `write` to write its diagonal and squares, the last of which belongs to nothing.
    pub(super) fn add(&mut self, levels: usize, scale: f64, write: impl FnOnce(&mut [f64], &mut [f64])) {
        let from = self.diagonal.len();
        self.diagonal.resize(from + levels, 0.0);
        self.squares.resize(from + levels, 0.0);
        self.parts.push((levels, scale));
        write(&mut self.diagonal[from..], &mut self.squares[from..]);
    }

    /// The eigenvalues of all matrices; NaN for those of a matrix with an entry that is not finite.
    pub(super) fn eigenvalues(self) -> Vec<f64> {
        let Tridiagonals { mut diagonal, mut squares, parts } = self;
        sweep_all(&mut diagonal, &mut squares, &parts);
        let mut values = diagonal.iter_mut();
        for (levels, scale) in parts {
            values.by_ref().take(levels).filter(|_| scale != 1.0).for_each(|x| *x *= scale);
        }
        diagonal
    }
}

/// Always two matrices that are not done yet.
fn sweep_all(mut diagonal: &mut [f64], mut squares: &mut [f64], parts: &[(usize, f64)]) {
    let mut waiting = parts.iter();
    let mut next = || {
        waiting.by_ref().find_map(|&(levels, _)| {
            let of_diagonal = diagonal.split_off_mut(..levels)?;
            let mut sweeps = Sweeps::of(of_diagonal, squares.split_off_mut(..levels)?)?;
            sweeps.begin().then_some(sweeps)
        })
    };
    let (mut one, mut other) = (next(), next());
    while let (Some(a), Some(b)) = (&mut one, &mut other) {
        let steps = a.left().min(b.left());
        let (mut x, mut y) = (a.state, b.state);
        for k in 1..=steps {
            x = x.step(a.diagonal, a.squares, a.shift, a.next - k);
            y = y.step(b.diagonal, b.squares, b.shift, b.next - k);
        }
        if !a.advance(x, steps) {
            one = next();
        }
        if !b.advance(y, steps) {
            other = next();
        }
    }
    for mut sweeps in one.into_iter().chain(other) {
        loop {
            let (mut state, steps) = (sweeps.state, sweeps.left());
            for k in 1..=steps {
                state = state.step(sweeps.diagonal, sweeps.squares, sweeps.shift, sweeps.next - k);
            }
            if !sweeps.advance(state, steps) {
                break;
            }
        }
    }
}

/// What a sweep carries from row to row.
#[derive(Clone, Copy)]
struct State {
    c: f64,
    s: f64,
    gamma: f64,
    p: f64,
}

impl State {
    #[inline(always)]
    fn step(self, diagonal: &mut [f64], squares: &mut [f64], shift: f64, i: usize) -> State {
        let State { c, s, gamma, p } = self;
        let (square, above) = (squares[i], diagonal[i] - shift);
        let r = p + square;
        squares[i + 1] = s * r;
        // Divisions that do not wait for each other.
        let turned = p * above - square * gamma;
        let next = turned / r;
        // Neither turned^2 nor r p need be in the range of numbers.
        let squared = if p > NOTHING { next * (turned / p) } else { c * square };
        diagonal[i + 1] = gamma + (diagonal[i] - next);
        State { c: p / r, s: square / r, gamma: next, p: squared }
    }
}

/// The sweeps over one matrix.
struct Sweeps<'a> {
    diagonal: &'a mut [f64],
    squares: &'a mut [f64],
    /// Squares that count as 0.
    least: f64,
    /// The first row of the block, and the one that was reached.
    first: usize,
    next: usize,
    shift: f64,
    state: State,
    sweeps: usize,
}

impl<'a> Sweeps<'a> {
    /// `None`, and no numbers, where an entry is not finite.
    fn of(diagonal: &'a mut [f64], squares: &'a mut [f64]) -> Option<Self> {
        let largest = diagonal.iter().fold(0.0_f64, |a, x| a.max(x.abs()));
        let scale = squares.iter().fold(largest * largest, |a, x| a.max(*x));
        if !scale.is_finite() || diagonal.iter().chain(squares.iter()).any(|x| x.is_nan()) {
            diagonal.fill(f64::NAN);
            return None;
        }
        let least = f64::EPSILON * f64::EPSILON * scale;
        let state = State { c: 1.0, s: 0.0, gamma: 0.0, p: 0.0 };
        let sweeps = SWEEPS * diagonal.len();
        Some(Sweeps { diagonal, squares, least, first: 0, next: 0, shift: 0.0, state, sweeps })
    }

    /// Rows to the end of the sweep.
    fn left(&self) -> usize {
        self.next - self.first
    }

    /// Notes so many steps; at the end of a sweep the next one begins. Whether there is more to do.
    fn advance(&mut self, state: State, steps: usize) -> bool {
        (self.state, self.next) = (state, self.next - steps);
        if self.next > self.first {
            return true;
        }
        self.squares[self.first] = state.s * state.p;
        self.diagonal[self.first] = self.shift + state.gamma;
        self.begin()
    }

    /// Looks for a block that has to be worked on.
    fn begin(&mut self) -> bool {
        let n = self.diagonal.len();
        let (d, squares) = (&mut *self.diagonal, &*self.squares);
        while self.first < n {
            let l = self.first;
            let m = (l..n - 1).find(|&m| squares[m] <= self.least).unwrap_or(n - 1);
            if m == l + 1 {
                let (mean, half) = (0.5 * (d[l] + d[m]), 0.5 * (d[l] - d[m]));
                let radius = (half * half + squares[l]).sqrt();
                (d[l], d[m]) = (mean - radius, mean + radius);
            }
            if m <= l + 1 {
                self.first = m + 1;
                continue;
            }
            if self.sweeps == 0 {
                d.fill(f64::NAN);
                return false;
            }
            self.sweeps -= 1;
            // The eigenvalue of the first two rows that is nearer to that of the first.
            let root = squares[l].sqrt();
            let half = (d[l + 1] - d[l]) / (2.0 * root);
            self.shift = d[l] - root / (half + (half * half + 1.0).sqrt().copysign(half));
            let gamma = d[m] - self.shift;
            self.state = State { c: 1.0, s: 0.0, gamma, p: gamma * gamma };
            self.next = m;
            return true;
        }
        false
    }
}
