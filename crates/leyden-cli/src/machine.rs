//! What the machine offers.

/// Threads that run at once.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Bytes that a run may use: four fifths of what is free, or 8 GiB where that is not known.
pub(crate) fn memory_limit() -> f64 {
    let free = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?;
        line.split_whitespace().nth(1)?.parse::<f64>().ok()
    });
    free.map_or(8.0 * 1024f64.powi(3), |kib| 0.8 * 1024.0 * kib)
}
