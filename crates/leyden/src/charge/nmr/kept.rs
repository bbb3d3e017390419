//! The corridor for an NMR star whose spins stay correlated: the Lindblad equation of all of them, one battery spin S and N
//! equal charger spins I_k, in the frame that rotates with all spins,
//!   H = (J/2)(S^+ I^- + S^- I^+),   I = sum_k I_k,
//! where each spin relaxes at all times: (1 - b)/T1 D[sigma^-] + (b/T1) D[sigma^+] + (2/T2 - 1/T1) D[n]. Chargers live on total
//! spins with their multiplicities. Stages are those of any protocol, with exchanged slots ([`Slots`]).
//!
//! An `evolve` without duration lasts to the first maximum of U(q, |J| t) of [`SpinStar`], uncorrelated and without relaxation, at
//! the mean excitation q of the chargers when the stage begins in the first cycle, and as long in every other.

use super::super::cycles::{ResolvedProtocol, state_after};
use super::super::master_equation::{GeneralRun, carried};
use super::super::system::and_general;
use super::super::trajectories::Drawable;
use super::super::{Charging, Error, LONGEST_HOURS, Lower, Plan, Request, guard_memory, guard_time, hours};
use super::LEVELS;
use crate::evolve::{Choice, NotApplicable, applications};
use crate::exact::SpinStar;
use crate::lindblad::{Channel, Generator, Lindbladian};
use crate::method::Method;
use crate::model::{Accounts, JointKets, JointSystem, ModelError, NmrStar, NmrStarError};
use crate::operator::Operator;
use crate::protocol::{
    ProtocolError, Setting, Slots, Stage, StarStageError, Stroke, Task, drawn_dimension, tells_cells_apart,
    validate,
};

/// Evolves to the times of `request`, all of it in one frame.
pub(super) fn evolution(star: &NmrStar, request: &Request) -> Result<Charging, Error> {
    let (system, generator, choice) = joint(star, request)?;
    let accounts = match request.ledger {
        true => Some(accounts(star)?),
        false => None,
    };
    let run = GeneralRun { accounts: accounts.as_ref(), ..GeneralRun::alone(&system, &generator, 1) };
    run.charge_verified(choice, request)
}

/// What an evolution would need.
pub(super) fn evolution_plan(star: &NmrStar, request: &Request) -> Result<Plan, Error> {
    let (_, generator, choice) = joint(star, request)?;
    Ok(Plan::general(choice, &generator, LEVELS, request))
}

/// A star without stages, and how it is to be evolved.
fn joint(star: &NmrStar, request: &Request) -> Result<(JointSystem, Generator, Choice), Error> {
    require_method(request, false)?;
    request.validate_times()?;
    let resolved = bare_protocol(star, Vec::new(), (1, None))?;
    resolved.guard(LEVELS, request)?;
    let system = system(&Setting::new(&resolved.slots, &[], LEVELS)?)?;
    let generator = Generator::on(&system.lindbladian, carried(&system));
    // Powers are J times what states hold: they need a digit more.
    let choice = Choice::asked(request.method, &generator, &request.times, 0.1 * request.tolerance)?;
    guard_time(&choice, &generator, LONGEST_HOURS)?;
    Ok((system, generator, choice))
}

/// The spins as kets, on all of them where a picture tells them apart.
pub(super) fn drawable(star: &NmrStar, request: &Request) -> Result<Drawable, Error> {
    let slots = Slots::of_star(star)?;
    let all = tells_cells_apart(&slots, &[], request.trajectories.picture);
    let dim = drawn_dimension(&slots, &[], LEVELS, all);
    guard_memory(request, dim, 8.0 * dim * dim, Lower::Chargers)?;
    let JointSystem { lindbladian, charger_levels, rho0, space } =
        system(&Setting::drawn(&slots, &[], LEVELS, all)?)?;
    Ok(Drawable::of(JointKets { lindbladian, others: charger_levels, space, kets: rho0.kets() }))
}

/// Chargers (x) battery spin, the order in which a system has its battery.
fn system(setting: &Setting<'_>) -> Result<JointSystem, ModelError> {
    let (exchanged, _) = setting.evolving(None, 0.0)?;
    let chargers = setting.space.dim();
    let swapped = |operator: &Operator| swapped(operator, chargers);
    let channels = exchanged.channels().iter();
    let channels = channels.map(|Channel { rate, jump }| Channel { rate: *rate, jump: swapped(jump) });
    let (battery0, charger0) = setting.starts()?;
    Ok(JointSystem {
        lindbladian: Lindbladian::new(swapped(exchanged.hamiltonian()), channels.collect())?,
        charger_levels: chargers,
        rho0: charger0.kron(&battery0),
        space: setting.observed().space.clone(),
    })
}

/// From battery (x) chargers to chargers (x) battery.
fn swapped(operator: &Operator, chargers: usize) -> Operator {
    let place = |joint: usize| joint % chargers * LEVELS.charger + joint / chargers;
    Operator::from_entries(operator.dim(), operator.entries().map(|(i, j, x)| (place(i), place(j), x)))
}

/// What the ledger of such a system reads.
fn accounts(star: &NmrStar) -> Result<Accounts, Error> {
    let slots = Slots::of_star(star)?;
    let setting = Setting::new(&slots, &[], LEVELS)?;
    let chargers = setting.space.dim();
    let accounts = setting.accounts(&Task::Evolve { duration: None, system: None })?;
    let accounts = accounts.expect("an evolution has accounts");
    Ok(accounts.placed(&|operator| swapped(operator, chargers)))
}

fn bare_protocol(
    star: &NmrStar,
    stages: Vec<Stage>,
    (repeat, shown): (usize, Option<usize>),
) -> Result<ResolvedProtocol, NmrStarError> {
    Ok(ResolvedProtocol { slots: Slots::of_star(star)?, stages, repeat, shown, size: Some(Lower::Chargers) })
}

/// The stages with exchanged slots and durations.
pub(super) fn resolved(
    star: &NmrStar,
    stages: &[Stage],
    cycles: (usize, Option<usize>),
    request: &Request,
) -> Result<ResolvedProtocol, Error> {
    require_method(request, true)?;
    if let Some(index) = stages.iter().position(|stage| stage.task.own_system().is_some()) {
        return Err(StarStageError::OtherSystem { stage: index + 1 }.into());
    }
    let mut resolved = bare_protocol(star, Slots::exchanged(stages), cycles)?;
    let mut timed = resolved.stages.clone();
    for stage in &mut timed {
        if let Task::Evolve { duration, .. } = &mut stage.task {
            duration.get_or_insert(0.0);
        }
    }
    validate(&resolved.slots.system, &timed, cycles.0)?;
    resolved.guard(LEVELS, request)?;
    resolved.stages = with_durations(star, &resolved.slots, resolved.stages)?;
    Ok(resolved)
}

/// Stages whose every `evolve` has a duration, found on one way through the first cycle.
fn with_durations(star: &NmrStar, slots: &Slots, mut stages: Vec<Stage>) -> Result<Vec<Stage>, Error> {
    let open = |stage: &Stage| matches!(stage.task, Task::Evolve { duration: None, .. });
    let Some(last) = stages.iter().rposition(open) else { return Ok(stages) };
    let spins = SpinStar::new(star.chargers).ok_or(NmrStarError::Chargers)?;
    let setting = Setting::new(slots, &stages, LEVELS)?;
    let mut rho = setting.start()?;
    for (index, stage) in stages[..=last].iter_mut().enumerate() {
        if let Task::Evolve { duration: duration @ None, .. } = &mut stage.task {
            let q = setting.charger_excitation(&rho).clamp(0.0, 1.0);
            *duration = Some(spins.first_maximum(q) / star.coupling.abs());
        }
        if index < last {
            let stroke = Stroke::new(stage, &setting)?;
            require_time(&stroke)?;
            rho = state_after(&stroke, &rho, &setting)
                .map_err(|why| NotApplicable { method: Method::Stages, because: why.to_string() })?;
        }
    }
    Ok(stages)
}

fn require_time(stroke: &Stroke) -> Result<(), ProtocolError> {
    let Some(flow) = stroke.flow() else { return Ok(()) };
    let (applications, levels) =
        (applications(flow.generator.norm_bound(), &[stroke.duration]), flow.generator.dim());
    let hours = hours(applications, flow.generator.numbers());
    match hours < LONGEST_HOURS {
        true => Ok(()),
        false => Err(ProtocolError::TooLong { applications, levels, hours }),
    }
}

fn require_method(request: &Request, stages: bool) -> Result<(), NotApplicable> {
    let Some(method) = request.method else { return Ok(()) };
    if method.is_general() || (stages && method == Method::Stages) {
        return Ok(());
    }
    let general = and_general(if stages { &[Method::Stages] } else { &[] });
    let names: Vec<&str> = general.iter().map(|method| method.name()).collect();
    let because = format!("with correlations = \"kept\" a star runs by one of auto, {}", names.join(", "));
    Err(NotApplicable { method, because })
}
