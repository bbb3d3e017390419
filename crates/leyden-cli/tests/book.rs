//! Everything that the pages of the book show runs: their scenarios are written and checked and their commands typed, in order, in an empty folder for
//! each page, and what a page says that a command prints is printed.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What is left to people: to install, to interrupt a run, a cluster, and the atlas, which takes minutes.
const LEFT_OUT: [&str; 6] = ["cargo ", "python", "pip ", "# Ctrl-C", "/scratch/", "leyden atlas"];

/// The gallery shows whole studies, which `cargo xtask gallery` runs: here they are made and checked.
const GALLERY: &str = "gallery.md";

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

/// A command as a shell has it, with the binary of this build as `leyden`: what it prints.
fn typed(folder: &Path, command: &str) -> String {
    let binaries = Path::new(env!("CARGO_BIN_EXE_leyden")).parent().unwrap();
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap_or_default());
    let output =
        Command::new("sh").args(["-c", command]).env("PATH", path).current_dir(folder).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{command}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Pages by their paths: the README and the book, but for what notebooks make.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut pages = vec![root.join("README.md")];
    for folder in ["docs", "docs/systems", "docs/cookbook"] {
        let entries = std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        pages.extend(entries.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    pages.sort();
    pages
}

/// Writes a scenario, or what is added to one, and checks it. A block without the name of a file is a whole scenario where it has a title, else a
/// part of one.
fn written(folder: &Path, lines: &[&str]) -> bool {
    let comment = lines[0].trim_start_matches("# ");
    let text = lines.join("\n") + "\n";
    let (name, before) = match comment.strip_prefix("add to ") {
        Some(name) => (name, std::fs::read_to_string(folder.join(name)).unwrap()),
        None if lines[0].starts_with("# ") && comment.ends_with(".toml") => (comment, String::new()),
        None if lines[0].starts_with("title") => ("whole.toml", String::new()),
        None => return false,
    };
    std::fs::write(folder.join(name), before + &text).unwrap();
    // The other kind of file says what a figure shows.
    if !text.contains("\nquantities = ") {
        typed(folder, &format!("leyden check {name}"));
    }
    true
}

/// Lines that a page shows below a command are printed by it; rounding decides the numbers of checks and comparisons.
fn printed(command: &str, shown: &[&str], output: &str) {
    for line in shown {
        let rounded = line.starts_with("checks") || line.contains("largest difference");
        if *line != "..." && !rounded {
            assert!(output.lines().any(|other| other == *line), "{command}\n{line}\nis not in\n{output}");
        }
    }
}

fn left_out(command: &str) -> bool {
    LEFT_OUT.iter().any(|word| command.contains(word))
}

/// Types the commands of a session, each behind a `$`, with what they print below them.
fn session(folder: &Path, lines: &[&str]) -> usize {
    let starts: Vec<usize> = (0..lines.len()).filter(|&k| lines[k].starts_with("$ ")).collect();
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    let mut commands = 0;
    for (&start, end) in starts.iter().zip(ends) {
        let command = &lines[start][2..];
        if !left_out(command) {
            printed(command, &lines[start + 1..end], &typed(folder, command));
            commands += 1;
        }
    }
    commands
}

/// Types a list of commands; those of the gallery only as far as its scenarios.
fn list(folder: &Path, lines: &[&str], gallery: bool) -> usize {
    let commands: Vec<&&str> =
        lines.iter().filter(|line| line.starts_with("leyden ") && !left_out(line)).collect();
    for command in &commands {
        match command.split_once(" && ") {
            Some((new, _)) if gallery => {
                let name = new.rsplit(' ').next().unwrap();
                typed(folder, &format!("{new} && leyden check {name}.toml"));
            }
            _ if gallery => {}
            _ => {
                typed(folder, command);
            }
        }
    }
    commands.len()
}

/// Runs what a page shows: numbers of scenarios and of commands.
fn runs(page: &Path) -> (usize, usize) {
    let text = std::fs::read_to_string(page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (mut files, mut commands) = (0, 0);
    for (language, lines) in blocks(&text) {
        match language {
            "toml" => files += usize::from(written(folder, &lines)),
            "console" => commands += session(folder, &lines),
            "sh" => commands += list(folder, &lines, page.ends_with(GALLERY)),
            // Output alone, refusals, other languages, and directives of the book.
            "text" | "python" | "rust" => {}
            other if other.starts_with('{') => {}
            other => panic!("{}: {other:?} is no kind of block that is known here", page.display()),
        }
    }
    if page.ends_with("tour.md") {
        for made in
            ["leyden-out/a-transmon-pair/figure.png", "map/figure-lines.png", "paper.pdf", "map/result.csv"]
        {
            assert!(folder.join(made).is_file(), "{made}");
        }
    }
    (files, commands)
}

#[test]
#[cfg(unix)]
fn everything_that_the_book_shows_runs() {
    let pages = pages();
    // Commands wait for the disk more than they compute.
    let counts: Vec<(usize, usize)> = std::thread::scope(|scope| {
        let running: Vec<_> = pages.iter().map(|page| scope.spawn(|| runs(page))).collect();
        running.into_iter().map(|page| page.join().unwrap()).collect()
    });
    let files: usize = counts.iter().map(|count| count.0).sum();
    let commands: usize = counts.iter().map(|count| count.1).sum();
    assert!(files >= 15 && commands >= 80, "{files} files and {commands} commands were found");
}
