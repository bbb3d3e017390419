//! Rabi blocks carried through time: s and z of every pair with their rates.
//!
//! Delta_C = 0: closed forms of the damped oscillators. Delta_C != 0: one propagator of the chain of four per pair and spacing.

use faer::Mat;

use super::chain::chain;
use super::{RabiBlocks, SectorBlocks, StateSink};
use crate::numerics::{Oscillators, exponential};
use crate::operator::Hermitian;

/// s and z of every pair with their rates, in time.
pub(super) struct Flow<'a> {
    sector: &'a SectorBlocks,
    /// What each of the values contributes to the energy.
    energy: Vec<f64>,
    /// For one qubit, what each contributes to the four entries of rho: sweeps over many drives spend their time here.
    readout: Option<Vec<[f64; 4]>>,
    kind: FlowKind,
}

enum FlowKind {
    /// Delta_C = 0: damped oscillators, s of all pairs and then z.
    Closed(Oscillators),
    /// Delta_C != 0: one propagator per pair and spacing.
    Chains(Chains),
}

/// The chains of all pairs.
struct Chains {
    gamma: f64,
    detuning: f64,
    spacing: f64,
    time: f64,
    maps: Vec<Mat<f64>>,
    now: Vec<[f64; 4]>,
    /// (s, s') of all pairs column by column, then (z, z').
    values: Vec<(f64, f64)>,
}

impl RabiBlocks {
    /// States of the battery's sectors at nondecreasing `times` >= 0, with dE_B/dt and E_B from the sums over pairs.
    pub fn states(&self, times: &[f64], sink: &mut StateSink<'_>) {
        let mut flows: Vec<Flow> = self.sectors.iter().map(|sector| Flow::new(self, sector)).collect();
        let mut out: Vec<Hermitian> =
            self.sectors.iter().map(|sector| Hermitian::zero(sector.basis.v.nrows())).collect();
        for (index, &time) in times.iter().enumerate() {
            let (mut power, mut energy) = (0.0, 0.0);
            for (flow, rho) in flows.iter_mut().zip(&mut out) {
                let (e, p) = flow.advance(time);
                energy += e;
                power += p;
                flow.assemble(rho);
            }
            sink(index, time, &out, power, energy);
        }
    }
}

impl<'a> Flow<'a> {
    pub(super) fn new(blocks: &RabiBlocks, sector: &'a SectorBlocks) -> Self {
        let k = sector.size();
        let pairs = || (0..k).flat_map(move |j| (0..k).map(move |i| (i, j)));
        let [s0, x0, y0, z0] = &sector.start;
        let of_s = pairs().map(|(i, j)| sector.energy_s[(i, j)]);
        let mut energy: Vec<f64> = of_s.chain(pairs().map(|(i, j)| sector.energy_z[(i, j)])).collect();
        let mut readout = (sector.basis.v.nrows() == 2).then(|| {
            let (u, v) = (&sector.basis.u, &sector.basis.v);
            let entry = |(i, j): (usize, usize), sign: f64| -> [f64; 4] {
                std::array::from_fn(|p| {
                    0.5 * (u[(p / 2, i)] * u[(p % 2, j)] + sign * v[(p / 2, i)] * v[(p % 2, j)])
                })
            };
            pairs()
                .map(|pair| entry(pair, 1.0))
                .chain(pairs().map(|pair| entry(pair, -1.0)))
                .collect::<Vec<_>>()
        });
        let kind = if blocks.detuning == 0.0 {
            let s = pairs().map(|(i, j)| {
                let w = sector.minus(i, j);
                (w.abs(), s0[(i, j)], -w * x0[(i, j)])
            });
            let z = pairs().map(|(i, j)| {
                let w = sector.plus(i, j);
                (w, z0[(i, j)], w * y0[(i, j)])
            });
            let mut oscillators: Vec<(f64, f64, f64)> = s.chain(z).collect();
            if let Some(readout) = &mut readout {
                merge_equal(&mut oscillators, &mut energy, readout);
            }
            FlowKind::Closed(Oscillators::new(blocks.gamma, oscillators))
        } else {
            FlowKind::Chains(Chains {
                gamma: blocks.gamma,
                detuning: blocks.detuning,
                spacing: f64::NAN,
                time: 0.0,
                maps: Vec::new(),
                values: vec![(0.0, 0.0); 2 * k * k],
                now: pairs().map(|(i, j)| [s0[(i, j)], x0[(i, j)], y0[(j, i)], z0[(j, i)]]).collect(),
            })
        };
        Flow { sector, energy, readout, kind }
    }

    /// Moves to a later time; energy and power there.
    pub(super) fn advance(&mut self, to: f64) -> (f64, f64) {
        match &mut self.kind {
            FlowKind::Closed(oscillators) => oscillators.advance(to),
            FlowKind::Chains(chains) => chains.advance(self.sector, to),
        }
        self.values().iter().zip(&self.energy).fold((0.0, 0.0), |(energy, power), ((x, rate), weight)| {
            (energy + weight * x, power + weight * rate)
        })
    }

    /// (s_ij, x_ij, y_ji, z_ji) of all pairs column by column, where the charger is detuned.
    pub(super) fn chains(&self) -> Option<&[[f64; 4]]> {
        match &self.kind {
            FlowKind::Closed(_) => None,
            FlowKind::Chains(chains) => Some(&chains.now),
        }
    }

    /// (s, s') of all pairs column by column, then (z, z').
    fn values(&self) -> &[(f64, f64)] {
        match &self.kind {
            FlowKind::Closed(oscillators) => oscillators.now(),
            FlowKind::Chains(chains) => &chains.values,
        }
    }

    pub(super) fn assemble(&self, rho: &mut Hermitian) {
        let k = self.sector.size();
        match &self.readout {
            Some(readout) => {
                let mut out = [0.0; 4];
                for ((x, _), entries) in self.values().iter().zip(readout) {
                    out.iter_mut().zip(entries).for_each(|(y, entry)| *y += x * entry);
                }
                rho.s_mut().copy_from_slice(&out);
            }
            None => {
                let (s, z) = self.values().split_at(k * k);
                self.sector.assemble(|i, j| s[j * k + i].0, |i, j| z[j * k + i].0, rho);
            }
        }
    }
}

/// Lets oscillators that move alike, such as (i,j) and (j,i) of a real state, be followed once.
fn merge_equal(oscillators: &mut Vec<(f64, f64, f64)>, energy: &mut Vec<f64>, readout: &mut Vec<[f64; 4]>) {
    let mut kept = 0;
    for i in 0..oscillators.len() {
        match (0..kept).find(|&j| oscillators[j] == oscillators[i]) {
            Some(j) => {
                energy[j] += energy[i];
                readout[j] = std::array::from_fn(|p| readout[j][p] + readout[i][p]);
            }
            None => {
                (oscillators[kept], energy[kept], readout[kept]) = (oscillators[i], energy[i], readout[i]);
                kept += 1;
            }
        }
    }
    oscillators.truncate(kept);
    energy.truncate(kept);
    readout.truncate(kept);
}

impl Chains {
    fn advance(&mut self, sector: &SectorBlocks, to: f64) {
        let k = sector.size();
        let dt = to - self.time;
        if dt > 0.0 {
            if !((dt - self.spacing).abs() <= 1e-12 * dt) {
                self.spacing = dt;
                self.maps.clear();
                for p in 0..k * k {
                    let (minus, plus) = (sector.minus(p % k, p / k), sector.plus(p % k, p / k));
                    let chain = chain(minus, plus, self.gamma, self.detuning);
                    self.maps.push(exponential((chain * faer::Scale(dt)).as_ref()));
                }
            }
            for (y, map) in self.now.iter_mut().zip(&self.maps) {
                *y = std::array::from_fn(|a| (0..4).map(|b| map[(a, b)] * y[b]).sum());
            }
            self.time = to;
        }
        for (p, &[s, x, y, z]) in self.now.iter().enumerate() {
            let (i, j) = (p % k, p / k);
            self.values[p] = (s, -sector.minus(i, j) * x);
            // The chain of (i,j) holds z_ji.
            self.values[k * k + i * k + j] = (z, sector.plus(i, j) * y);
        }
    }
}
