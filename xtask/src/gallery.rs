//! The pictures of docs/gallery.md, from the shipped scenarios.

/// Scenarios that have a picture, in the order of the page.
const SHOWN: &[&str] = &[
    "two-qubits",
    "detuned-pair",
    "cavity",
    "mean-field-cavity",
    "parallel-collective",
    "shock-absorber",
    "dephasing-drive-map",
    "noise-memory",
    PICTURES,
    "asymptotic-freedom",
    "charge-store-discharge",
    "optimal-protocol",
    "maser",
    "engine-charging",
    "collective-enhancement",
    "nmr-star",
    "heisenberg-chain",
    "stirap",
    "disordered-ising",
];

/// The scenario that is drawn in several pictures of its noise, side by side.
const PICTURES: &str = "dephased-qubit";

/// Its runs: title, and what is set.
const RUNS: [(&str, &str); 4] = [
    ("master equation", ""),
    ("random field", "field"),
    ("weak measurement", "diffusion"),
    ("quantum jumps", "jumps"),
];

/// Runs of one scenario in several pictures, and their figure.
fn side_by_side(leyden: &str) -> Vec<String> {
    let folder = |title: &str| format!("gallery/{PICTURES}/{}", title.replace(' ', "-"));
    let run = |(title, picture): &(&str, &str)| {
        let drawn = match *picture {
            "" => String::new(),
            picture => format!(
                " --set method.name=trajectories --set trajectories.picture={picture} --set trajectories.keep=3 --set trajectories.seed=1"
            ),
        };
        // A step is split at its spaces.
        let titled = format!("--set title=\"{}\"", title.replace(' ', "\u{a0}"));
        format!("{leyden} run ../scenarios/{PICTURES}.toml --quiet {titled}{drawn} --out {}", folder(title))
    };
    let folders: Vec<String> = RUNS.iter().map(|(title, _)| folder(title)).collect();
    let drawn = format!(
        "{leyden} figure {} --quiet --force --output ../docs/gallery/{PICTURES}.png",
        folders.join(" ")
    );
    RUNS.iter().map(run).chain([drawn]).collect()
}

/// Runs every scenario anew into target/gallery and draws its figure into docs/gallery; paths are those seen from `target`.
pub(crate) fn steps() -> Vec<String> {
    // What an older version computed is no result of this one.
    if let Err(error) = std::fs::remove_dir_all("target/gallery")
        && error.kind() != std::io::ErrorKind::NotFound
    {
        eprintln!("xtask: target/gallery cannot be removed: {error}");
    }
    let leyden = "cargo run --release --quiet --bin leyden --";
    SHOWN
        .iter()
        .flat_map(|name| match *name {
            PICTURES => side_by_side(leyden),
            name => vec![
                format!("{leyden} run ../scenarios/{name}.toml --quiet --out gallery/{name}"),
                format!("{leyden} figure gallery/{name} --quiet --force --output ../docs/gallery/{name}.png"),
            ],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_every_picture_with_its_command() {
        let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
        let page = std::fs::read_to_string(docs.join("gallery.md")).unwrap();
        for name in SHOWN {
            assert!(docs.join(format!("gallery/{name}.png")).is_file(), "{name}");
            assert!(page.contains(&format!("(gallery/{name}.png)")), "{name}");
            assert!(page.contains(&format!("leyden new --from {name}")), "{name}");
        }
        assert_eq!(page.matches("](gallery/").count(), SHOWN.len());
    }
}
