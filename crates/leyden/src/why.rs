//! Why a number does not exist: the one list of reasons of the library, each with its sentence.

/// A number, or why there is none.
pub type Known<T> = Result<T, Why>;

messages! {
    /// Why a number does not exist.
    #[derive(Clone, Copy, Debug, PartialEq)]
    #[non_exhaustive]
    pub enum Why {
        NotAsked = "not asked for";
        NoBattery = "there is no battery";
        /// It has no meaning for this system, or in this state of it.
        DoesNotApply = "does not apply here";
        NothingCut = "no oscillator is cut";
        NoHighestLevel = "an oscillator has no highest level: no unitary reaches a largest energy";
        /// A bound that holds where nothing but a coupling moves the battery's energy.
        Relaxes = "a channel changes the energy of the battery, which this bound leaves out";
        NoTimes = "no times were asked for";
        TimeDependent = "the generator depends on time";
        Open = "a channel is open: given for closed systems alone";
        /// Something oscillates for ever: there is no limit.
        Undamped from Undamped;
        /// The energy grows without bound.
        Diverges(Divergence) = "diverges: {0}";
        /// There may be a number, but none is proven.
        NotCertified(Doubt) = "not certified: {0}";
        /// Two numbers are too close, or one too small, to tell what follows.
        NotResolved from Unresolved;
        /// It would take more than is allowed.
        TooLarge from TooLarge;
        ExceptionalPoint =
            "an exceptional point: modes coalesce, and the energy has no expansion in exponentials";
        /// Nothing moves.
        Still from Still;
        /// The energy does not do what is asked for.
        Never from Never;
        /// An oscillator has infinitely many of them.
        Infinite from Infinite;
        NotGaussian = "the mean over time of Gaussian states is not Gaussian: its ergotropy is not computed";
        Whole = "the cells are coupled by the battery's own Hamiltonian, so that none has an energy of its own";
        FewTrajectories { count: usize, levels: usize } =
            "{count} trajectories span no mean state of {levels} levels; raise `count` to {levels}, or read the local ergotropy";
        LargeMeanState { levels: usize } =
            "mean states of {levels} levels at all times and their errors do not fit; show fewer times, or read the local ergotropy";
        Sampled = "trajectories say what is at the times shown, not what follows from them";
        NoStates = "moments give energies and their fluctuation, no states and no ergotropy";
        /// The collective ergotropy is not defined.
        NoCollective from NoCollective;
        CutOff { what: &'static str } =
            "the {what} of the cut oscillator fills its highest levels: it is not the true {}"
            (if *.what == "limit" { "limit" } else { "one" });
        /// The cycle does not lead anywhere, or not certainly.
        Cycle from CycleTrouble;
        /// Engines.
        Engines from EngineTrouble;
        /// Parallel charging.
        Parallel from NoParallel;
        /// It is said elsewhere, or has no meaning here.
        Elsewhere from Elsewhere;
        /// A numerical method did not do its work.
        Failed from Failure;
        BeyondNumbers { log10: f64 } = "10^{log10:.1}, beyond the range of numbers";
    }

    /// What oscillates for ever.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Undamped {
        NoChannel = "no limit: no channel damps the oscillation";
        NoDephasing = "nothing damps the oscillation: the dephasing of the charger is 0";
        NoNoise = "nothing damps the oscillation: neither oscillator dephases or relaxes";
        Coherences { frequency: f64 } = "no limit: coherences at frequency {frequency:.3e} are not damped";
        FreeSpins = "the energy oscillates without damping: nothing relaxes during an evolution";
        Mode = "a mode that carries energy does not decay";
    }

    /// How the energy grows.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Divergence {
        Number { power: u32, rate: f64 } =
            "the mean number of the battery grows as {rate:.4e} {}" (if *.power == 1 { "t" } else { "t^2" });
        Unstable { rate: f64 } =
            "the mean number of the battery grows as exp({rate:.4e} t), because the dipole coupling is stronger than what holds the oscillators (4 g^2 > omega_C omega_B without damping)";
        Oscillators { because: Heating } =
            "two driven oscillators gain energy in proportion to t, because {because} heats and nothing relaxes";
        /// An oscillator battery behind a qubit.
        Battery { because: Heating } =
            "the energy of the battery grows as the square root of t, because {because} heats and nothing relaxes";
        /// A driven oscillator that charges a finite battery.
        Charger = "the driven charger gains energy without end; dephasing takes no energy away";
    }

    /// What heats an oscillator.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Heating {
        BatteryDephasing = "dephasing of the battery";
        /// Dephasing of the charger, with a detuned battery.
        OffResonance = "dephasing off resonance";
    }

    /// What stands between a number and its proof.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Doubt {
        Levels { most: usize, levels: usize } =
            "limits are computed up to {most} levels, and this system has {levels}";
        /// The limit has a residual.
        Residual { residual: f64 } = "residual {residual:.1e}";
        StationaryResidual { residual: f64 } = "the stationary state has residual {residual:.1e}";
        /// A residual that the slowest mode may magnify.
        Magnified { residual: f64, error: f64 } = "residual {residual:.1e} leaves an error of {error:.1e}";
        Several { conserved: usize, levels: usize, residual: f64 } =
            "several stationary states ({conserved} conserved quantities on {levels} levels), residual {residual:.1e}";
        Kept { levels: usize, residual: f64 } =
            "{levels} levels may keep part of the state for ever, residual {residual:.1e}";
        WayOut { size: f64 } = "a way out of the stationary support of {size:.1e} cannot be told from zero";
        Coupling { size: f64 } = "a coupling of {size:.1e} of the largest cannot be told from zero";
        Splitting { size: f64 } = "a splitting of {size:.1e} of the largest cannot be told from zero";
        Rate { size: f64 } =
            "a relaxation rate as slow as {size:.1e} of the fastest cannot be told from zero";
        Alike = "blocks that look alike are not, or not clearly";
        Coherences = "coherences may oscillate for ever";
        CoherencesAt { frequency: f64 } = "coherences at frequency {frequency:.3e} are not damped";
        /// Conserved quantities to rounding that an exact count does not know.
        Conserved { rounded: usize, exact: usize } =
            "{rounded} conserved quantities to rounding, {exact} beyond it";
        ReducedModel { modes: usize } = "none of the slow modes is reliable after {modes} steps of the search for them";
    }

    /// What is too close or too small.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Unresolved {
        Rate { below: f64 } = "a relaxation rate below {below:.1e} of the fastest is not resolved";
        SlowestMode { frequency: f64 } =
            "the slowest mode is slower than frequency {frequency:.1e}: not resolved";
        /// A mode of Rabi blocks.
        Mode { frequency: f64 } = "a mode slower than frequency {frequency:.1e}: not resolved";
        RabiFrequencies { difference: f64 } =
            "two Rabi frequencies differ by {difference:.1e}, too little to tell whether they are equal";
        RabiFrequency { frequency: f64 } =
            "a Rabi frequency of {frequency:.1e} is too small to tell whether it is zero";
        Blocks = "blocks are equal to rounding";
        Underflow = "the slowest rate is below the range of floating-point numbers";
        Multipliers = "the multipliers of the cycle are not resolved";
        CycleModes = "modes of the cycle coincide: its multipliers are not known to enough digits";
        CycleDifferences = "differences of successive cycles do not shrink by one multiplier or one pair";
    }

    /// What would take more than is allowed.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum TooLarge {
        Unknowns { unknowns: usize, most: usize } =
            "{unknowns} unknowns: the slow modes of a generator are looked for up to {most}";
        NullSpace { most: usize, levels: usize } =
            "stationary states are computed up to {most} levels, and this system has {levels}";
        Members { most: usize } = "looked for with up to {most} members of the hierarchy";
        ReducedModel = "the system is too large for a search of its slow modes";
        OnlySlowModes { modes: usize, known: usize } =
            "not computed: of {modes} modes only the {known} slowest are reliable";
        BatteryLevels { most: usize, levels: usize } =
            "looked for up to {most} levels of the battery, and this one has {levels}";
        PowerSamples { time: f64 } =
            "the largest average power was looked for until t = {time:.3e}, and a larger one may follow";
        /// The maxima of a run's curves.
        Extrema { times: f64 } =
            "not looked for: it would cost about {times:.1} times the run itself; `method.extrema = true` asks for it";
        Samples { samples: f64 } = "looked for on up to 2e7 samples, and this curve needs {samples:.1e}";
        Spectrum =
            "it takes all levels of a battery whose Hamiltonian couples its cells, computed up to 4096 of them";
        Average { most: usize, levels: usize } =
            "averaged in blocks of up to {most} levels, and one has {levels}; `method.extrema = true` asks for it";
        /// Cells of a star.
        Cells { most: usize } = "looked for up to {most} cells";
        EngineModes { most: usize } = "the modes of the full model are computed for {most} cell only";
        OneCycle { seconds: f64 } =
            "not looked for: the stages run once, and it would take about {seconds:.0} s; give `cycle.repeat` to have it";
        Periods { most: usize, numbers: usize } =
            "averages over periods are taken for states of up to {most} numbers and 1e5 steps a period, and this one has {numbers} numbers";
        Ledger =
            "this method does not carry all energies, and a general one beside it would take more than half a second; `method.name` of a general one has the ledger";
        Bounds =
            "this method does not carry the state of everything, and a general one beside it would take too long; `method.name` of a general one has the bounds";
        /// The path of the battery's state.
        Path { most: usize, levels: usize } =
            "the path of the state is followed in blocks of up to {most} levels, and one has {levels}; `method.bounds = true` asks for it";
        PathStates { most: usize } =
            "the path of the state is followed through up to {most} states; show an earlier last time, or ask for it with `method.bounds = true`";
        /// The same where it is asked for.
        WholePath { most: usize, seconds: f64 } =
            "the path of the state is followed for about {seconds:.0} s, here through {most} states; show an earlier last time";
        Coherence { most: usize } =
            "added up in blocks of up to {most} levels where energies are degenerate or the state is mixed";
        FixedPoint { hours: f64 } = "the fixed point would take about {hours:.1} hours";
    }

    /// What does not move.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Still {
        Threshold = "E_B(0) = E_B(inf): the threshold is zero";
        State = "the initial state is stationary";
        Battery = "the battery starts in its limit";
        /// Nothing is charged.
        Power = "there is no average power";
        IndividualPower = "individual charging has no average power";
        Heat = "nothing moves: no heat is drawn";
        Jumps = "the energy jumps within a stage that takes no time: no largest average power";
    }

    /// What the energy never does.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Never {
        NoMode = "no mode carries energy";
        Decays = "modes that carry energy do not decay on any time that floating-point numbers hold";
        Settles = "too many oscillations before the energy settles";
        Crosses = "too many oscillations before the first crossing";
        Leaves = "the energy never leaves the band around its limit";
        Enters = "the energy never enters the band around its limit";
        Peaks = "no local maximum before the last time";
        Reaches { fraction: f64, progress: f64, time: f64 } =
            "the run does not reach {fraction} of the way to its limit: {progress} at t = {time}";
        Rises = "it is not above zero at any time shown";
        Halves = "it does not fall to half of its largest value in the times shown";
        Fraction { fraction: f64 } = "a fraction of the limit must lie between 0 and 1, but is {fraction}";
    }

    /// What there is too much of.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Infinite {
        Conserved = "infinitely many conserved quantities: the numbers of all sectors";
        Rates =
            "infinitely many conserved quantities and rates that accumulate at 0: no slowest one, and no plateau apart from the others";
        SlowModes = "an oscillator has modes as slow as one likes: no slowest one";
    }

    /// Why the collective ergotropy is not defined or not known.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[repr(u8)]
    pub enum NoCollective {
        CellsDiffer = "the cells differ";
        NotSymmetric = "the state leaves the symmetric subspace of the cells";
        ManyBlocks = "too many blocks carry weight for the whole spectrum at every time";
        Whole = "the cells are coupled by the battery's own Hamiltonian, so that none has an energy of its own";
        NoStates = "moments give energies and their fluctuation, no states and no ergotropy";
    }

    /// Why a cycle has no fixed point, or none that is certain.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum CycleTrouble {
        Turns { angle: f64 } =
            "the cycle does not settle: a part of the state turns by {angle:.6} rad per cycle and keeps its size";
        Squaring { change: f64 } =
            "the cycle does not settle: 2^40 cycles later one changes the state by {change:.1e}";
        Cycles { cycles: usize, change: f64 } =
            "the cycle does not settle within {cycles} cycles: the last one changed the state by {change:.1e}";
        Moves { change: f64 } = "the fixed point is not certified: a cycle changes it by {change:.1e}";
        Trace { drift: f64 } = "the fixed point is not certified: its trace is off by {drift:.1e}";
        StillMoves { cycles: usize, change: f64 } =
            "the fixed point is not certified: after {cycles} cycles one still changes the state by {change:.1e}";
        Newton { most: usize } = "Newton's steps to the fixed point of a cycle did not end within {most}";
        NewtonLeft { left: f64 } = "a cycle still moves its fixed point by {left}";
        Undamped { modulus: f64 } =
            "a multiplier of modulus {modulus} at the fixed point of a cycle is not damped";
        Derivative = "the derivative of a cycle is not finite";
        Ended = "the run ended before its last cycle";
        Skipped = "not known: cycles between those shown are skipped; leave `cycle.shown` out to have it";
        Improbable = "an outcome on the way to the fixed point has a probability below 1e-14";
        Integration = "a cycle could not be integrated to the digits that its fixed point needs";
        OneIsEnough = "from one cycle on the battery is the same at the end of every cycle";
    }

    /// What engines do not tell.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum EngineTrouble {
        NoHeat = "an effective rate says nothing of the heat";
        /// The energy of the full model need not be monotone.
        MayReturn(TooLarge) = "the energy may pass its limit and come back: {0}";
        NotLookedFor = "not looked for with engines";
        Steps { time: f64 } = "the steps of the engines vanish at time {time}";
        Series { time: f64 } = "no series for the engines converged at time {time}";
        Range { time: f64 } = "the engines left the range of numbers at time {time}";
        Backwards { from: f64, to: f64 } = "the engines cannot go from time {from} to {to}";
        Trace { error: f64, time: f64 } = "the trace of the state is off by {error:.1e} at time {time}";
        ManySteps { time: f64 } = "the ladder of engines takes too many steps beyond t = {time}";
        Step { time: f64 } = "the step of the ladder of engines fails at t = {time}";
    }

    /// Why there is no parallel charging to compare with.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum NoParallel {
        NoCavity =
            "parallel charging is looked for where a cavity without drive and losses charges equal cells by an exchange";
        Photons { photons: usize, cells: usize } =
            "{photons} photons cannot be dealt out equally to {cells} cavities";
        Superposition = "a superposition of photon numbers cannot be dealt out to several cavities";
        Excitations = "excitations that the cells share at t = 0 cannot be dealt out to single cells";
        Power = "a cell alone is never above its first energy";
    }

    /// What is said elsewhere.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Elsewhere {
        ChargingTime = "a protocol has no charging time of its own";
        Rates = "the limit is that of many cycles; a protocol has no other rates";
        FixedPoint = "stages repeat: see the fixed point of a cycle";
        Oscillators = "not looked for with two oscillators";
        /// Maxima and averages of closed systems.
        Methods = "not looked for by this method";
        /// Figures that follow from all eigenvalues.
        Eigenvalues = "this method does not find all eigenvalues of the state";
        /// Bounds on the power and the path of the state.
        Bounds = "looked for in runs of one charger and battery, of parts and of master equations: not here";
        Stages = "looked for in a single evolution: stages have the bound by populations, `bounds.power`";
        /// The ledger.
        Engines = "engines have accounts of their own: heat currents and power of `engine`, energies of `charging`";
        Spins = "polarisations of spins do not tell the energy of their coupling; `nmr.correlations = \"kept\"` has the ledger";
        Relaxing = "the limit of parts that relax under noise with memory is not looked for: show later times";
        Members = "rates of single modes and plateaus are not looked for under noise with memory";
    }

    /// Which numerical method failed.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Failure {
        Eigenvalues = "an eigenvalue iteration did not converge";
        Eigenvectors = "the eigenvectors of the generator could not be found to enough digits";
        SingularValues = "a singular value decomposition did not converge";
        SparseMatrix = "a sparse matrix does not fit into memory";
        Period = "the equations could not be solved through one period to enough digits";
        Decomposition = "an LU decomposition does not fit into memory";
        Ledger = "the general run beside an exact one, which has the ledger, did not end as it should";
        Bounds = "the general run beside an exact one, which has the bounds, did not end as it should";
    }
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
