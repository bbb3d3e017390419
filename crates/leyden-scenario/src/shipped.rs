//! The scenarios that come with leyden.

/// Name and text of a scenario.
pub type Shipped = (&'static str, &'static str);

macro_rules! shipped {
    ($name:literal) => {
        ($name, include_str!(concat!("../scenarios/", $name, ".toml")))
    };
    ($folder:literal, $name:literal) => {
        ($name, include_str!(concat!("../scenarios/", $folder, "/", $name, ".toml")))
    };
}

/// What runs where no file is given.
pub const DEFAULT: Shipped = shipped!("two-qubits");

/// Those to start from.
pub const SHIPPED: &[Shipped] = &[
    shipped!("starter"),
    shipped!("asymptotic-freedom"),
    shipped!("cavity"),
    shipped!("central-spins"),
    shipped!("charge-store-discharge"),
    shipped!("collective-enhancement"),
    shipped!("collective-spin"),
    shipped!("collisions"),
    shipped!("dephased-qubit"),
    shipped!("dephasing-drive-map"),
    shipped!("detuned-pair"),
    shipped!("disordered-ising"),
    shipped!("engine-charging"),
    shipped!("freedom-coherent"),
    shipped!("freedom-fock"),
    shipped!("freedom-squeezed"),
    shipped!("freedom-thermal"),
    shipped!("heisenberg-chain"),
    shipped!("landau-zener"),
    shipped!("lmg"),
    shipped!("lossy-cavity"),
    shipped!("lossy-oscillators"),
    shipped!("maser"),
    shipped!("mean-field-cavity"),
    shipped!("mediator"),
    shipped!("nmr-star"),
    shipped!("noise-memory"),
    shipped!("noisy-cells"),
    shipped!("nonreciprocal"),
    shipped!("optimal-dephasing"),
    shipped!("optimal-protocol"),
    shipped!("oscillator-chain"),
    shipped!("parallel-collective"),
    shipped!("pulse-area"),
    shipped!("robustness"),
    shipped!("shock-absorber"),
    shipped!("star"),
    shipped!("star-thresholds"),
    shipped!("stirap"),
    shipped!("tavis-cummings-power"),
    shipped!("two-photon-dicke"),
    shipped!("two-qubits"),
];

/// Those of figures and claims of the atlas that are none of [`SHIPPED`].
pub const ATLAS: &[Shipped] = &[
    shipped!("atlas", "best-dephasing"),
    shipped!("atlas", "cavity-power"),
    shipped!("atlas", "cavity-power-coherent"),
    shipped!("atlas", "charging"),
    shipped!("atlas", "charging-oscillator-by-qubit"),
    shipped!("atlas", "charging-oscillators"),
    shipped!("atlas", "charging-strong-drive"),
    shipped!("atlas", "charging-time"),
    shipped!("atlas", "charging-weak-drive"),
    shipped!("atlas", "dephased-qutrit"),
    shipped!("atlas", "energy-ledger"),
    shipped!("atlas", "engines-together"),
    shipped!("atlas", "full-engines"),
    shipped!("atlas", "ladder-of-engines"),
    shipped!("atlas", "nitrogen-vacancies"),
    shipped!("atlas", "nmr-star-alone"),
    shipped!("atlas", "nmr-star-cycles"),
    shipped!("atlas", "power-bounds"),
    shipped!("atlas", "star-charging-time"),
    shipped!("atlas", "star-ergotropy-ratio"),
    shipped!("atlas", "star-largest-ratio"),
    shipped!("atlas", "star-shortest-time"),
    shipped!("atlas", "steady-state"),
];

/// Those of published papers.
pub const PAPERS: &[Shipped] = &[
    shipped!("papers", "ahmadi-2024"),
    shipped!("papers", "ahmadi-2025"),
    shipped!("papers", "andolina-2019"),
    shipped!("papers", "crescente-2020"),
    shipped!("papers", "downing-2024"),
    shipped!("papers", "farina-2019"),
    shipped!("papers", "ferraro-2018"),
    shipped!("papers", "jad-2026"),
    shipped!("papers", "julia-farre-2020"),
    shipped!("papers", "le-2018"),
    shipped!("papers", "peng-2021"),
    shipped!("papers", "peng-2021-one-spin"),
    shipped!("papers", "quach-2020"),
    shipped!("papers", "santos-2019"),
    shipped!("papers", "seah-2021"),
    shipped!("papers", "song-2025"),
    shipped!("papers", "watanabe-2026"),
    shipped!("papers", "watanabe-2026-pure"),
    shipped!("papers", "yan-2022"),
    shipped!("papers", "yang-2024"),
];

/// The scenario of this name.
pub fn find(name: &str) -> Option<&'static str> {
    all().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Shipped> {
    SHIPPED.iter().chain(ATLAS).chain(PAPERS)
}

/// The title of a scenario that comes with leyden, which is its first line.
pub fn title(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("title = \"").and_then(|rest| rest.strip_suffix('"')).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scenario;

    #[test]
    fn every_shipped_scenario_is_there_with_its_title() {
        for (folder, list) in [("", SHIPPED), ("atlas", ATLAS), ("papers", PAPERS)] {
            let folder =
                std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(folder);
            let name = |entry: std::io::Result<std::fs::DirEntry>| {
                Some(entry.unwrap().file_name().to_str()?.strip_suffix(".toml")?.to_string())
            };
            let mut there: Vec<String> = std::fs::read_dir(folder).unwrap().filter_map(name).collect();
            let mut known: Vec<&str> = list.iter().map(|(name, _)| *name).collect();
            there.sort();
            known.sort();
            assert_eq!(known, there);
        }
        for (name, text) in all() {
            assert_eq!(title(text), Scenario::parse(name, text).unwrap().title);
            assert_eq!(find(name), Some(*text), "two scenarios are called {name}");
        }
    }
}
