//! The Slurm on which a test of the command runs three nodes: installed where that is easy, else the test is left out.

use std::path::Path;
use std::process::{Command, Stdio};

/// What `sbatch`, `slurmctld` and `slurmd` come from in Debian.
const INSTALL: [&[&str]; 2] =
    [&["apt-get", "update"], &["apt-get", "install", "-y", "--no-install-recommends", "slurm-wlm", "munge"]];

/// Installs it where it is missing, as root on Debian; says what is left out without it. Whether that is an error decides the test.
pub(crate) fn prepare() {
    if starts("sbatch", &["--version"]) {
        return;
    }
    if !(is_root() && Path::new("/etc/debian_version").exists() && starts("apt-get", &["--version"])) {
        eprintln!(
            "xtask: left out: the test on Slurm, which is not installed (Debian: apt-get install slurm-wlm munge)"
        );
        return;
    }
    for step in INSTALL {
        eprintln!("xtask: {}", step.join(" "));
        let mut command = Command::new(step[0]);
        command.args(&step[1..]).env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
        if !command.status().is_ok_and(|status| status.success()) {
            eprintln!("xtask: left out: the test on Slurm, which could not be installed");
            return;
        }
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

/// Whether there is such a command; what it says does not count.
fn starts(command: &str, arguments: &[&str]) -> bool {
    Command::new(command).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}
