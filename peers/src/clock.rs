//! CPU time of this process, which other processes do not lengthen as they do the time on the wall.

/// Seconds of CPU time that all threads of this process have used.
#[cfg(unix)]
pub(crate) fn cpu_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes one `timespec`, to which this is the only reference.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert!(failed == 0, "the kernel tells no CPU time");
    time.tv_sec as f64 + 1e-9 * time.tv_nsec as f64
}

/// Seconds on the wall, where the system has no such clock.
#[cfg(not(unix))]
pub(crate) fn cpu_seconds() -> f64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64()
}
