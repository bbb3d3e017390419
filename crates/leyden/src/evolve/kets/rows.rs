//! Real symmetric matrices by rows, for products with several vectors at once.

/// Entries row by row; every vector component is `width` numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f64>,
    /// The same with equally many entries in every row, zeros among them, where that adds few: so many, and (column, value).
    even: Option<(usize, Vec<(u32, f64)>)>,
}

/// Zeros that may fill up rows, relative to their entries.
const FILLED_UP: f64 = 0.4;
/// Most entries of even rows.
const MOST_EVEN: usize = 8;

impl Rows {
    /// From entries (row, column, value) in the order of rows; those at one place add up.
    pub(super) fn new(rows: usize, entries: impl IntoIterator<Item = (usize, usize, f64)>) -> Self {
        let mut made = Rows { starts: vec![0; rows + 1], ..Rows::default() };
        for (row, column, value) in entries {
            made.starts[row + 1] += 1;
            made.columns.push(column as u32);
            made.values.push(value);
        }
        for row in 0..rows {
            made.starts[row + 1] += made.starts[row];
        }
        made.even = made.evened();
        made
    }

    fn evened(&self) -> Option<(usize, Vec<(u32, f64)>)> {
        let counts = self.starts.windows(2).map(|pair| pair[1] - pair[0]);
        let most = counts.max().filter(|most| (1..=MOST_EVEN).contains(most))?;
        if (most * self.count()) as f64 > (1.0 + FILLED_UP) * self.filled() as f64 {
            return None;
        }
        let mut entries = Vec::with_capacity(most * self.count());
        for row in 0..self.count() {
            let range = self.starts[row]..self.starts[row + 1];
            let zeros = most - range.len();
            entries
                .extend(self.columns[range.clone()].iter().copied().zip(self.values[range].iter().copied()));
            entries.extend((0..zeros).map(|_| (row as u32, 0.0)));
        }
        Some((most, entries))
    }

    /// Number of rows.
    pub(super) fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// Number of entries.
    pub(super) fn filled(&self) -> usize {
        self.values.len()
    }

    /// (row, column, value) of all entries.
    pub(super) fn entries(&self) -> impl Iterator<Item = (usize, usize, f64)> + '_ {
        let of_row = |row: usize| self.starts[row]..self.starts[row + 1];
        (0..self.count())
            .flat_map(move |row| of_row(row).map(move |k| (row, self.columns[k] as usize, self.values[k])))
    }

    /// Numbers between which all eigenvalues lie: the discs of Gershgorin.
    pub(super) fn bounds(&self) -> (f64, f64) {
        let (mut middle, mut radius) = (vec![0.0; self.count()], vec![0.0; self.count()]);
        for (row, column, value) in self.entries() {
            match row == column {
                true => middle[row] += value,
                false => radius[row] += value.abs(),
            }
        }
        let ends = middle.iter().zip(&radius);
        ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (m, r)| (low.min(m - r), high.max(m + r)))
    }

    /// y = factor (A x - middle x) - before, with `before` = 0 where there is none.
    pub(super) fn step(
        &self,
        width: usize,
        (factor, middle): (f64, f64),
        x: &[f64],
        before: Option<&[f64]>,
        y: &mut [f64],
    ) {
        let (Some((most, entries)), 2) = (&self.even, width) else {
            return match width {
                2 => self.step_of::<2>((factor, middle), x, before, y),
                _ => self.step_any(width, (factor, middle), x, before, y),
            };
        };
        let scaled = (factor, middle);
        match most {
            1 => step_even::<1>(entries, scaled, x, before, y),
            2 => step_even::<2>(entries, scaled, x, before, y),
            3 => step_even::<3>(entries, scaled, x, before, y),
            4 => step_even::<4>(entries, scaled, x, before, y),
            5 => step_even::<5>(entries, scaled, x, before, y),
            6 => step_even::<6>(entries, scaled, x, before, y),
            7 => step_even::<7>(entries, scaled, x, before, y),
            _ => step_even::<MOST_EVEN>(entries, scaled, x, before, y),
        }
    }

    /// y += factor A x.
    pub(super) fn add(&self, width: usize, factor: f64, x: &[f64], y: &mut [f64]) {
        for (row, out) in y.chunks_exact_mut(width).enumerate() {
            for k in self.starts[row]..self.starts[row + 1] {
                let (from, value) = (self.columns[k] as usize * width, factor * self.values[k]);
                out.iter_mut().zip(&x[from..from + width]).for_each(|(out, x)| *out += value * x);
            }
        }
    }

    /// One vector, real and imaginary part: no inner loop.
    fn step_of<const W: usize>(
        &self,
        (factor, middle): (f64, f64),
        x: &[f64],
        before: Option<&[f64]>,
        y: &mut [f64],
    ) {
        let x = x.as_chunks::<W>().0;
        let before = before.map(|before| before.as_chunks::<W>().0);
        for (row, out) in y.as_chunks_mut::<W>().0.iter_mut().enumerate() {
            let mut sum = x[row].map(|x| -middle * x);
            let range = self.starts[row]..self.starts[row + 1];
            for (column, value) in self.columns[range.clone()].iter().zip(&self.values[range]) {
                let from = &x[*column as usize];
                for j in 0..W {
                    sum[j] += value * from[j];
                }
            }
            *out = match before {
                Some(before) => std::array::from_fn(|j| factor * sum[j] - before[row][j]),
                None => sum.map(|sum| factor * sum),
            };
        }
    }

    fn step_any(
        &self,
        width: usize,
        (factor, middle): (f64, f64),
        x: &[f64],
        before: Option<&[f64]>,
        y: &mut [f64],
    ) {
        for (row, out) in y.chunks_exact_mut(width).enumerate() {
            let here = row * width..(row + 1) * width;
            out.iter_mut().zip(&x[here.clone()]).for_each(|(out, x)| *out = -middle * x);
            for k in self.starts[row]..self.starts[row + 1] {
                let (from, value) = (self.columns[k] as usize * width, self.values[k]);
                out.iter_mut().zip(&x[from..from + width]).for_each(|(out, x)| *out += value * x);
            }
            match before {
                Some(before) => {
                    out.iter_mut().zip(&before[here]).for_each(|(out, z)| *out = factor * *out - z)
                }
                None => out.iter_mut().for_each(|out| *out *= factor),
            }
        }
    }
}

/// One vector, N entries in every row: nothing but arithmetic.
fn step_even<const N: usize>(
    entries: &[(u32, f64)],
    (factor, middle): (f64, f64),
    x: &[f64],
    before: Option<&[f64]>,
    y: &mut [f64],
) {
    let x = x.as_chunks::<2>().0;
    let before = before.map(|before| before.as_chunks::<2>().0);
    let rows = entries.as_chunks::<N>().0.iter().zip(y.as_chunks_mut::<2>().0).zip(x).enumerate();
    for (row, ((entries, out), here)) in rows {
        let mut sum = [-middle * here[0], -middle * here[1]];
        for (column, value) in entries {
            let from = x[*column as usize];
            sum[0] += value * from[0];
            sum[1] += value * from[1];
        }
        *out = match before {
            Some(before) => [factor * sum[0] - before[row][0], factor * sum[1] - before[row][1]],
            None => [factor * sum[0], factor * sum[1]],
        };
    }
}
