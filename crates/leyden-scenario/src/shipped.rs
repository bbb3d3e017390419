//! The scenarios that come with leyden.

/// Name and text of a scenario.
pub type Shipped = (&'static str, &'static str);

macro_rules! shipped {
    ($name:literal) => {
        ($name, include_str!(concat!("../scenarios/", $name, ".toml")))
    };
}

/// What runs where no file is given.
pub const DEFAULT: Shipped = shipped!("two-qubits");

/// All of them.
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
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".toml")?.to_string()))
            .collect();
        let mut known: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
        there.sort();
        known.sort();
        assert_eq!(known, there);
        for (name, text) in SHIPPED {
            assert_eq!(title(text), Scenario::parse(name, text).unwrap().title);
        }
    }
}
