//! The whole atlas as `leyden atlas --quick` makes it: verdicts, numbers that agree, files, and a page that needs nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use leyden_atlas::{CLAIMS, Found, PAPERS, PLATES, Request, Verdict, atlas};
use serde_json::Value;

fn made(out: &Path, only: &[&str]) -> Found {
    let request = Request {
        only: only.iter().map(|only| only.to_string()).collect(),
        quick: true,
        threads: 2,
        memory_limit: 4e9,
    };
    atlas(out, &request, &|_, _, _| {}).unwrap()
}

fn json(path: &Path) -> Vec<Value> {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The verdicts, written down once more: a changed number changes a verdict.
const VERDICTS: [(&str, Verdict); 24] = [
    ("C1", Verdict::Holds),
    ("C2", Verdict::Holds),
    ("C3", Verdict::WithCorrection),
    ("C4", Verdict::Holds),
    ("C5", Verdict::Holds),
    ("C6", Verdict::Holds),
    ("C7", Verdict::WithCorrection),
    ("C8", Verdict::WithinLimits),
    ("C9", Verdict::WithinLimits),
    ("C10", Verdict::Holds),
    ("C11", Verdict::Holds),
    ("C12", Verdict::DoesNotHold),
    ("C13", Verdict::WithinLimits),
    ("C14", Verdict::Holds),
    ("C15", Verdict::WithinLimits),
    ("C16", Verdict::Holds),
    ("C17", Verdict::WithinLimits),
    ("C18", Verdict::WithCorrection),
    ("C19", Verdict::Holds),
    ("C20", Verdict::WithinLimits),
    ("C21", Verdict::WithinLimits),
    ("C22", Verdict::WithCorrection),
    ("C23", Verdict::WithinLimits),
    ("C24", Verdict::WithinLimits),
];

#[test]
fn the_atlas_stands() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let found = made(out, &[]);
    assert_eq!(found.broken(), [""; 0], "{:#?}", found.claims);
    let verdicts: Vec<(&str, Verdict)> =
        found.claims.iter().map(|(claim, found)| (claim.id, found.verdict())).collect();
    assert_eq!(verdicts, VERDICTS);
    claims(&json(&out.join("claims.json")));
    let papers = json(&out.join("papers.json"));
    assert!(papers.len() >= 10);
    for paper in &papers {
        let scenario = fs::read_to_string(out.join(paper["scenario"].as_str().unwrap())).unwrap();
        assert!(scenario.lines().count() <= 25, "{}", paper["id"]);
        assert!(!paper["measured"].as_array().unwrap().is_empty());
    }
    figures(out);
    page(&fs::read_to_string(out.join("index.html")).unwrap());
    again(out);
}

fn claims(claims: &[Value]) {
    assert_eq!(claims.len(), 24);
    for (claim, (id, verdict)) in claims.iter().zip(VERDICTS) {
        assert_eq!((claim["id"].as_str(), claim["verdict"].as_str()), (Some(id), Some(verdict.words())));
        assert!(
            ["claim", "source"].iter().all(|key| claim[key].as_str().is_some_and(|text| !text.is_empty()))
        );
        assert_eq!(claim["correction"].is_string(), verdict == Verdict::WithCorrection, "{id}");
        assert_eq!(claim["limits"].is_string(), verdict == Verdict::WithinLimits, "{id}");
        assert_eq!(claim["shown_by"].is_string(), verdict == Verdict::DoesNotHold, "{id}");
        let measured = claim["measured"].as_array().unwrap();
        assert!(!measured.is_empty(), "{id}");
        for number in measured {
            let [value, second, tolerance] =
                ["value", "second", "tolerance"].map(|key| number[key].as_f64().unwrap());
            assert!((value - second).abs() <= tolerance, "{id}: {number}");
            assert!(number["name"].is_string() && number["second_by"].is_string());
        }
    }
}

fn figures(out: &Path) {
    let names = |suffix: &str| -> BTreeSet<String> {
        let all = fs::read_dir(out).unwrap();
        let all = all.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        all.filter_map(|name| name.strip_suffix(suffix).map(String::from)).collect()
    };
    let stems: BTreeSet<String> = PLATES.iter().map(|plate| plate.stem.to_string()).collect();
    assert_eq!([names(".svg"), names(".png"), names(".csv")], [stems.clone(), stems.clone(), stems.clone()]);
    let scenarios = names(".toml");
    for stem in &stems {
        assert!(scenarios.contains(stem), "{stem}");
        let csv = fs::read_to_string(out.join(format!("{stem}.csv"))).unwrap();
        let mut lines = csv.lines();
        assert_eq!(lines.next(), Some("panel,curve,x_name,x,y_name,y,value_name,value"));
        assert!(lines.count() > 3, "{stem}");
        let svg = fs::read_to_string(out.join(format!("{stem}.svg"))).unwrap();
        assert!(!svg.contains("no data"), "{stem}");
    }
    for name in &scenarios {
        let text = fs::read_to_string(out.join(format!("{name}.toml"))).unwrap();
        leyden_results::read(name, &text).unwrap();
    }
    for plate in PLATES {
        let sentences = plate.caption.matches(". ").count() + 1;
        assert!((2..=4).contains(&sentences) && plate.caption.ends_with('.'), "{}", plate.stem);
    }
}

fn page(page: &str) {
    assert!(page.len() < 10_000_000);
    for outside in ["<script", "<link", "http://", "https://", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    let claims = CLAIMS.iter().map(|claim| claim.id);
    let plates = PLATES.iter().map(|plate| plate.stem);
    for id in claims.chain(plates).chain(PAPERS.iter().map(|paper| paper.id)) {
        assert_eq!(page.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}");
    }
    assert_eq!(page.matches("<img ").count(), page.matches(" alt=\"").count());
}

/// A part alone, from results that are there: its files, and no longer than it takes to read them.
fn again(out: &Path) {
    let results = || fs::read_dir(out.join("results")).unwrap().count();
    let before = results();
    let found = made(out, &["C13", "steady-state"]);
    assert_eq!((found.claims.len(), found.papers.len(), found.figures.len()), (1, 0, 1));
    assert_eq!(found.claims[0].1.verdict(), Verdict::WithinLimits);
    assert_eq!(results(), before);
}

#[test]
fn what_the_atlas_does_not_have_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let request = Request { only: vec!["C25".into()], threads: 1, memory_limit: 1e9, ..Request::default() };
    let error = atlas(folder.path(), &request, &|_, _, _| {}).unwrap_err().to_string();
    assert!(error.starts_with("the atlas has no `C25`; it has C1, C2, "), "{error}");
    assert!(!folder.path().join("index.html").exists());
}
