//! Which kets a system is drawn on.

use super::course::Course;
use super::ensemble::{Ensemble, Ready};
use crate::charge::cutoff::{Cut, Cutoffs};
use crate::charge::parts::Oscillators;
use crate::charge::{Error, Lower, Plan, Request, guard_memory, guard_times};
use crate::evolve::{
    BY_NAME, Memory, NotApplicable, Picture, Unravelling, UnravellingError, UnravellingWorkspace,
};
use crate::method::Method;
use crate::model::parts::Parts;
use crate::model::{
    ChargerBattery, EngineBattery, FieldMemory, FieldNoise, HeatEngine, JointKets, JointSystem, Levels,
    MasterEquation, ModelError,
};
use crate::operator::Operator;

/// Bytes per level: operators, and kets that are worked on.
pub(super) const BYTES: f64 = 2500.0;
/// Trajectories that cutoffs are found with, and what their highest levels may hold then and in the end.
const PILOTS: u64 = 6;
pub(super) const ALLOWED: f64 = 1e-9;
pub(super) const ALLOWED_IN_THE_END: f64 = 1e-6;

/// A system on certain levels.
pub(in crate::charge) struct Drawable {
    joint: JointKets,
    cuts: Vec<Cut>,
}

impl Drawable {
    /// With the memories of some channels.
    fn course(&self, request: &Request, fields: &[(usize, Memory)]) -> Result<Course, Error> {
        let JointKets { lindbladian, others, space, kets } = &self.joint;
        let picture = request.trajectories.picture;
        let unravelling = Unravelling::new(lindbladian, kets, picture, fields, request.seed)?;
        let energy = Operator::identity(*others).kron(&space.hamiltonian());
        let flow = unravelling.flow(lindbladian, &energy);
        Ok(Course::Whole { unravelling: Box::new(unravelling), flow })
    }

    fn ready(self, course: Course, cells: usize, said: Option<String>, request: &Request) -> Ensemble {
        let JointKets { others, space, kets, .. } = self.joint;
        let energies: Vec<f64> = space.energies().collect();
        let start = kets
            .iter()
            .flat_map(|psi| psi.iter().enumerate())
            .map(|(joint, x)| x.norm_sqr() * energies[joint % space.dim()])
            .sum();
        let levels = Levels { charger: others, battery: if space.is_oscillator() { space.dim() } else { 1 } };
        let size = match course.blocks().len() {
            1 => format!("{} levels", course.largest_block()),
            blocks => format!("{blocks} blocks of up to {} levels", course.largest_block()),
        };
        let reason = match said {
            Some(said) => format!("{BY_NAME}: kets on {size}; {said}"),
            None => format!("{BY_NAME}: kets on {size}"),
        };
        let allowed = ALLOWED_IN_THE_END;
        let (times, cuts, read) = (request.times.clone(), self.cuts, None);
        Ensemble::new(
            Ready { course, times, read, space, cells, levels, cuts, allowed, reason, start },
            request,
        )
    }
}

/// What the highest levels of every cut hold at most in the mean of a few trajectories.
pub(super) fn tops_of_pilots(course: &Course, cuts: &[Cut], times: &[f64], request: &Request) -> Vec<f64> {
    let mut sums = vec![0.0; cuts.len() * times.len()];
    let mut workspace = UnravellingWorkspace::default();
    let step = 0.2 * course.coarse_step();
    let of_block = |levels: &[usize]| cuts.iter().map(|cut| cut.tops(levels)).collect();
    let tops: Vec<Vec<Vec<usize>>> = course.blocks().into_iter().map(of_block).collect();
    for pilot in 0..PILOTS {
        request.progress.stop_if_cancelled();
        // Streams that no trajectory of a run reads.
        course.run(u64::MAX / 2 + pilot, times, step, &mut workspace, &mut |seen| {
            for (k, tops) in tops[seen.block].iter().enumerate() {
                let top: f64 = tops.iter().map(|local| seen.psi[*local].norm_sqr()).sum();
                sums[seen.index * cuts.len() + k] += top / PILOTS as f64;
            }
        });
    }
    let count = cuts.len();
    (0..count).map(|k| sums.iter().skip(k).step_by(count).copied().fold(0.0, f64::max)).collect()
}

/// Kets of parts, their cuts with their sites, the fields that remember, and which members are treated as one.
struct PartsKets {
    joint: JointKets,
    cuts: Vec<(usize, Cut)>,
    fields: Vec<(usize, Memory)>,
    said: Option<String>,
}

/// A field in units in which it has a strength of 1.
fn drawn_in_units(memory: &FieldMemory, gamma: f64) -> Memory {
    let (time, start) = (memory.correlation_time, memory.start.map(|start| start / gamma.sqrt()));
    match memory.noise {
        FieldNoise::OrnsteinUhlenbeck => Memory::OrnsteinUhlenbeck { time, start },
        FieldNoise::Telegraph => Memory::Telegraph { time, start },
    }
}

pub(super) fn plan_of(levels: usize, kept: Levels, request: &Request) -> Plan {
    let (name, picture) = (Method::Trajectories, request.trajectories.picture.name());
    Plan {
        method: name,
        reason: format!("kets under {picture}"),
        dimension: levels,
        memory: BYTES * levels as f64,
        levels: kept,
        seconds: None,
        candidates: Vec::new(),
    }
}

impl ChargerBattery {
    /// The memory of the charger's dephasing, its first channel.
    fn fields(&self) -> Vec<(usize, Memory)> {
        let drawn = |memory: FieldMemory| (0, drawn_in_units(&memory, self.charger.noise.dephasing));
        self.memory().map(drawn).into_iter().collect()
    }

    fn drawable(&self, levels: Levels, request: &Request) -> Result<JointKets, Error> {
        let all = self.drawn_on_all_cells(request.trajectories.picture);
        let dim = levels.charger as f64 * self.drawn_dim(levels, all);
        guard_memory(request, dim, BYTES * dim, self.to_lower())?;
        Ok(self.joint_kets(levels, all)?)
    }

    pub(in crate::charge) fn plan_trajectories(&self, request: &Request) -> Result<Plan, Error> {
        let mut cutoffs = self.cutoffs(self.first_levels(), request.tolerance);
        let joint = cutoffs.fitting(|levels| self.drawable(levels, request))?;
        let drawable = Drawable { joint, cuts: Vec::new() };
        drawable.course(request, &self.fields())?;
        Ok(plan_of(drawable.joint.lindbladian.dim(), cutoffs.levels, request))
    }

    pub(in crate::charge) fn ensemble(&self, request: &Request) -> Result<Ensemble, Error> {
        self.require_cells().map_err(Error::Model)?;
        request.validate_times()?;
        guard_times(request)?;
        let mut cutoffs = self.cutoffs(self.first_levels(), request.tolerance);
        loop {
            let joint = cutoffs.fitting(|levels| self.drawable(levels, request))?;
            let cuts = cutoffs.cuts(self.cut(), joint.others, joint.space.dim());
            let drawable = Drawable { joint, cuts };
            let course = drawable.course(request, &self.fields())?;
            let grows: Vec<bool> = drawable.cuts.iter().map(|cut| cut.grows).collect();
            if grows.contains(&true) {
                let tops = tops_of_pilots(&course, &drawable.cuts, &request.times, request);
                let over = |(top, grows): (&f64, &bool)| if *grows && *top > ALLOWED { 1.0 } else { 0.0 };
                let held: Vec<f64> = tops.iter().zip(&grows).map(over).collect();
                if held.iter().any(|held| *held > 0.0) {
                    cutoffs.grow(Cutoffs::tops(self.cut(), &held));
                    continue;
                }
            }
            return Ok(drawable.ready(course, self.cells(), None, request));
        }
    }
}

impl Parts {
    pub(in crate::charge) fn plan_trajectories(&self, request: &Request) -> Result<Plan, Error> {
        let PartsKets { joint, fields, .. } = self.joint_kets(&self.drawn_oscillators(request), request)?;
        let drawable = Drawable { joint, cuts: Vec::new() };
        drawable.course(request, &fields)?;
        let joint = drawable.joint;
        Ok(plan_of(joint.lindbladian.dim(), Levels { charger: joint.others, battery: 1 }, request))
    }

    fn drawn_oscillators(&self, request: &Request) -> Oscillators {
        let oscillators = Oscillators::new(self, request.tolerance);
        match request.trajectories.picture {
            Picture::Field | Picture::Flips => oscillators.on_all_sites(),
            Picture::Jumps | Picture::Diffusion => oscillators,
        }
    }

    fn joint_kets(&self, oscillators: &Oscillators, request: &Request) -> Result<PartsKets, Error> {
        let layout = oscillators.layout(self)?;
        let (others, battery) = layout.dims();
        guard_memory(request, others * battery, BYTES * others * battery, Lower::PartLevels)?;
        let assembled = self.assembled(&layout, request)?;
        let cuts = oscillators.cuts(self, &assembled);
        let kets = match assembled.kets(self).map_err(ModelError::from)? {
            Some(kets) => kets,
            // Mixed states of many kets: those of their density matrix.
            None => {
                guard_memory(request, others * battery, 8.0 * (others * battery).powi(2), Lower::PartLevels)?;
                assembled.start(self).map_err(ModelError::from)?.kets()
            }
        };
        let said = assembled.described(self);
        let channels = assembled.lindbladian.channels();
        let drawn = |&(channel, memory): &(usize, FieldMemory)| {
            (channel, drawn_in_units(&memory, channels[channel].rate))
        };
        let fields = assembled.fields.iter().map(drawn).collect();
        let (lindbladian, others, space) = assembled.into_parts();
        Ok(PartsKets { joint: JointKets { lindbladian, others, space, kets }, cuts, fields, said })
    }

    pub(in crate::charge) fn ensemble(&self, request: &Request) -> Result<Ensemble, Error> {
        request.validate_times()?;
        guard_times(request)?;
        self.validate(request.times.last().copied().unwrap_or(0.0)).map_err(ModelError::from)?;
        let mut oscillators = self.drawn_oscillators(request);
        loop {
            let PartsKets { joint, cuts, fields, said } = self.joint_kets(&oscillators, request)?;
            let drawable = Drawable { joint, cuts: cuts.iter().map(|(_, cut)| *cut).collect() };
            let course = drawable.course(request, &fields)?;
            if drawable.cuts.iter().any(|cut| cut.grows) {
                let tops = tops_of_pilots(&course, &drawable.cuts, &request.times, request);
                if tops.iter().zip(&drawable.cuts).any(|(top, cut)| cut.grows && *top > ALLOWED) {
                    oscillators.grow(&cuts, &tops);
                    continue;
                }
            }
            return Ok(drawable.ready(course, crate::charge::System::cells(self), said, request));
        }
    }
}

impl EngineBattery {
    /// Engines with all their levels.
    fn drawable(&self, engine: &HeatEngine, request: &Request) -> Result<Drawable, Error> {
        let (dim, kets) = self.drawn_dimensions();
        guard_memory(request, dim, (BYTES + 16.0 * kets) * dim, Lower::Cells)?;
        Ok(Drawable::of(self.joint_kets(engine)?))
    }

    pub(in crate::charge) fn plan_with_levels(
        &self,
        engine: &HeatEngine,
        request: &Request,
    ) -> Result<Plan, Error> {
        self.drawable(engine, request)?.plan(request)
    }

    pub(in crate::charge) fn ensemble_with_levels(
        &self,
        engine: &HeatEngine,
        request: &Request,
    ) -> Result<Ensemble, Error> {
        self.drawable(engine, request)?.whole(self.cells, request)
    }
}

/// A system without oscillators.
impl Drawable {
    pub(in crate::charge) fn of(joint: JointKets) -> Self {
        Drawable { joint, cuts: Vec::new() }
    }

    pub(in crate::charge) fn plan(self, request: &Request) -> Result<Plan, Error> {
        self.course(request, &[])?;
        let joint = self.joint;
        let plan = plan_of(joint.lindbladian.dim(), Levels { charger: joint.others, battery: 1 }, request);
        Ok(Plan { memory: plan.memory + guard_times(request)?, ..plan })
    }

    pub(in crate::charge) fn whole(self, cells: usize, request: &Request) -> Result<Ensemble, Error> {
        request.validate_times()?;
        guard_times(request)?;
        let course = self.course(request, &[])?;
        Ok(self.ready(course, cells, None, request))
    }
}

impl MasterEquation {
    fn kets(&self) -> Result<JointKets, Error> {
        let JointSystem { lindbladian, charger_levels, rho0, space } = self.prepared()?;
        Ok(JointKets { lindbladian, others: charger_levels, kets: rho0.kets(), space })
    }

    pub(in crate::charge) fn plan_trajectories(&self, request: &Request) -> Result<Plan, Error> {
        Drawable::of(self.kets()?).plan(request)
    }

    pub(in crate::charge) fn ensemble(&self, request: &Request) -> Result<Ensemble, Error> {
        Drawable::of(self.kets()?).whole(crate::charge::System::cells(self), request)
    }
}

impl From<UnravellingError> for Error {
    fn from(error: UnravellingError) -> Self {
        Error::NotApplicable(NotApplicable { method: Method::Trajectories, because: error.to_string() })
    }
}
