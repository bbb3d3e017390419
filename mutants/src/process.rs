//! One test as a process of its own, with limits of time, memory and disk: a mutant may ask for any of them without end.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::compile::Binary;

/// A test with its binary.
#[derive(Clone, Debug)]
pub(crate) struct Test {
    pub(crate) binary: Binary,
    pub(crate) name: String,
}

impl Test {
    /// `crate/target name`.
    pub(crate) fn label(&self) -> String {
        format!("{}/{} {}", self.binary.krate, self.binary.target, self.name)
    }
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    Passed,
    Failed,
    TimedOut,
}

/// What all tests of a run share.
pub(crate) struct Limits {
    /// Kilobytes of address space.
    pub(crate) memory: u64,
    /// Where tests put their temporary files.
    pub(crate) temporary: PathBuf,
}

impl Limits {
    /// Half of the memory of the machine for each of two workers.
    pub(crate) fn new(temporary: PathBuf) -> Self {
        let known = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let total = known.split_whitespace().nth(1).and_then(|number| number.parse().ok());
        Self { memory: total.unwrap_or(8 << 20) / 2, temporary }
    }
}

/// All tests of a binary.
pub(crate) fn list(binary: &Binary) -> io::Result<Vec<Test>> {
    let output = Command::new(&binary.executable)
        .args(["--list", "--format", "terse"])
        .current_dir(&binary.folder)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let names = text.lines().filter_map(|line| line.strip_suffix(": test"));
    Ok(names.map(|name| Test { binary: binary.clone(), name: name.into() }).collect())
}

/// Runs one test with one more variable in its environment.
pub(crate) fn run(
    test: &Test,
    (variable, value): (&str, &Path),
    limits: &Limits,
    most: Duration,
) -> io::Result<(End, Duration)> {
    // Processor time has a limit as well, for tests that are left behind when this process is stopped.
    let (memory, seconds) = (limits.memory, 4 * most.as_secs());
    let limited = format!(
        "ulimit -v {memory}; ulimit -t {seconds}; ulimit -f 4000000; ulimit -c 0; exec \"$0\" \"$@\""
    );
    let mut command = Command::new("sh");
    command.args(["-c", &limited]).arg(&test.binary.executable);
    command.args([&test.name, "--exact", "--test-threads=1", "--quiet"]);
    command.current_dir(&test.binary.folder).env(variable, value);
    command.env("TMPDIR", &limits.temporary).env("CARGO_MANIFEST_DIR", &test.binary.folder);
    command.env("PROPTEST_RNG_SEED", "1").env("RUST_BACKTRACE", "0");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    let start = Instant::now();
    let mut child = command.spawn()?;
    let end = wait(&mut child, start, most)?;
    // Whatever the test has started ends with it.
    let group = format!("-{}", child.id());
    let mut kill = Command::new("kill");
    kill.args(["-KILL", "--", &group]).stdout(Stdio::null()).stderr(Stdio::null());
    if end != End::Passed {
        kill.status()?;
        child.wait()?;
    }
    Ok((end, start.elapsed()))
}

fn wait(child: &mut Child, start: Instant, most: Duration) -> io::Result<End> {
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(if status.success() { End::Passed } else { End::Failed });
        }
        if start.elapsed() > most {
            return Ok(End::TimedOut);
        }
        std::thread::sleep(pause);
        pause = (pause * 5 / 4).min(Duration::from_millis(50));
    }
}
