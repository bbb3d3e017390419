//! Everything that docs/tutorial.md shows runs: its scenarios are written and its commands typed, in order, in an empty folder.

use std::path::Path;
use std::process::Command;

/// What is left to people: to install, to read results in Python, and to interrupt a run.
const LEFT_OUT: [&str; 4] = ["cargo ", "python", "pip ", "# Ctrl-C"];

/// Fenced blocks of a page: the language and the lines.
fn blocks(page: &str) -> Vec<(&str, Vec<&str>)> {
    let mut blocks: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(_) if inside => inside = false,
            Some(language) => {
                inside = true;
                blocks.push((language, Vec::new()));
            }
            None if inside => blocks.last_mut().unwrap().1.push(line),
            None => {}
        }
    }
    assert!(!inside, "a block of the page has no end");
    blocks
}

/// A command as a shell has it, with the binary of this build as `leyden`.
fn typed(folder: &Path, command: &str) {
    let binaries = Path::new(env!("CARGO_BIN_EXE_leyden")).parent().unwrap();
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap_or_default());
    let output =
        Command::new("sh").args(["-c", command]).env("PATH", path).current_dir(folder).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{command}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[cfg(unix)]
fn everything_that_the_tutorial_shows_runs() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tutorial.md");
    let page = std::fs::read_to_string(page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (mut files, mut commands) = (0, 0);
    for (language, lines) in blocks(&page) {
        match language {
            "toml" => {
                let comment = lines[0].trim_start_matches("# ");
                let text = lines.join("\n") + "\n";
                match comment.strip_prefix("add to ") {
                    Some(name) => {
                        let before = std::fs::read_to_string(folder.path().join(name)).unwrap();
                        std::fs::write(folder.path().join(name), before + &text).unwrap();
                    }
                    None => {
                        assert!(
                            comment.ends_with(".toml"),
                            "a scenario says how its file is called: {comment}"
                        );
                        std::fs::write(folder.path().join(comment), text).unwrap();
                    }
                }
                files += 1;
            }
            "console" => {
                let shown = lines.iter().filter_map(|line| line.strip_prefix("$ "));
                for command in shown.filter(|command| !LEFT_OUT.iter().any(|word| command.contains(word))) {
                    typed(folder.path(), command);
                    commands += 1;
                }
            }
            // Output alone, refusals, and what is read in Python.
            "text" | "python" => {}
            other => panic!("{other:?} is no kind of block that is known here"),
        }
    }
    assert!(files >= 5 && commands >= 10, "{files} files and {commands} commands were found");
    for made in
        ["leyden-out/a-transmon-pair/figure.png", "map/figure-lines.png", "paper.pdf", "map/result.csv"]
    {
        assert!(folder.path().join(made).is_file(), "{made}");
    }
}
