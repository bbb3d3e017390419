//! The order of crates and of the folders of the physics: each uses only those before it.

/// What each crate may use of ours.
pub(crate) const CRATES: &[(&str, &[&str])] = &[
    ("leyden", &[]),
    ("leyden-text", &["leyden"]),
    ("leyden-scenario", &["leyden", "leyden-text"]),
    ("leyden-results", &["leyden", "leyden-text", "leyden-scenario"]),
    ("leyden-study", &["leyden", "leyden-scenario", "leyden-results"]),
    ("leyden-figures", &[]),
    ("leyden-draw", &["leyden", "leyden-scenario", "leyden-results", "leyden-figures"]),
    (
        "leyden-atlas",
        &["leyden", "leyden-scenario", "leyden-results", "leyden-study", "leyden-figures", "leyden-draw"],
    ),
    (
        "leyden-cli",
        &[
            "leyden",
            "leyden-text",
            "leyden-scenario",
            "leyden-results",
            "leyden-study",
            "leyden-figures",
            "leyden-draw",
            "leyden-atlas",
        ],
    ),
    (
        "leyden-py",
        &[
            "leyden",
            "leyden-text",
            "leyden-scenario",
            "leyden-results",
            "leyden-study",
            "leyden-figures",
            "leyden-draw",
        ],
    ),
    ("leyden-bench", &["leyden", "leyden-scenario", "leyden-results"]),
    ("leyden-peers", &["leyden", "leyden-scenario", "leyden-results"]),
    ("leyden-mutants", &[]),
    ("xtask", &[]),
];

/// The folders of the physics, each of which uses only those before it.
pub(crate) const FOLDERS: &[&str] = &[
    "numerics",
    "operator",
    "space",
    "lindblad",
    "evolve",
    "merit",
    "asymptote",
    "model",
    "exact",
    "protocol",
    "charge",
];
