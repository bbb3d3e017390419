//! The copy of the working tree in which mutants are written. A file is touched only where its text changes, so that what is
//! built stays built.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::edit::edit;
use crate::site::Site;

/// The crate in which the switches are, as it is in the copy.
const RUNTIME: &str = include_str!("../runtime.rs");
const RUNTIME_MANIFEST: &str = "[package]\nname = \"mutant\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

/// Files of the working tree, those that are not yet tracked and those of folders that are links included.
pub(crate) fn files(root: &Path) -> io::Result<Vec<String>> {
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let output = Command::new("git").args(arguments).current_dir(root).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut files = BTreeSet::new();
    for name in text.split('\0').filter(|name| !name.is_empty()) {
        let path = root.join(name);
        if path.is_file() {
            files.insert(name.to_string());
        } else if path.is_dir() {
            for entry in fs::read_dir(path)? {
                files.insert(format!("{name}/{}", entry?.file_name().to_string_lossy()));
            }
        }
    }
    Ok(files.into_iter().collect())
}

/// Where the switches of each file are in the copy.
pub(crate) type Places = BTreeMap<String, Vec<(Range<usize>, Site)>>;

/// Makes the copy hold `files` of `root` with the mutants, and nothing else.
pub(crate) fn write(root: &Path, copy: &Path, files: &[String], mutants: &[Site]) -> io::Result<Places> {
    let mut places = Places::new();
    let mut kept: BTreeSet<PathBuf> = BTreeSet::new();
    for name in files {
        let mut bytes = fs::read(root.join(name))?;
        let here: Vec<&Site> = mutants.iter().filter(|site| site.file == *name).collect();
        if !here.is_empty() {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let (edited, ranges) = edit(&text, &here);
            places.insert(name.clone(), ranges.into_iter().zip(here.into_iter().cloned()).collect());
            bytes = edited.into_bytes();
        } else if name.starts_with("crates/")
            && name.matches('/').count() == 2
            && name.ends_with("/Cargo.toml")
        {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let with = "[dependencies]\nmutant = { path = \"../mutant\" }\n";
            bytes = text.replacen("[dependencies]\n", with, 1).into_bytes();
        }
        if name == "Cargo.lock" && copy.join(name).exists() {
            // The one of the copy knows the crate of the switches.
            kept.insert(copy.join(name));
            continue;
        }
        put(&copy.join(name), &bytes, &mut kept)?;
        fs::set_permissions(copy.join(name), fs::metadata(root.join(name))?.permissions())?;
    }
    put(&copy.join("crates/mutant/Cargo.toml"), RUNTIME_MANIFEST.as_bytes(), &mut kept)?;
    put(&copy.join("crates/mutant/src/lib.rs"), RUNTIME.as_bytes(), &mut kept)?;
    clean(copy, &kept)?;
    Ok(places)
}

fn put(path: &Path, bytes: &[u8], kept: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    if !fs::read(path).is_ok_and(|there| there == bytes) {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        fs::write(path, bytes)?;
    }
    kept.insert(path.to_path_buf());
    Ok(())
}

/// Removes all files that are not kept.
fn clean(folder: &Path, kept: &BTreeSet<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.is_symlink() {
            clean(&path, kept)?;
        } else if !kept.contains(&path) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Lets a new build folder start from the dependencies that `from` has built: their files are linked, and what describes them
/// is copied with its times.
pub(crate) fn seed(from: &Path, to: &Path) -> io::Result<()> {
    let ours = |name: &str| name.trim_start_matches("lib").starts_with("leyden");
    for part in ["deps", "build", ".fingerprint"] {
        if !from.join(part).is_dir() {
            continue;
        }
        fs::create_dir_all(to.join(part))?;
        for entry in fs::read_dir(from.join(part))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let library =
                path.extension().is_some_and(|e| ["rlib", "rmeta", "so", "d"].iter().any(|x| e == *x));
            if !ours(&name) && (part != "deps" || library) {
                copy(&path, &to.join(part).join(name), library)?;
            }
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path, link: bool) -> io::Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy(&entry.path(), &to.join(entry.file_name()), false)?;
        }
        return Ok(());
    }
    if link && fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to)?;
    fs::File::open(to)?.set_modified(fs::metadata(from)?.modified()?)
}
