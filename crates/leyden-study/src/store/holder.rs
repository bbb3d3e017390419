//! Who holds a lock: written into its file, so that others can name the holder.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

/// A process that holds a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Name of its machine; in a job of Slurm that of the node.
    pub host: String,
    /// Number of the process there.
    pub process: u32,
    /// Job of Slurm, with its task in an array: "17_3".
    pub job: Option<String>,
    /// Since when, in seconds since 1970 by the clock of its machine.
    pub since: u64,
    /// Points of its shard that were there when it began.
    pub points: Option<usize>,
}

impl Holder {
    /// This process, from now on.
    pub(super) fn here() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Holder {
            host: host(),
            process: std::process::id(),
            job: job(),
            since: now.map_or(0, |now| now.as_secs()),
            points: None,
        }
    }

    /// Whether it runs on this machine, where the death of a process always gives its locks back.
    pub(super) fn is_here(&self) -> bool {
        self.host == host()
    }

    pub(super) fn to_text(&self) -> String {
        let Holder { host, process, job, since, points } = self;
        json!({ "host": host, "process": process, "job": job, "since": since, "points": points }).to_string()
    }

    /// The holder that a lock file names; none where it names nobody.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        Some(Holder {
            host: value["host"].as_str()?.into(),
            process: value["process"].as_u64()?.try_into().ok()?,
            job: value["job"].as_str().map(String::from),
            since: value["since"].as_u64()?,
            points: value["points"].as_u64().map(|points| points as usize),
        })
    }
}

/// "process 4711 on n2 (Slurm job 17_3) since 2026-05-17 12:30 UTC".
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {}", self.process, self.host)?;
        if let Some(job) = &self.job {
            write!(f, " (Slurm job {job})")?;
        }
        write!(f, " since {}", utc(self.since))
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn host() -> String {
    // Nodes may be several on one machine, and what people look for is the name that Slurm uses.
    let kernel = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = variable("SLURMD_NODENAME").or_else(kernel);
    let name = name.or_else(|| variable("HOSTNAME")).or_else(|| variable("COMPUTERNAME"));
    name.map_or_else(|| "this machine".into(), |name| name.trim().into())
}

fn job() -> Option<String> {
    let array = || Some(format!("{}_{}", variable("SLURM_ARRAY_JOB_ID")?, variable("SLURM_ARRAY_TASK_ID")?));
    array().or_else(|| variable("SLURM_JOB_ID"))
}

/// "2026-05-17 12:30 UTC" of seconds since 1970.
fn utc(seconds: u64) -> String {
    // Days since 1 March of the year 0, in eras of 400 years: H. Hinnant, "chrono-compatible low-level date algorithms", civil_from_days.
    let days = seconds / 86400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = year + 400 * era + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", seconds / 3600 % 24, seconds / 60 % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_dates() {
        for (seconds, expected) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_399, "2000-02-28 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (951_868_800, "2000-03-01 00:00 UTC"),
            (1_704_067_199, "2023-12-31 23:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ] {
            assert_eq!(utc(seconds), expected);
        }
    }

    #[test]
    fn holders_are_read_as_they_are_written() {
        let job = Some("17_3".to_string());
        let holder = Holder { host: "n2".into(), process: 4711, job, since: 951_782_400, points: Some(12) };
        assert_eq!(Holder::parse(&holder.to_text()), Some(holder.clone()));
        assert_eq!(holder.to_string(), "process 4711 on n2 (Slurm job 17_3) since 2000-02-29 00:00 UTC");
        let plain = Holder { job: None, points: None, ..holder };
        assert_eq!(Holder::parse(&plain.to_text()), Some(plain.clone()));
        assert_eq!(plain.to_string(), "process 4711 on n2 since 2000-02-29 00:00 UTC");
        for text in ["", "{}", "{\"host\":\"n2\"", "{\"host\":\"n2\",\"process\":-1,\"since\":0}"] {
            assert_eq!(Holder::parse(text), None, "{text}");
        }
        assert!(Holder::here().is_here() && !plain.is_here());
    }
}
