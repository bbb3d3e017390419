//! Why a number does not exist: the one list of reasons of the library, each with its sentence.

use thiserror::Error;

/// A number, or why there is none.
pub type Known<T> = Result<T, Why>;

/// Why a number does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum Why {
    /// The request did not ask for it.
    #[error("not asked for")]
    NotAsked,
    /// The system has no battery.
    #[error("there is no battery")]
    NoBattery,
    /// It has no meaning for this system, or in this state of it.
    #[error("does not apply here")]
    DoesNotApply,
    /// Nothing is cut.
    #[error("no oscillator is cut")]
    NothingCut,
    /// No times were asked for.
    #[error("no times were asked for")]
    NoTimes,
    /// The generator depends on time.
    #[error("the generator depends on time")]
    TimeDependent,
    /// Something oscillates for ever: there is no limit.
    #[error(transparent)]
    Undamped(#[from] Undamped),
    /// The energy grows without bound.
    #[error("diverges: {0}")]
    Diverges(Divergence),
    /// There may be a number, but none is proven.
    #[error("not certified: {0}")]
    NotCertified(Doubt),
    /// Two numbers are too close, or one too small, to tell what follows.
    #[error(transparent)]
    NotResolved(#[from] Unresolved),
    /// It would take more than is allowed.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// Modes coalesce.
    #[error("an exceptional point: modes coalesce, and the energy has no expansion in exponentials")]
    ExceptionalPoint,
    /// Nothing moves.
    #[error(transparent)]
    Still(#[from] Still),
    /// The energy does not do what is asked for.
    #[error(transparent)]
    Never(#[from] Never),
    /// An oscillator has infinitely many of them.
    #[error(transparent)]
    Infinite(#[from] Infinite),
    /// The method forms no states.
    #[error("moments give energies and their fluctuation, no states and no ergotropy")]
    NoStates,
    /// The collective ergotropy is not defined.
    #[error(transparent)]
    NoCollective(#[from] NoCollective),
    /// The highest levels of a cut oscillator are filled.
    #[error("the {what} of the cut oscillator fills its highest levels: it is not the true {}", if *.what == "limit" { "limit" } else { "one" })]
    CutOff { what: &'static str },
    /// The cycle does not lead anywhere, or not certainly.
    #[error(transparent)]
    Cycle(#[from] CycleTrouble),
    /// Engines.
    #[error(transparent)]
    Engines(#[from] EngineTrouble),
    /// It is said elsewhere, or has no meaning here.
    #[error(transparent)]
    Elsewhere(#[from] Elsewhere),
    /// A numerical method did not do its work.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// Beyond the range of floating-point numbers.
    #[error("10^{log10:.1}, beyond the range of numbers")]
    BeyondNumbers { log10: f64 },
}

/// What oscillates for ever.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum Undamped {
    /// There is no channel.
    #[error("no limit: no channel damps the oscillation")]
    NoChannel,
    /// The dephasing of the charger is 0.
    #[error("nothing damps the oscillation: the dephasing of the charger is 0")]
    NoDephasing,
    /// Two oscillators without noise.
    #[error("nothing damps the oscillation: neither oscillator dephases or relaxes")]
    NoNoise,
    /// Coherences that no channel reaches.
    #[error("no limit: coherences at frequency {frequency:.3e} are not damped")]
    Coherences { frequency: f64 },
    /// Spins that exchange excitations while nothing relaxes.
    #[error("the energy oscillates without damping: nothing relaxes during an evolution")]
    FreeSpins,
    /// A mode that carries energy.
    #[error("a mode that carries energy does not decay")]
    Mode,
}

/// How the energy grows.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum Divergence {
    /// The mean number of an oscillator battery.
    #[error("the mean number of the battery grows as {rate:.4e} {}", if *.power == 1 { "t" } else { "t^2" })]
    Number { power: u32, rate: f64 },
    /// Two driven oscillators.
    #[error(
        "two driven oscillators gain energy in proportion to t, because {because} heats and nothing relaxes"
    )]
    Oscillators { because: Heating },
    /// An oscillator battery behind a qubit.
    #[error(
        "the energy of the battery grows as the square root of t, because {because} heats and nothing relaxes"
    )]
    Battery { because: Heating },
    /// A driven oscillator that charges a finite battery.
    #[error("the driven charger gains energy without end; dephasing takes no energy away")]
    Charger,
}

/// What heats an oscillator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Heating {
    /// Dephasing of the battery.
    #[error("dephasing of the battery")]
    BatteryDephasing,
    /// Dephasing of the charger, with a detuned battery.
    #[error("dephasing off resonance")]
    OffResonance,
}

/// What stands between a number and its proof.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum Doubt {
    /// The system is larger than what is analysed.
    #[error("limits are computed up to {most} levels, and this system has {levels}")]
    Levels { most: usize, levels: usize },
    /// The limit has a residual.
    #[error("residual {residual:.1e}")]
    Residual { residual: f64 },
    /// The stationary state has a residual.
    #[error("the stationary state has residual {residual:.1e}")]
    StationaryResidual { residual: f64 },
    /// A residual that the slowest mode may magnify.
    #[error("residual {residual:.1e} leaves an error of {error:.1e}")]
    Magnified { residual: f64, error: f64 },
    /// Several stationary states.
    #[error(
        "several stationary states ({conserved} conserved quantities on {levels} levels), residual {residual:.1e}"
    )]
    Several { conserved: usize, levels: usize, residual: f64 },
    /// Levels from which nothing may lead away.
    #[error("{levels} levels may keep part of the state for ever, residual {residual:.1e}")]
    Kept { levels: usize, residual: f64 },
    /// A weak way out of the stationary support.
    #[error("a way out of the stationary support of {size:.1e} cannot be told from zero")]
    WayOut { size: f64 },
    /// A weak coupling.
    #[error("a coupling of {size:.1e} of the largest cannot be told from zero")]
    Coupling { size: f64 },
    /// A small splitting.
    #[error("a splitting of {size:.1e} of the largest cannot be told from zero")]
    Splitting { size: f64 },
    /// A slow rate.
    #[error("a relaxation rate as slow as {size:.1e} of the fastest cannot be told from zero")]
    Rate { size: f64 },
    /// Blocks that are nearly copies.
    #[error("blocks that look alike are not, or not clearly")]
    Alike,
    /// Coherences that may not be damped.
    #[error("coherences may oscillate for ever")]
    Coherences,
    /// Coherences that are not damped to rounding.
    #[error("coherences at frequency {frequency:.3e} are not damped")]
    CoherencesAt { frequency: f64 },
    /// Conserved quantities to rounding that an exact count does not know.
    #[error("{rounded} conserved quantities to rounding, {exact} beyond it")]
    Conserved { rounded: usize, exact: usize },
    /// A reduced model that has not converged.
    #[error("no mode of a reduced model of {modes} modes has converged")]
    ReducedModel { modes: usize },
}

/// What is too close or too small.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum Unresolved {
    /// A relaxation rate.
    #[error("a relaxation rate below {below:.1e} of the fastest is not resolved")]
    Rate { below: f64 },
    /// The slowest mode of an energy.
    #[error("the slowest mode is slower than frequency {frequency:.1e}: not resolved")]
    SlowestMode { frequency: f64 },
    /// A mode of Rabi blocks.
    #[error("a mode slower than frequency {frequency:.1e}: not resolved")]
    Mode { frequency: f64 },
    /// Two Rabi frequencies.
    #[error("two Rabi frequencies differ by {difference:.1e}, too little to tell whether they are equal")]
    RabiFrequencies { difference: f64 },
    /// One Rabi frequency.
    #[error("a Rabi frequency of {frequency:.1e} is too small to tell whether it is zero")]
    RabiFrequency { frequency: f64 },
    /// Blocks.
    #[error("blocks are equal to rounding")]
    Blocks,
    /// The slowest rate.
    #[error("the slowest rate is below the range of floating-point numbers")]
    Underflow,
    /// Multipliers of a cycle.
    #[error("the multipliers of the cycle are not resolved")]
    Multipliers,
    /// Modes of a cycle.
    #[error("modes of the cycle coincide: its multipliers are not known to enough digits")]
    CycleModes,
    /// Successive differences of cycles.
    #[error("differences of successive cycles do not shrink by one multiplier or one pair")]
    CycleDifferences,
}

/// What would take more than is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum TooLarge {
    /// Numbers of a state.
    #[error("{unknowns} unknowns: the slow modes of a generator are looked for up to {most}")]
    Unknowns { unknowns: usize, most: usize },
    /// Levels of a null space.
    #[error("the null space is computed up to {most} levels, and this system has {levels}")]
    NullSpace { most: usize, levels: usize },
    /// A reduced model.
    #[error("the system is too large for a reduced model")]
    ReducedModel,
    /// A reduced model that is sure of its slowest modes only.
    #[error("a reduced model of {modes} modes is sure of the slowest {known} only")]
    OnlySlowModes { modes: usize, known: usize },
    /// Levels of a battery.
    #[error("looked for up to {most} levels of the battery, and this one has {levels}")]
    BatteryLevels { most: usize, levels: usize },
    /// Cells of a star.
    #[error("looked for up to {most} cells")]
    Cells { most: usize },
    /// Cells of the full model of engines.
    #[error("the modes of the full model are computed for {most} cell only")]
    EngineModes { most: usize },
    /// A fixed point of stages that run once.
    #[error(
        "not looked for: the stages run once, and it would take about {seconds:.0} s; give `cycle.repeat` to have it"
    )]
    OneCycle { seconds: f64 },
    /// A fixed point.
    #[error("the fixed point would take about {hours:.1} hours")]
    FixedPoint { hours: f64 },
}

/// What does not move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Still {
    /// E_B(0) = E_B(inf).
    #[error("E_B(0) = E_B(inf): the threshold is zero")]
    Threshold,
    /// The state does not change.
    #[error("the initial state is stationary")]
    State,
    /// The battery starts in its limit.
    #[error("the battery starts in its limit")]
    Battery,
    /// Nothing is charged.
    #[error("there is no average power")]
    Power,
    /// Individual charging, with which one compares, charges nothing.
    #[error("individual charging has no average power")]
    IndividualPower,
    /// Nothing is charged, so that nothing is drawn.
    #[error("nothing moves: no heat is drawn")]
    Heat,
    /// The battery's energy jumps: the average over a vanishing time has no largest value.
    #[error("the energy jumps within a stage that takes no time: no largest average power")]
    Jumps,
}

/// What the energy never does.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum Never {
    /// No mode carries energy.
    #[error("no mode carries energy")]
    NoMode,
    /// Modes that do not decay.
    #[error("modes that carry energy do not decay on any time that floating-point numbers hold")]
    Decays,
    /// Too many oscillations before the last crossing.
    #[error("too many oscillations before the energy settles")]
    Settles,
    /// Too many oscillations before the first crossing.
    #[error("too many oscillations before the first crossing")]
    Crosses,
    /// No last crossing.
    #[error("the energy never leaves the band around its limit")]
    Leaves,
    /// No first crossing.
    #[error("the energy never enters the band around its limit")]
    Enters,
    /// A run of engines that ends before.
    #[error("the run does not reach {fraction} of the way to its limit: {progress} at t = {time}")]
    Reaches { fraction: f64, progress: f64, time: f64 },
    /// No fraction of a way.
    #[error("a fraction of the limit must lie between 0 and 1, but is {fraction}")]
    Fraction { fraction: f64 },
}

/// What there is too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Infinite {
    /// Conserved quantities of two oscillators.
    #[error("infinitely many conserved quantities: the numbers of all sectors")]
    Conserved,
    /// Rates of an oscillator battery.
    #[error(
        "infinitely many conserved quantities and rates that accumulate at 0: no slowest one, and no plateau apart from the others"
    )]
    Rates,
    /// Slow modes of an oscillator battery.
    #[error("an oscillator has modes as slow as one likes: no slowest one")]
    SlowModes,
}

/// Why the collective ergotropy is not defined or not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[repr(u8)]
pub enum NoCollective {
    /// The cells differ.
    #[error("the cells differ")]
    CellsDiffer,
    /// The state is not symmetric.
    #[error("the state leaves the symmetric subspace of the cells")]
    NotSymmetric,
    /// Too many blocks of a star for the whole spectrum.
    #[error("too many blocks carry weight for the whole spectrum at every time")]
    ManyBlocks,
    /// No states are formed.
    #[error("moments give energies and their fluctuation, no states and no ergotropy")]
    NoStates,
}

/// Why a cycle has no fixed point, or none that is certain.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum CycleTrouble {
    /// A part of the state turns.
    #[error(
        "the cycle does not settle: a part of the state turns by {angle:.6} rad per cycle and keeps its size"
    )]
    Turns { angle: f64 },
    /// Squaring the cycle does not end.
    #[error("the cycle does not settle: 2^40 cycles later one changes the state by {change:.1e}")]
    Squaring { change: f64 },
    /// Cycles do not end.
    #[error(
        "the cycle does not settle within {cycles} cycles: the last one changed the state by {change:.1e}"
    )]
    Cycles { cycles: usize, change: f64 },
    /// A fixed point that moves.
    #[error("the fixed point is not certified: a cycle changes it by {change:.1e}")]
    Moves { change: f64 },
    /// A fixed point without trace 1.
    #[error("the fixed point is not certified: its trace is off by {drift:.1e}")]
    Trace { drift: f64 },
    /// A fixed point that still moves.
    #[error(
        "the fixed point is not certified: after {cycles} cycles one still changes the state by {change:.1e}"
    )]
    StillMoves { cycles: usize, change: f64 },
    /// Newton's steps.
    #[error("Newton's steps to the fixed point of a cycle did not end within {most}")]
    Newton { most: usize },
    /// What Newton's steps leave.
    #[error("a cycle still moves its fixed point by {left}")]
    NewtonLeft { left: f64 },
    /// A multiplier on the unit circle.
    #[error("a multiplier of modulus {modulus} at the fixed point of a cycle is not damped")]
    Undamped { modulus: f64 },
    /// The derivative.
    #[error("the derivative of a cycle is not finite")]
    Derivative,
    /// The run ended early.
    #[error("the run ended before its last cycle")]
    Ended,
    /// A cycle could not be integrated.
    #[error("a cycle could not be integrated to the digits that its fixed point needs")]
    Integration,
    /// One cycle is enough.
    #[error("from this initial state one cycle leads to the fixed point")]
    OneIsEnough,
}

/// What engines do not tell.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum EngineTrouble {
    /// Heat behind an effective rate.
    #[error("an effective rate says nothing of the heat")]
    NoHeat,
    /// The energy of the full model need not be monotone.
    #[error("the energy may pass its limit and come back: {0}")]
    MayReturn(TooLarge),
    /// Modes are not looked for.
    #[error("not looked for with engines")]
    NotLookedFor,
    /// Steps that vanish.
    #[error("the steps of the engines vanish at time {time}")]
    Steps { time: f64 },
    /// A series that does not converge.
    #[error("no series for the engines converged at time {time}")]
    Series { time: f64 },
    /// Numbers that overflow.
    #[error("the engines left the range of numbers at time {time}")]
    Range { time: f64 },
    /// Time runs backwards.
    #[error("the engines cannot go from time {from} to {to}")]
    Backwards { from: f64, to: f64 },
    /// A trace that is off.
    #[error("the trace of the state is off by {error:.1e} at time {time}")]
    Trace { error: f64, time: f64 },
    /// Too many steps of the ladder.
    #[error("the ladder of engines takes too many steps beyond t = {time}")]
    ManySteps { time: f64 },
    /// A step of the ladder that fails.
    #[error("the step of the ladder of engines fails at t = {time}")]
    Step { time: f64 },
}

/// What is said elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Elsewhere {
    /// Charging times of a protocol.
    #[error("a protocol has no charging time of its own")]
    ChargingTime,
    /// Rates of a protocol.
    #[error("the limit is that of many cycles; a protocol has no other rates")]
    Rates,
    /// Long times of stages.
    #[error("stages repeat: see the fixed point of a cycle")]
    FixedPoint,
    /// Rates of two oscillators.
    #[error("not looked for with two oscillators")]
    Oscillators,
}

/// Which numerical method failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Failure {
    /// Eigenvalues.
    #[error("an eigenvalue iteration did not converge")]
    Eigenvalues,
    /// Eigenvectors.
    #[error("the eigenvectors of the generator could not be found to enough digits")]
    Eigenvectors,
    /// Singular values.
    #[error("a singular value decomposition did not converge")]
    SingularValues,
    /// A sparse matrix.
    #[error("a sparse matrix does not fit into memory")]
    SparseMatrix,
    /// An LU decomposition.
    #[error("an LU decomposition does not fit into memory")]
    Decomposition,
}

impl From<Doubt> for Why {
    fn from(doubt: Doubt) -> Self {
        Why::NotCertified(doubt)
    }
}

impl From<Divergence> for Why {
    fn from(divergence: Divergence) -> Self {
        Why::Diverges(divergence)
    }
}
