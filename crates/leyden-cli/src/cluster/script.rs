//! The script of a sweep: a job array of Slurm and the merge behind it, for people to read, change and submit by hand.

use std::fmt::Write;
use std::path::Path;

use leyden_study::FILES;

use crate::outcome::Failure;

/// What the script says.
pub(super) struct Script<'a> {
    pub(super) title: &'a str,
    /// The text of the scenario with what was set.
    pub(super) scenario: &'a str,
    /// The files that it names, as their folder keeps them; empty without any.
    pub(super) files: &'a str,
    /// The command, and the result folder, as absolute paths.
    pub(super) leyden: &'a Path,
    pub(super) folder: &'a Path,
    pub(super) points: usize,
    /// Shards of the sweep, and which of them are computed.
    pub(super) count: usize,
    pub(super) shards: &'a [usize],
    /// `--mem` and `--time` of every task.
    pub(super) memory: &'a str,
    pub(super) time: &'a str,
    /// Options of `sbatch` with which the merge differs.
    pub(super) merge: &'a [String],
    pub(super) partition: Option<&'a str>,
    pub(super) account: Option<&'a str>,
}

impl Script<'_> {
    /// The text.
    ///
    /// # Errors
    /// [`Failure`] where a path cannot stand in a script.
    pub(super) fn text(&self) -> Result<String, Failure> {
        let (leyden, folder) = (path(self.leyden)?, path(self.folder)?);
        let (quoted, own) = (quote(folder), quote(&format!("{folder}/{}", super::FOLDER)));
        let scenario = quote(&format!("{folder}/scenario.toml"));
        let mut options = vec![
            format!("--job-name={}", job_name(self.folder)),
            format!("--array={}", ranges(self.shards)),
            "--ntasks=1".into(),
            "--cpus-per-task=1".into(),
            format!("--mem={}", self.memory),
            format!("--time={}", self.time),
        ];
        options.extend(self.partition.map(|name| format!("--partition={name}")));
        options.extend(self.account.map(|name| format!("--account={name}")));
        options.extend(["--requeue".into(), "--open-mode=append".into()]);
        // Slurm would replace a % in the name of the folder.
        options.push(format!("--output={}/{}/%A_%a.log", folder.replace('%', "%%"), super::FOLDER));
        let options = options.iter().fold(String::new(), |mut all, option| {
            let _ = writeln!(all, "#SBATCH {}", quote(option));
            all
        });
        let title: String = self.title.chars().filter(|c| !c.is_control()).collect();
        let (points, count, leyden) = (self.points, self.count, quote(leyden));
        let (merge, mut lines) = (self.merge.join(" "), kept(self.scenario, &scenario));
        if !self.files.is_empty() {
            lines = format!("{}\n{lines}", kept(self.files, &quote(&format!("{folder}/{FILES}"))));
        }
        Ok(format!(
            r#"#!/bin/bash
# {title}: {points} points in {count} shards. A task of the array computes one of them, task 0 joins them.
# "bash FILE" submits the array and the merge behind it, "sbatch FILE" the array alone.
{options}
if [ "${{SLURM_ARRAY_TASK_ID:-}}" = 0 ]; then
    exec {leyden} merge {quoted}
elif [ -n "${{SLURM_ARRAY_TASK_ID:-}}" ]; then
    exec {leyden} run {scenario} --out {quoted} --shard "$SLURM_ARRAY_TASK_ID/{count}" --threads 1 --quiet
fi

# Outside of a job. The merge waits for the end of all tasks and not for their success: one with a point that failed
# ends with 1, and its shard is complete all the same.
mkdir -p {own}
{lines}
array=$(sbatch --parsable "$0") || exit
sbatch --dependency="afterany:${{array%%;*}}" {merge} "$0"
"#
        ))
    }
}

/// Lines that put the scenario, or its files, into the folder unless they are there.
fn kept(scenario: &str, file: &str) -> String {
    let mut end = "SCENARIO".to_string();
    while scenario.contains(&end) {
        end.push('_');
    }
    // A document here always ends with a line.
    match scenario.strip_suffix('\n') {
        Some(scenario) => format!("[ -e {file} ] || cat > {file} <<'{end}'\n{scenario}\n{end}"),
        None => format!("[ -e {file} ] || head -c -1 > {file} <<'{end}'\n{scenario}\n{end}"),
    }
}

/// A path as a text of one line.
fn path(path: &Path) -> Result<&str, Failure> {
    let text = path.to_str().filter(|text| !text.contains(char::is_control));
    text.ok_or_else(|| {
        Failure::new(format_args!("{} cannot stand in a script; choose another folder", path.display()))
    })
}

/// A word of the shell.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:,@%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.into(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// "leyden-" and the name of the folder.
fn job_name(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let name = name.replace(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c), "-");
    format!("leyden-{name}")
}

/// "1-3,7" of 1, 2, 3 and 7.
pub(super) fn ranges(numbers: &[usize]) -> String {
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    let runs: Vec<String> = runs
        .map(|run| match run {
            [one] => one.to_string(),
            run => format!("{}-{}", run[0], run[run.len() - 1]),
        })
        .collect();
    runs.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_numbers_are_ranges() {
        for (numbers, expected) in
            [(&[][..], ""), (&[4], "4"), (&[1, 2, 3, 7], "1-3,7"), (&[1, 3, 4, 9, 10], "1,3-4,9-10")]
        {
            assert_eq!(ranges(numbers), expected);
        }
    }

    #[test]
    fn words_of_the_shell_stay_whole() {
        for (word, expected) in [
            ("/home/a b/c", "'/home/a b/c'"),
            ("it's", r"'it'\''s'"),
            ("/scratch/a-b_c.d", "/scratch/a-b_c.d"),
            ("$HOME", "'$HOME'"),
            ("", "''"),
        ] {
            assert_eq!(quote(word), expected);
        }
        assert_eq!(job_name(Path::new("/a/b c$")), "leyden-b-c-");
        assert!(path(Path::new("/a\n#SBATCH --exclusive")).is_err());
    }
}
