//! Energy and power of kets.

use num_complex::Complex64;

use crate::lindblad::Shape;
use crate::model::ClosedSystem;
use crate::numerics::sum_of;
use crate::operator::Operator;

/// Elements above the diagonal.
type Entries = Vec<(u32, u32, Complex64)>;

/// Energy and power of kets.
pub(super) struct Reader {
    /// H_B of every joint level.
    pub(super) energies: Vec<f64>,
    /// 2 i[H, H_B] above its diagonal, which vanishes.
    flow: Entries,
    moved: Vec<(Shape, Entries)>,
}

impl Reader {
    pub(super) fn new(system: &ClosedSystem) -> Self {
        let of_battery: Vec<f64> = system.space.energies().collect();
        let energies: Vec<f64> =
            (0..system.charger_levels).flat_map(|_| of_battery.iter().copied()).collect();
        let flow = |operator: &Operator| -> Entries {
            let upper = operator.entries().filter(|(i, j, _)| i < j && energies[*i] != energies[*j]);
            let twice = |i: usize, j: usize| 2.0 * (energies[j] - energies[i]);
            upper.map(|(i, j, x)| (i as u32, j as u32, Complex64::I * x * twice(i, j))).collect()
        };
        let modulations = system.lindbladian.modulations().iter();
        let moved = modulations
            .map(|m| (m.shape.clone(), flow(&m.operator)))
            .filter(|(_, flow)| !flow.is_empty())
            .collect();
        Reader { flow: flow(system.lindbladian.hamiltonian()), moved, energies }
    }

    pub(super) fn energy(&self, kets: &[Vec<Complex64>]) -> f64 {
        kets.iter().map(|psi| sum_of(psi, &self.energies, |x, e| e * x.norm_sqr())).sum()
    }

    pub(super) fn power(&self, time: f64, kets: &[Vec<Complex64>]) -> f64 {
        let expect = |flow: &[(u32, u32, Complex64)]| {
            let of = |psi: &Vec<Complex64>| {
                let term = |&(i, j, f): &(u32, u32, Complex64)| {
                    let (a, b) = (psi[i as usize], psi[j as usize]);
                    f.re * (a.re * b.re + a.im * b.im) - f.im * (a.re * b.im - a.im * b.re)
                };
                flow.iter().map(term).sum::<f64>()
            };
            kets.iter().map(of).sum::<f64>()
        };
        expect(&self.flow) + self.moved.iter().map(|(shape, flow)| shape.at(time) * expect(flow)).sum::<f64>()
    }
}
