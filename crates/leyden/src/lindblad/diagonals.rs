//! Real sparse matrices stored by diagonals: products with them are contiguous loops.

/// M[i, i+offset] = values[i - start] for i in start..start + values.len(), zero elsewhere.
#[derive(Clone, Debug)]
pub(super) struct Diagonal {
    pub(super) offset: isize,
    pub(super) start: usize,
    pub(super) values: Vec<f64>,
}

impl Diagonal {
    /// M[row, row + offset], zero outside the stored range.
    pub(super) fn at(&self, row: usize) -> f64 {
        row.checked_sub(self.start).and_then(|i| self.values.get(i)).copied().unwrap_or(0.0)
    }

    /// Rows start..end that hold entries.
    pub(super) fn rows(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.values.len()
    }
}

/// A real matrix as its main diagonal and the others that hold entries.
#[derive(Clone, Debug)]
pub(super) struct Diagonals {
    pub(super) main: Vec<f64>,
    pub(super) has_main: bool,
    pub(super) off: Vec<Diagonal>,
}

impl Diagonals {
    pub(super) fn from_entries(dim: usize, entries: impl IntoIterator<Item = (usize, usize, f64)>) -> Self {
        let mut main = vec![0.0; dim];
        let mut full: std::collections::BTreeMap<isize, Vec<f64>> = Default::default();
        for (i, j, x) in entries {
            if i == j {
                main[i] += x;
            } else if x != 0.0 {
                full.entry(j as isize - i as isize).or_insert_with(|| vec![0.0; dim])[i] += x;
            }
        }
        let off = full
            .into_iter()
            .filter_map(|(offset, values)| {
                let start = values.iter().position(|&x| x != 0.0)?;
                let end = values.iter().rposition(|&x| x != 0.0)? + 1;
                Some(Diagonal { offset, start, values: values[start..end].to_vec() })
            })
            .collect();
        let has_main = main.iter().any(|&x| x != 0.0);
        Diagonals { main, has_main, off }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.off.is_empty() && !self.has_main
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (usize, usize, f64)> + '_ {
        let main = self.main.iter().enumerate().map(|(i, &x)| (i, i, x));
        let off = self
            .off
            .iter()
            .flat_map(|d| d.rows().zip(&d.values).map(|(i, &x)| (i, (i as isize + d.offset) as usize, x)));
        main.chain(off).filter(|&(_, _, x)| x != 0.0)
    }
}
