//! What became of mutants: one line each, written when it is known. The last line of a mutant counts, and only as long as the
//! source around it is what it was.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::site::Site;

/// What became of one mutant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verdict {
    /// The test that failed, and whether by its time.
    pub(crate) caught: Option<String>,
    /// How many tests reach it.
    pub(crate) reached: usize,
    pub(crate) seconds: f64,
}

/// What earlier runs have found, by key and hash of the source.
pub(crate) fn read(path: &Path) -> BTreeMap<String, Verdict> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let verdict = |line: &str| {
        // The line number and what is found stand before the key, the hash last.
        let fields: Vec<&str> = line.splitn(6, '\t').collect();
        let [outcome, by, reached, seconds, _, key] = fields[..] else { return None };
        let caught = (outcome == "caught").then(|| by.to_string());
        Some((
            key.to_string(),
            Verdict { caught, reached: reached.parse().ok()?, seconds: seconds.parse().ok()? },
        ))
    };
    text.lines().filter_map(verdict).collect()
}

/// What a line is known by.
pub(crate) fn identity(site: &Site, source: u64) -> String {
    format!("{}\t{source:016x}", site.key())
}

/// Adds one line.
pub(crate) fn append(path: &Path, site: &Site, source: u64, verdict: &Verdict) -> io::Result<()> {
    let Verdict { caught, reached, seconds } = verdict;
    let outcome = match caught {
        Some(_) => "caught",
        None if *reached == 0 => "not reached",
        None => "survived",
    };
    let by = caught.as_deref().unwrap_or("-");
    let line =
        format!("{outcome}\t{by}\t{reached}\t{seconds:.2}\t{}\t{}\n", site.line, identity(site, source));
    OpenOptions::new().create(true).append(true).open(path)?.write_all(line.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find::find;

    #[test]
    fn the_last_line_counts_and_only_for_its_source() {
        let folder = std::env::temp_dir().join(format!("leyden-mutants-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("results.tsv");
        let site = find("crates/a/src/lib.rs", "fn f() -> Thing { a + b }").unwrap().sites.remove(0);
        let survived = Verdict { caught: None, reached: 3, seconds: 1.5 };
        let caught = Verdict { caught: Some("a/unit f".into()), ..survived.clone() };
        append(&path, &site, 7, &survived).unwrap();
        append(&path, &site, 8, &survived).unwrap();
        append(&path, &site, 7, &caught).unwrap();
        let known = read(&path);
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(known.get(&identity(&site, 7)), Some(&caught));
        assert_eq!(known.get(&identity(&site, 8)), Some(&survived));
        assert_eq!(known.get(&identity(&site, 9)), None);
    }
}
