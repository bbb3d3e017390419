//! `leyden atlas`: parts of it through the real binary, killed and continued.

use std::path::Path;
use std::process::{Command, Output};

fn leyden(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_leyden")).args(arguments).current_dir(folder).output().unwrap()
}

#[test]
fn parts_of_the_atlas_are_made_where_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let output =
        leyden(folder.path(), &["atlas", "--out", "here", "--quick", "--only", "C7", "steady-state"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        said.starts_with("C7              holds with correction Strong dephasing and weak drive"),
        "{said}"
    );
    assert!(said.contains("1 figure\n") && said.contains("wrote here/index.html in "), "{said}");
    for file in ["index.html", "claims.json", "papers.json", "steady-state.svg", "steady-state.toml"] {
        assert!(folder.path().join("here").join(file).is_file(), "{file}");
    }
    assert!(!folder.path().join("here/charging.svg").exists());
    // Two at once keep apart, and a result that was cut short is made again.
    let results = std::fs::read_dir(folder.path().join("here/results")).unwrap();
    let study =
        results.map(|entry| entry.unwrap().path()).find(|path| path.join("zarr.json").exists()).unwrap();
    std::fs::remove_dir_all(study.join("status")).unwrap();
    let output = leyden(folder.path(), &["atlas", "--out", "here", "--quick", "--only", "C7", "--quiet"]);
    assert!(
        output.status.success() && output.stdout.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn what_the_atlas_does_not_have_is_an_error_of_input() {
    let folder = tempfile::tempdir().unwrap();
    let output = leyden(folder.path(), &["atlas", "--only", "C99"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("the atlas has no `C99`; it has C1, C2, "), "{said}");
    assert!(!folder.path().join("atlas").exists(), "nothing is left behind");
}
