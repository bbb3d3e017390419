//! What the machine offers, and what it grants this process.

use std::fs::read_to_string;
use std::path::Path;

/// Share of what is free that a run may use.
const SHARE: f64 = 0.8;
/// Bytes where nothing is known.
const UNKNOWN: f64 = 8.0 * 1024.0 * 1024.0 * 1024.0;

/// Threads that run at once.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Bytes that a run may use: four fifths of the least of what is free on the machine, in the address space of the process (`ulimit -v`),
/// and in its control groups (containers, batch systems).
pub fn memory_limit() -> f64 {
    let text = |path: &str| read_to_string(path).unwrap_or_default();
    let free = kibibytes(&text("/proc/meminfo"), "MemAvailable:");
    let address_space = left_of_addresses(&text("/proc/self/limits"), &text("/proc/self/status"));
    let groups = text("/proc/self/cgroup");
    let groups = groups.lines().filter_map(|line| in_group(line, Path::new("/sys/fs/cgroup")));
    let least = free.into_iter().chain(address_space).chain(groups).fold(f64::INFINITY, f64::min);
    if least.is_finite() { SHARE * least.max(0.0) } else { UNKNOWN }
}

/// Bytes behind a name in a table that counts in kB.
fn kibibytes(table: &str, name: &str) -> Option<f64> {
    field(table, name).map(|kib| 1024.0 * kib)
}

/// Bytes of the address space that are not in use, where there is a limit.
fn left_of_addresses(limits: &str, status: &str) -> Option<f64> {
    let used = kibibytes(status, "VmSize:").unwrap_or(0.0);
    field(limits, "Max address space").map(|most| most - used)
}

/// The number behind a name in one of the tables of the kernel; `None` where it says "unlimited".
fn field(table: &str, name: &str) -> Option<f64> {
    let line = table.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// What is left in a control group, given by a line of /proc/self/cgroup, and in all above it; in the first and the second version of
/// their file system, mounted at `mount`.
fn in_group(line: &str, mount: &Path) -> Option<f64> {
    let mut parts = line.splitn(3, ':');
    let (_, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
    let (mount, names) = match controllers {
        "" => (mount.to_path_buf(), ["memory.max", "memory.current"]),
        _ if controllers.split(',').any(|name| name == "memory") => {
            (mount.join("memory"), ["memory.limit_in_bytes", "memory.usage_in_bytes"])
        }
        _ => return None,
    };
    let own = mount.join(path.trim_start_matches('/'));
    let left = own.ancestors().take_while(|folder| folder.starts_with(&mount)).filter_map(|folder| {
        let [most, used] = names.map(|name| read_to_string(folder.join(name)).ok());
        let number = |text: Option<String>| text?.trim().parse::<f64>().ok();
        Some(number(most)? - number(used)?)
    });
    left.reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_the_kernel_are_read() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \nMax address space         2000000000           unlimited            bytes     \n";
        assert_eq!(field(limits, "Max address space"), Some(2e9));
        let unlimited = limits.replace("2000000000", "unlimited");
        assert_eq!(field(&unlimited, "Max address space"), None);
        assert_eq!(kibibytes("MemFree: 1 kB\nMemAvailable:   12 kB\n", "MemAvailable:"), Some(12288.0));
        assert_eq!(left_of_addresses(limits, "VmPeak: 9 kB\nVmSize:\t 1000 kB\n"), Some(2e9 - 1_024_000.0));
        assert_eq!(left_of_addresses(limits, ""), Some(2e9));
        assert_eq!(left_of_addresses(&unlimited, ""), None);
    }

    #[test]
    fn the_tightest_group_counts() {
        let mount = tempfile::tempdir().unwrap();
        let write = |folder: &str, name: &str, text: &str| {
            std::fs::create_dir_all(mount.path().join(folder)).unwrap();
            std::fs::write(mount.path().join(folder).join(name), text).unwrap();
        };
        // The second version: the group above is tighter; the root has no limit.
        write("batch", "memory.max", "1000\n");
        write("batch", "memory.current", "400\n");
        write("batch/job", "memory.max", "5000\n");
        write("batch/job", "memory.current", "300\n");
        write("batch/free", "memory.max", "max\n");
        write("batch/free", "memory.current", "100\n");
        assert_eq!(in_group("0::/batch/job", mount.path()), Some(600.0));
        assert_eq!(in_group("0::/batch/free", mount.path()), Some(600.0));
        assert_eq!(in_group("0::/elsewhere", mount.path()), None);
        // The first version.
        write("memory/job", "memory.limit_in_bytes", "700\n");
        write("memory/job", "memory.usage_in_bytes", "50\n");
        assert_eq!(in_group("4:cpu,memory:/job", mount.path()), Some(650.0));
        assert_eq!(in_group("5:cpu:/job", mount.path()), None);
    }

    #[test]
    fn there_is_a_limit() {
        let limit = memory_limit();
        assert!(limit > 1e6 && limit < 1e15, "{limit}");
    }
}
