//! The methods: one list from which names, errors, `leyden check` and the table of docs/methods.md follow.

use std::fmt;
use std::str::FromStr;

/// A way to solve a system. Exact methods use its structure, general ones integrate any master equation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// 2 x 2 blocks of a dephased qubit charger.
    RabiBlocks,
    /// Mean and covariance of two oscillators.
    Gaussian,
    /// Sectors of fixed number of two oscillators.
    NumberSectors,
    /// Moments of two oscillators.
    Moments,
    /// Blocks of fixed number of a cavity and its cells.
    NumberBlocks,
    /// Members of a hierarchy for noise with memory.
    Hierarchy,
    /// One spin among many.
    SpinStar,
    /// State vectors by eigenvectors of a constant Hamiltonian.
    Eigenvectors,
    /// State vectors by Chebyshev series of a constant Hamiltonian.
    Chebyshev,
    /// Powers of a constant generator.
    Taylor,
    /// Runge-Kutta steps.
    Explicit,
    /// Matrix exponentials.
    Exponential,
    /// Rational steps.
    Implicit,
    /// Formulas for engines.
    ClosedForm,
    /// Rate equations on the ladder of cells.
    EffectiveLadder,
    /// Permutation-symmetric states of engines and cells.
    Permutation,
    /// Maps of the stages of a protocol.
    Stages,
    /// Kets under drawn noise.
    Trajectories,
}

/// What is said about a method.
#[derive(Clone, Copy, Debug)]
pub struct MethodInfo {
    /// The method.
    pub method: Method,
    /// Its name in scenario files and results.
    pub name: &'static str,
    /// Whether it integrates any master equation; others use a structure.
    pub general: bool,
    /// What it treats.
    pub applies: &'static str,
    /// How accurate it is.
    pub accuracy: &'static str,
    /// What it costs.
    pub cost: &'static str,
    /// What a charger and its battery lack where this is a method of other systems.
    pub lacking: Option<&'static str>,
}

const fn exact(
    method: Method,
    name: &'static str,
    applies: &'static str,
    accuracy: &'static str,
    cost: &'static str,
) -> MethodInfo {
    MethodInfo { method, name, general: false, applies, accuracy, cost, lacking: None }
}

const NO_ENGINES: Option<&str> = Some("no engines charge the battery");

/// All methods, in the order of [`Method`].
#[rustfmt::skip] // A table.
pub const METHODS: [MethodInfo; 18] = [
    exact(Method::RabiBlocks, "rabi-blocks",
        "qubit charger, exchange coupling, battery resonant with the drive (or no drive and equal frequencies), \
         dephasing of the charger only, any detuning of the charger",
        "rounding", "one eigenvalue problem; then every time is a sum"),
    exact(Method::Gaussian, "gaussian",
        "two oscillators with exchange or dipole coupling, any detuning, drive, relaxation and thermal noise, no dephasing, \
         Gaussian starts (ground, coherent, squeezed, thermal), no cutoff given",
        "rounding", "17 numbers"),
    exact(Method::NumberSectors, "number-sectors",
        "two oscillators with exchange coupling, both resonant with the drive, dephasing of the charger only, \
         charger empty at first",
        "rounding", "coefficients once; each time costs N^3/3 for N occupied sectors"),
    exact(Method::Moments, "moments",
        "two oscillators with exchange coupling, any detuning and noise: energy and fluctuation, no states but Gaussian ones",
        "rounding", "36 numbers"),
    exact(Method::NumberBlocks, "number-blocks",
        "oscillator charger, exchange coupling, equal cells in a level or superposition of their ladder or thermal qubits, no drive \
         and no noise, any detuning",
        "rounding", "one tridiagonal eigenvalue problem per number of excitations; then every time is a product"),
    exact(Method::Hierarchy, "hierarchy",
        "dephasing of the charger by a field with memory (Ornstein-Uhlenbeck or telegraph noise), with any charger, battery, coupling, drive and other noise",
        "the tolerance; members are added until the state stands still",
        "members (2 for telegraph and fast noise, about 10 for t_c near 1/gamma) times what a general method costs"),
    MethodInfo { lacking: Some("the system is no star of spins"), ..exact(Method::SpinStar, "spin-star",
        "an NMR star whose correlations are dropped", "rounding",
        "sums over the total spins that carry weight, at most N^2/8 or 6 N ln N of them") },
    MethodInfo { general: true, ..exact(Method::Eigenvectors, "eigenvectors",
        "constant Hamiltonians without channels, blocks of at most 4000 levels: state vectors", "rounding times norm(H) t",
        "one eigenvalue problem per block; then every time is a product") },
    MethodInfo { general: true, ..exact(Method::Chebyshev, "chebyshev",
        "constant Hamiltonians without channels: state vectors", "rounding times norm(H) t",
        "about half the spread of the energies times t products with H, and a few more") },
    MethodInfo { general: true, ..exact(Method::Taylor, "taylor", "constant generators", "the tolerance",
        "about 1.6 norm(Z) t applications, one combination of vectors for twelve of them") },
    MethodInfo { general: true, ..exact(Method::Explicit, "explicit", "everything; state vectors where there is no channel", "the tolerance",
        "about 1.8 norm(Z) t applications") },
    MethodInfo { general: true, ..exact(Method::Exponential, "exponential",
        "constant generators of at most 576 carried numbers (24 levels without symmetry)",
        "rounding times norm(Z) t; up to 8 levels a thousandth of the tolerance at any time",
        "one matrix exponential per spacing of the times, or one squaring for each doubling of the time") },
    MethodInfo { general: true, ..exact(Method::Implicit, "implicit",
        "constant generators of at most 45,000 carried numbers (212 levels without symmetry)", "the tolerance, at any stiffness",
        "three sparse LU decompositions per step size") },
    MethodInfo { lacking: NO_ENGINES, ..exact(Method::ClosedForm, "closed-form",
        "a three-level maser alone; cells charged one by one by engines as baths", "rounding",
        "a few numbers") },
    MethodInfo { lacking: NO_ENGINES, ..exact(Method::EffectiveLadder, "effective-ladder",
        "N cells charged collectively by engines as one bath", "the tolerance",
        "order 13 in time, O(N) a step, about 80 steps to saturation at any N") },
    MethodInfo { lacking: NO_ENGINES, ..exact(Method::Permutation, "permutation",
        "the same with the levels, baths and coherences of the engines", "the tolerance",
        "13 terms per number; 8 numbers for N = 1, 8,589 for 10, 175,802 for 20") },
    MethodInfo { lacking: Some("the system has no stages"), ..exact(Method::Stages, "stages",
        "protocols of charger and battery, and of NMR stars whose correlations are kept",
        "rounding where the state reaches at most 260 numbers, else the tolerance",
        "one matrix per stage, or integration") },
    MethodInfo { general: true, ..exact(Method::Trajectories, "trajectories",
        "any master equation, when named: kets under noise that is drawn, in four pictures",
        "standard errors, which fall as 1/sqrt(count)", "one ket per trajectory, memory independent of their number") },
];

/// What `method.name` takes: "auto", then the names of all methods.
pub const METHOD_NAMES: [&str; METHODS.len() + 1] = {
    let mut names = ["auto"; METHODS.len() + 1];
    let mut i = 0;
    while i < METHODS.len() {
        names[i + 1] = METHODS[i].name;
        i += 1;
    }
    names
};

impl Method {
    /// What is said about it.
    pub fn info(self) -> &'static MethodInfo {
        &METHODS[self as usize]
    }

    /// Its name in scenario files and results.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// Whether it integrates any master equation.
    pub fn is_general(self) -> bool {
        self.info().general
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no method of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no method `{name}`; one of {}", METHOD_NAMES[1..].join(", "))]
pub struct UnknownMethod {
    /// What was asked for.
    pub name: String,
}

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Self, UnknownMethod> {
        let found = METHODS.iter().find(|info| info.name == name);
        found.map(|info| info.method).ok_or_else(|| UnknownMethod { name: name.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_the_order_of_the_methods() {
        for info in METHODS {
            assert_eq!(info.method.info().name, info.name);
            assert_eq!(info.name.parse(), Ok(info.method));
        }
        assert!("auto".parse::<Method>().is_err());
    }

    #[test]
    fn the_page_of_methods_follows_the_list() {
        let page = include_str!("../../../docs/methods.md");
        let lines = page.lines().skip_while(|line| !line.starts_with("| name |")).skip(2);
        let listed: Vec<&str> = lines.take_while(|line| line.starts_with('|')).collect();
        let row = |m: &MethodInfo| format!("| `{}` | {} | {} | {} |", m.name, m.applies, m.accuracy, m.cost);
        let expected: Vec<String> = METHODS.iter().map(row).collect();
        assert_eq!(listed, expected, "\n{}", expected.join("\n"));
    }
}
