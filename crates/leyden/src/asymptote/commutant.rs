//! What commutes with H and every channel, and the projection of a state on it.
//!
//! A = {H, L_k, L_k^dag}' is an algebra: in a suitable basis H = (+)_a C^{n_a} (x) C^{m_a}, and A = (+)_a 1 (x) M_{m_a}.
//! Let sum_k gamma_k [L_k, L_k^dag] = 0 (Z(1) = 0, pure dephasing for example). With W = sum gamma_k L_k^dag L_k = sum gamma_k L_k L_k^dag,
//!   Re Tr[X^dag Z(X)] = -(1/4) sum_k gamma_k (||[L_k, X]||^2 + ||[L_k^dag, X]||^2)   (Hilbert-Schmidt norms),
//! so Z(X) = 0 gives [L_k, X] = [L_k^dag, X] = 0 and then [H, X] = 0: the kernel of Z is A, and by the same argument that of Z^dag. Both
//! semigroups contract, hence rho(inf) is the *orthogonal* projection of rho(0) on A (where nothing oscillates for ever, see
//! `undamped`), and there are dim A = sum m_a^2 conserved quantities. No relaxation rate is compared with zero: couplings ~ w decide, of which rates
//! are the squares.
//!
//! A is found from a generic Hermitian element K of the algebra that H and L_k generate: X in A is block diagonal in
//! the eigenspaces of K. Nodes are eigenspaces, an edge is a block that some generator has between two of them; what A does on one
//! node it does, transported along edges, on all nodes of the component. K is generic enough when after the transport every
//! block is a multiple of 1, which is checked. What is neither rounding nor clearly different from it leaves no answer.
//! Source: @frigerio1978; @albert2014.

use std::ops::Range;

use faer::{Mat, Side};
use num_complex::Complex64;

use crate::lindblad::Lindbladian;
use crate::numerics::Forest;
use crate::operator::{Hermitian, Operator};
use crate::why::{Doubt, Failure};
use crate::{Known, Why};

/// Relative size below which a gap or a coupling is rounding ...
const ROUNDING: f64 = 1e-12;
/// ... and above which it is not.
const CLEAR: f64 = 1e-9;
/// Vectors of eigenvalues at a relative gap d are mixed by rounding about this much over d.
const MIXING: f64 = 1e-14;
/// Generic elements tried.
const DRAWS: u64 = 5;

type Matrix = Mat<Complex64>;

/// The commutant as blocks of an orthonormal basis.
#[derive(Clone, Debug)]
pub(super) struct Commutant {
    basis: Matrix,
    components: Vec<Component>,
}

/// n copies of C^m that the commutant treats alike: m columns of the basis for each.
#[derive(Clone, Debug)]
struct Component {
    nodes: Vec<Vec<usize>>,
}

/// H and the jumps, each with largest entry 1: what rounding is measured by, also in a part of the space where one of them
/// vanishes.
pub(super) fn generators(lindbladian: &Lindbladian) -> Vec<Matrix> {
    let jumps = lindbladian.channels().iter().map(|channel| &channel.jump);
    std::iter::once(lindbladian.hamiltonian()).chain(jumps).map(unit).collect()
}

/// The operator with largest entry 1.
pub(super) fn unit(operator: &Operator) -> Matrix {
    let matrix = dense(operator);
    match matrix.norm_max() {
        0.0 => matrix,
        size => &matrix * faer::Scale(Complex64::from(1.0 / size)),
    }
}

pub(super) fn dense(operator: &Operator) -> Matrix {
    let mut matrix = Matrix::zeros(operator.dim(), operator.dim());
    operator.entries().for_each(|(i, j, x)| matrix[(i, j)] = x);
    matrix
}

/// Whether Z(1) = 0, up to rounding.
pub(crate) fn is_unital(lindbladian: &Lindbladian) -> bool {
    let mut sum = Operator::zero(lindbladian.dim());
    let mut scale = 0.0;
    for channel in lindbladian.channels() {
        let (l, l_dag) = (&channel.jump, channel.jump.adjoint());
        sum = &sum + &(channel.rate * &(&(l * &l_dag) - &(&l_dag * l)));
        scale += channel.rate * l.norm_bound().powi(2);
    }
    sum.norm_bound() <= 1e-13 * scale
}

impl Commutant {
    /// The commutant of `generators` and their adjoints on n levels; rounding is relative to 1.
    ///
    /// # Errors
    /// A sentence for the user when something is too small to tell whether it is zero.
    pub(super) fn of(n: usize, generators: &[Matrix]) -> Known<Self> {
        let parts = hermitian_parts(generators);
        let mut why = accident();
        for draw in 0..DRAWS {
            match Self::from_draw(n, &parts, draw) {
                Ok(found) => return Ok(found),
                Err(reason) => why = reason,
            }
        }
        Err(why)
    }

    fn from_draw(n: usize, parts: &[Matrix], draw: u64) -> Known<Self> {
        let generic = generic_element(n, parts, draw);
        let eigen = generic.self_adjoint_eigen(Side::Lower).map_err(|_| Failure::Eigenvalues)?;
        let values: Vec<f64> = eigen.S().column_vector().iter().map(|x| x.re).collect();
        let mut basis = eigen.U().to_owned();
        let clusters = Clusters::of(&values)?;
        let images: Vec<Matrix> = parts.iter().map(|x| basis.adjoint() * x * &basis).collect();
        let tree = clusters.spanning_forest(&images)?;
        let mut components = Vec::new();
        let mut seen = vec![false; tree.len()];
        for root in 0..tree.len() {
            if seen[root] {
                continue;
            }
            seen[root] = true;
            let mut nodes = vec![root];
            let mut next = 0;
            while let Some(&a) = nodes.get(next) {
                next += 1;
                for &(b, image) in &tree[a] {
                    if !seen[b] {
                        seen[b] = true;
                        nodes.push(b);
                        transport(&mut basis, &parts[image], &clusters.ranges[a], &clusters.ranges[b])?;
                    }
                }
            }
            components.push(nodes);
        }
        if clusters.ranges.iter().any(|range| range.len() > 1) {
            check_scalars(&basis, parts, &clusters, &components)?;
        }
        let components = components
            .into_iter()
            .map(|nodes| Component {
                nodes: nodes.into_iter().map(|a| clusters.ranges[a].clone().collect()).collect(),
            })
            .collect();
        Ok(Commutant { basis, components })
    }

    /// Number of independent elements.
    pub(super) fn dimension(&self) -> usize {
        self.components.iter().map(|component| component.copies().pow(2)).sum()
    }

    /// Whether blocks occur in several copies: equal to rounding, which a structure may know to be different.
    pub(super) fn has_copies(&self) -> bool {
        self.components.iter().any(|component| component.copies() > 1)
    }

    /// The orthogonal projection of `rho` and the values of the conserved quantities, larger weights first.
    pub(super) fn project(&self, rho: &Hermitian) -> (Hermitian, Vec<f64>) {
        let n = rho.dim();
        let inside = self.basis.adjoint() * rho.to_complex() * &self.basis;
        let mut projected = Matrix::zeros(n, n);
        let mut values: Vec<Vec<f64>> = Vec::new();
        for component in &self.components {
            let (m, count) = (component.copies(), component.nodes.len() as f64);
            let mut sum = Matrix::zeros(m, m);
            for node in &component.nodes {
                sum += Mat::from_fn(m, m, |p, q| inside[(node[p], node[q])]);
            }
            for node in &component.nodes {
                for (p, q) in (0..m).flat_map(|p| (0..m).map(move |q| (p, q))) {
                    projected[(node[p], node[q])] = sum[(p, q)] / count;
                }
            }
            let entries = (0..m).flat_map(|p| (0..m).map(move |q| (p, q)));
            values.push(entries.map(|at| sum[at].re + sum[at].im).collect());
        }
        let size = |values: &[f64]| values.iter().map(|x| x.abs()).fold(0.0, f64::max);
        values.sort_by(|a, b| size(b).total_cmp(&size(a)));
        let back = &self.basis * projected * self.basis.adjoint();
        (Hermitian::from_complex(&back), values.into_iter().flatten().collect())
    }
}

impl Component {
    fn copies(&self) -> usize {
        self.nodes[0].len()
    }
}

/// Eigenspaces of the generic element.
struct Clusters {
    ranges: Vec<Range<usize>>,
    /// How far rounding mixes each with the others.
    noise: Vec<f64>,
}

impl Clusters {
    fn of(values: &[f64]) -> Known<Self> {
        let scale = values.iter().fold(1.0, |a: f64, b| a.max(b.abs()));
        let mut ranges = Vec::new();
        let mut gaps = vec![f64::INFINITY];
        let mut start = 0;
        for end in 1..values.len() {
            let gap = (values[end] - values[end - 1]) / scale;
            if gap > CLEAR {
                ranges.push(start..end);
                gaps.push(gap);
                start = end;
            } else if gap > ROUNDING {
                return Err(Doubt::Splitting { size: gap }.into());
            }
        }
        ranges.push(start..values.len());
        gaps.push(f64::INFINITY);
        let noise = gaps.windows(2).map(|g| MIXING / g[0].min(g[1])).collect();
        Ok(Clusters { ranges, noise })
    }

    /// For every eigenspace its neighbours, each with the generator that couples both most, by edges without a circle.
    fn spanning_forest(&self, images: &[Matrix]) -> Known<Vec<Vec<(usize, usize)>>> {
        let count = self.ranges.len();
        let mut edges = Vec::new();
        for a in 0..count {
            for b in 0..a {
                let (at, bt) = (&self.ranges[a], &self.ranges[b]);
                let strength =
                    |x: &Matrix| x.submatrix(at.start, bt.start, at.len(), bt.len()).to_owned().norm_l2();
                let strengths = images.iter().map(strength).enumerate();
                let (strongest, strength) = strengths.max_by(|x, y| x.1.total_cmp(&y.1)).unwrap_or((0, 0.0));
                let noise = self.noise[a] + self.noise[b];
                if strength > ROUNDING.max(noise) {
                    edges.push((strength, strength > CLEAR.max(100.0 * noise), a, b, strongest));
                }
            }
        }
        // The strongest edges first: transports are then as sharp as they can be.
        edges.sort_by(|x, y| y.0.total_cmp(&x.0));
        let mut forest = Forest::new(count);
        let mut tree = vec![Vec::new(); count];
        for (size, clear, a, b, strongest) in edges {
            if !forest.join(a, b) {
                continue;
            }
            if !clear {
                return Err(Doubt::Coupling { size }.into());
            }
            tree[a].push((b, strongest));
            tree[b].push((a, strongest));
        }
        Ok(tree)
    }
}

/// Turns the columns `b` of the basis so that the block of X between `a` and `b` is a multiple of 1.
fn transport(basis: &mut Matrix, x: &Matrix, a: &Range<usize>, b: &Range<usize>) -> Known<()> {
    if a.len() != b.len() {
        return Err(accident());
    }
    if a.len() > 1 {
        // With X_ab = c W, W unitary, the columns of b turned by W^dag make the block c 1. Those of a may have been
        // turned already: X is taken in the present basis.
        let columns_a = basis.subcols(a.start, a.len()).to_owned();
        let columns_b = basis.subcols(b.start, b.len()).to_owned();
        let svd = (columns_a.adjoint() * x * &columns_b).svd().map_err(|_| accident())?;
        let unitary = svd.U() * svd.V().adjoint();
        basis.subcols_mut(b.start, b.len()).copy_from(columns_b * unitary.adjoint());
    }
    Ok(())
}

/// After the transport every block of every generator must be a multiple of 1, and 0 between components.
fn check_scalars(
    basis: &Matrix,
    parts: &[Matrix],
    clusters: &Clusters,
    components: &[Vec<usize>],
) -> Known<()> {
    for image in parts.iter().map(|x| basis.adjoint() * x * basis) {
        for component in components {
            for (&a, &b) in component.iter().flat_map(|a| component.iter().map(move |b| (a, b))) {
                let (at, bt) = (&clusters.ranges[a], &clusters.ranges[b]);
                let m = at.len();
                let entry = |p: usize, q: usize| image[(at.start + p, bt.start + q)];
                let mean = (0..m).map(|p| entry(p, p)).sum::<Complex64>() / m as f64;
                let noise = clusters.noise[a] + clusters.noise[b];
                for (p, q) in (0..m).flat_map(|p| (0..m).map(move |q| (p, q))) {
                    let expected = if p == q { mean } else { Complex64::ZERO };
                    let off = (entry(p, q) - expected).norm();
                    if off > (100.0 * ROUNDING).max(10.0 * noise) {
                        return Err(accident());
                    }
                }
            }
        }
    }
    Ok(())
}

fn accident() -> Why {
    Doubt::Alike.into()
}

/// (G + G^dag)/2 and (G - G^dag)/2i of all generators; none that is rounding. They keep their sizes: scaled up, rounding would
/// look like structure.
fn hermitian_parts(generators: &[Matrix]) -> Vec<Matrix> {
    let mut parts = Vec::new();
    for g in generators {
        let n = g.nrows();
        let sums = [(Complex64::new(0.5, 0.0), 1.0), (Complex64::new(0.0, -0.5), -1.0)];
        for (factor, sign) in sums {
            let part = Mat::from_fn(n, n, |i, j| factor * (g[(i, j)] + sign * g[(j, i)].conj()));
            if part.norm_max() > ROUNDING {
                parts.push(part);
            }
        }
    }
    parts
}

/// A Hermitian element of the algebra.
///
/// First what the generators are inside each other, sum_k c_k X_k + sum_jk (c_jk X_j X_k X_j + c'_jk (1-X_j) X_k (1-X_j)): dephasing cuts H into
/// parts that are often diagonal, with gaps as large as detunings where H itself has exponentially small ones. Then combinations
/// with anticommutators and commutators, because sums alone may have equal eigenvalues in different representations.
fn generic_element(n: usize, parts: &[Matrix], draw: u64) -> Matrix {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(draw + 1);
    let mut random = move || {
        // splitmix64
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64 + 0.5
    };
    // H comes first among the generators.
    if let (0, [h, channels @ ..]) = (draw, parts) {
        let one = Matrix::identity(n, n);
        let mut sum = Matrix::zeros(n, n);
        let mut add = |x: Matrix, c: f64| sum += &x * faer::Scale(Complex64::from(c));
        for l in channels {
            let rest = &one - l;
            add(l.clone(), random());
            add(l * h * l, random());
            add(&rest * h * &rest, random());
        }
        return sum;
    }
    let mut combine = || {
        let mut sum = Matrix::zeros(n, n);
        for part in parts {
            sum += part * faer::Scale(Complex64::from(random()));
        }
        sum
    };
    let (s, t) = (combine(), combine());
    let (st, ts) = (&s * &t, &t * &s);
    let size = st.norm_max().max(1.0);
    let (even, odd) = (Complex64::new(0.37 / size, 0.0), Complex64::new(0.0, 0.29 / size));
    Mat::from_fn(n, n, |i, j| s[(i, j)] + even * (st[(i, j)] + ts[(i, j)]) + odd * (st[(i, j)] - ts[(i, j)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embedded(blocks: &[(Operator, usize)]) -> Matrix {
        // (+)_a B_a (x) 1_{m_a}, hidden by a rotation.
        let n: usize = blocks.iter().map(|(b, m)| b.dim() * m).sum();
        let mut sum = Matrix::zeros(n, n);
        let mut offset = 0;
        for (block, m) in blocks {
            for (i, j, x) in block.kron(&Operator::identity(*m)).entries() {
                sum[(offset + i, offset + j)] = x;
            }
            offset += block.dim() * m;
        }
        sum
    }

    fn rotation(n: usize) -> Matrix {
        let any = Mat::from_fn(n, n, |i, j| {
            Complex64::new(((3 * i + 7 * j) as f64).sin(), ((i * j) as f64 + 0.3).cos())
        });
        any.qr().compute_Q()
    }

    #[test]
    fn multiplicities_of_spins_are_found() {
        // Spin 1 twice, spin 1/2 three times, spin 0 once: 4 + 9 + 1; sums of generators share the eigenvalue 0 of spins 1 and 0.
        let minus = |levels: usize| Operator::spin_lowering(levels);
        let z = |levels: usize| {
            &Operator::number(levels) - &(0.5 * (levels as f64 - 1.0) * Operator::identity(levels))
        };
        let spins = [(3, 2), (2, 3), (1, 1)];
        let q = rotation(13);
        let hidden = |of: &dyn Fn(usize) -> Operator| {
            let blocks: Vec<_> = spins.iter().map(|&(levels, m)| (of(levels), m)).collect();
            &q * embedded(&blocks) * q.adjoint()
        };
        let commutant = Commutant::of(13, &[hidden(&minus), hidden(&z)]).unwrap();
        assert_eq!(commutant.dimension(), 14);
        assert!(commutant.has_copies());
        // The projection keeps what commutes and is a projection.
        let psi: Vec<Complex64> = (0..13).map(|i| Complex64::new(1.0, 0.4 * i as f64)).collect();
        let rho = Hermitian::projector(&psi);
        let (once, values) = commutant.project(&rho);
        assert_eq!(values.len(), 14);
        assert!((once.trace() - rho.trace()).abs() < 1e-12 * rho.trace());
        let (twice, _) = commutant.project(&once);
        let full = once.to_complex();
        let commutator = &full * hidden(&minus) - hidden(&minus) * &full;
        assert!(commutator.norm_max() < 1e-11 * rho.trace());
        for (a, b) in once.s().iter().zip(twice.s()) {
            assert!((a - b).abs() < 1e-11 * rho.trace());
        }
    }

    #[test]
    fn a_coupling_between_rounding_and_certainty_leaves_no_answer() {
        let model = |coupling: f64| {
            let h = Operator::from_entries(
                3,
                [(0, 0, 1.0), (1, 1, 2.0), (2, 2, 3.5), (0, 1, coupling), (1, 0, coupling)]
                    .map(|(i, j, x): (usize, usize, f64)| (i, j, x.into())),
            );
            let l = Operator::diagonal(&[0.0, 1.0, 1.0]);
            Commutant::of(3, &[dense(&h), dense(&l)]).map(|commutant| commutant.dimension())
        };
        assert_eq!(model(0.0), Ok(3));
        assert_eq!(model(1e-6), Ok(2));
        assert!(model(1e-11).is_err());
    }

    #[test]
    fn no_generator_leaves_everything() {
        let commutant = Commutant::of(3, &[]).unwrap();
        assert_eq!(commutant.dimension(), 9);
    }

    #[test]
    fn blocks_that_are_no_multiple_of_one_are_an_accident() {
        // One node of two levels: what is off by a hundred roundings, on the diagonal or beside it, is none.
        let clusters = Clusters::of(&[1.0, 1.0]).unwrap();
        let check = |diagonal: f64, beside: f64| {
            let part = Mat::from_fn(2, 2, |i, j| {
                Complex64::from(if i == j { 1.0 + diagonal * (1.0 - 2.0 * i as f64) } else { beside })
            });
            check_scalars(&Matrix::identity(2, 2), &[part], &clusters, &[vec![0]])
        };
        for off in [0.0, 5e-11, 9e-11] {
            assert!(check(off, 0.0).is_ok() && check(0.0, off).is_ok(), "{off}");
        }
        for off in [1.1e-10, 1.5e-10, 1e-3] {
            assert!(check(off, 0.0) == Err(accident()) && check(0.0, off) == Err(accident()), "{off}");
        }
    }
}
