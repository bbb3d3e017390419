//! Sources have one place, docs/references.bib: pages and comments of the code name them by key, and by nothing else.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All files below a folder with this extension, links left out: what they lead to has a place of its own.
fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|of| of == extension) {
            found.push(path);
        }
    }
}

fn of_crates() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        files(&entry.unwrap().path().join("src"), "rs", &mut found);
    }
    found
}

fn pages() -> Vec<PathBuf> {
    let mut found = Vec::new();
    files(&root().join("docs"), "md", &mut found);
    found
}

/// Comments of a file with the numbers of their lines.
fn comments(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let comment = |line: &'_ str| line.trim_start().starts_with("//");
    text.lines().enumerate().filter(move |(_, line)| comment(line)).map(|(i, line)| (i + 1, line))
}

fn keys() -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("docs/references.bib")).unwrap();
    let entries: Vec<&str> = text.lines().filter(|line| line.starts_with('@')).collect();
    let keys: BTreeSet<String> =
        entries.iter().map(|line| line.split(['{', ',']).nth(1).unwrap().to_string()).collect();
    assert_eq!(keys.len(), entries.len(), "every key is there once");
    keys
}

/// What a comment cites: `@key`, a letter and letters or digits, not behind a letter (`mail@host`) and not in backticks.
fn cited(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (i, _) in line.match_indices('@') {
        let before = line[..i].chars().next_back();
        let key: String = line[i + 1..].chars().take_while(char::is_ascii_alphanumeric).collect();
        let begins = key.starts_with(|c: char| c.is_ascii_lowercase());
        if begins && before.is_none_or(|c| c == ' ' || c == '(') {
            found.push(key);
        }
    }
    found
}

/// What a page cites: the keys of all roles `cite`.
fn cited_on_page(text: &str) -> Vec<String> {
    let roles = text.split("{cite").skip(1).filter_map(|rest| rest.split('`').nth(1));
    roles.flat_map(|keys| keys.split(',').map(|key| key.trim().to_string())).collect()
}

#[test]
fn every_key_that_is_cited_is_a_source() {
    let keys = keys();
    let mut of_code = 0;
    let mut wrong = Vec::new();
    for file in of_crates() {
        let text = std::fs::read_to_string(&file).unwrap();
        for (line, comment) in comments(&text) {
            for key in cited(comment) {
                of_code += 1;
                if !keys.contains(&key) {
                    wrong.push(format!("{}:{line}: {key}", file.display()));
                }
            }
        }
    }
    for file in pages() {
        let text = std::fs::read_to_string(&file).unwrap();
        let unknown = cited_on_page(&text).into_iter().filter(|key| !keys.contains(key));
        wrong.extend(unknown.map(|key| format!("{}: {key}", file.display())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(of_code > 70, "{of_code} sources in comments");
}

/// A year of a publication in parentheses, a volume and page, a preprint, or authors cut short: what stands in a reference and in no other text.
fn like_a_reference(line: &str) -> bool {
    let year = |at: usize| {
        let inside = line.get(at + 1..at + 5).unwrap_or_default();
        let closed = line[at + 5..].starts_with(')');
        let century = ["17", "18", "19", "20"].iter().any(|two| inside.starts_with(two));
        closed && century && inside.chars().all(|c| c.is_ascii_digit())
    };
    let year = line
        .match_indices('(')
        .any(|(at, _)| line.is_char_boundary(at + 5) && line.len() > at + 5 && year(at));
    let words = [
        "arXiv",
        "et al.",
        "Phys. Rev",
        "J. Chem. Phys",
        "J. Math. Phys",
        "Commun. Math",
        "PRL ",
        "PRA ",
        "PRB ",
        "PRE ",
        "PRR ",
    ];
    year || words.iter().any(|word| line.contains(word))
}

#[test]
fn references_are_written_in_one_place() {
    let mut wrong = Vec::new();
    for file in of_crates() {
        let text = std::fs::read_to_string(&file).unwrap();
        let found = comments(&text).filter(|(_, comment)| like_a_reference(comment));
        wrong.extend(found.map(|(line, comment)| format!("{}:{line}: {}", file.display(), comment.trim())));
    }
    // Pages of notebooks are what their notebooks print, which are read alone.
    for file in pages().into_iter().filter(|file| !file.to_string_lossy().contains("docs/notebooks/")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let found = text.lines().zip(1..).filter(|(line, _)| like_a_reference(line));
        wrong.extend(found.map(|(text, line)| format!("{}:{line}: {text}", file.display())));
    }
    assert!(wrong.is_empty(), "cite a key of docs/references.bib: {wrong:#?}");
}

/// Papers that the atlas recomputes are sources, too: their names are keys with hyphens.
#[test]
fn papers_of_the_atlas_are_sources() {
    let keys = keys();
    let papers = std::fs::read_to_string(root().join("crates/leyden-atlas/src/papers.rs")).unwrap();
    let names = papers.lines().filter_map(|line| line.trim().strip_prefix("id: \"")?.strip_suffix("\","));
    let names: Vec<&str> = names.collect();
    assert!(names.len() >= 15, "{names:?}");
    for name in names {
        assert!(keys.contains(&name.replace('-', "")), "{name}");
    }
}

#[test]
fn references_are_told_from_other_text() {
    for line in [
        "//! Source: Kubo, J. Math. Phys. 4, 174 (1963).",
        "//! K. Ito and G. Watanabe, arXiv:2008.07089",
        "//! Brent, Algorithms for Minimization without Derivatives (1973), chapter 5.",
        "//! Yang et al. for the capacity",
    ] {
        assert!(like_a_reference(line), "{line}");
    }
    for line in [
        "//! C(4000, 2000) is beyond",
        "/// f(1999 + x) and (2000 levels)",
        "//! Source: @kubo1963, section 2.",
        "/// since 1970 (UTC)",
    ] {
        assert!(!like_a_reference(line), "{line}");
    }
    assert_eq!(cited("//! Source: @kubo1963; x (@dlmf), a@b, `@no`, @ nothing"), ["kubo1963", "dlmf"]);
    assert_eq!(cited_on_page("{cite:p}`a,b` and {cite:t}`c`"), ["a", "b", "c"]);
}
