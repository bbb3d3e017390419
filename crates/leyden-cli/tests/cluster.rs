//! `leyden submit` and `leyden status` without Slurm: stand-ins for its commands write down what they are asked.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

const MAP: &str = "title = \"Map\"\n[drive]\namplitude = 0.5\n[sweep]\n\
                   \"charger.dephasing\" = { from = 0.01, to = 100.0, points = 20, spacing = \"log\" }\n";
const FAILS: &str = "title = \"Fails\"\n[charger]\nkind = \"oscillator\"\n[initial]\ncharger = { coherent = 1.0 }\n\
                     [sweep]\n\"charger.cutoff\" = [30, 2, 20, 21, 22, 3]\n";

/// Numbers jobs from 11 on, and writes down its arguments.
const SBATCH: &str = "#!/bin/sh\nd=$(dirname \"$0\")\n[ -e \"$d/refuses\" ] && { echo 'sbatch: error: no such partition' >&2; exit 1; }\n\
                      echo \"$@\" >> \"$d/submitted\"\necho $((10 + $(wc -l < \"$d/submitted\")))\n";
/// Writes down its arguments.
const SCANCEL: &str = "#!/bin/sh\necho \"$@\" >> \"$(dirname \"$0\")/cancelled\"\n";
/// Says what stands in a file.
const SQUEUE: &str = "#!/bin/sh\nd=$(dirname \"$0\")\necho \"$@\" >> \"$d/asked\"\ncat \"$d/queue\" 2>&1 || { \
                      echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1; }\n";

/// A folder with a scenario, and the stand-ins in `bin`.
struct Cluster(TempDir);

impl Cluster {
    fn new(scenario: &str) -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        fs::write(folder.path().join("map.toml"), scenario).unwrap();
        for (name, text) in [("sbatch", SBATCH), ("squeue", SQUEUE), ("scancel", SCANCEL)] {
            let path = folder.path().join("bin").join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Cluster(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_leyden"));
        let path = format!("{}:{}", self.path().join("bin").display(), std::env::var("PATH").unwrap());
        command.args(arguments).current_dir(self.path()).env("PATH", path);
        command
    }

    fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The exit code with what was said.
    fn said(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.output(arguments);
        let both = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(both).unwrap())
    }

    fn good(&self, arguments: &[&str]) -> String {
        let (code, text) = self.said(arguments);
        assert_eq!(code, 0, "{arguments:?}: {text}");
        text
    }

    fn submit(&self, more: &[&str]) -> (i32, String) {
        self.said(&[&["submit", "map.toml", "--out", "map", "--time", "1:00:00"], more].concat())
    }

    fn status(&self) -> Value {
        serde_json::from_slice(&self.output(&["status", "map", "--json"]).stdout).unwrap()
    }

    /// The calls of sbatch, without the name of the script.
    fn submitted(&self) -> Vec<String> {
        let all = fs::read_to_string(self.path().join("bin/submitted")).unwrap_or_default();
        let script = format!(" {}/map/slurm/submit.sh", self.path().display());
        all.lines().map(|line| line.replace(&script, "")).collect()
    }

    fn array(&self) -> String {
        let script = fs::read_to_string(self.path().join("map/slurm/submit.sh")).unwrap();
        let line = script.lines().find_map(|line| line.strip_prefix("#SBATCH --array="));
        line.unwrap().to_string()
    }

    fn queue(&self, text: &str) {
        fs::write(self.path().join("bin/queue"), text).unwrap();
    }
}

#[test]
fn a_dry_run_prints_the_script_and_writes_nothing() {
    let cluster = Cluster::new(MAP);
    let arguments = [
        &["submit", "map.toml", "--scheduler", "slurm", "--tasks", "8", "--set", "drive.amplitude=0.7"][..],
        &["--time", "2:00:00", "--partition", "short", "--account", "physics", "--out", "a b/map"],
        &["--dry-run"],
    ]
    .concat();
    let script = cluster.good(&arguments);
    let here = cluster.path().to_str().unwrap();
    let leyden = env!("CARGO_BIN_EXE_leyden");
    let script = script.replace(leyden, "/bin/leyden").replace(here, "/home/me");
    let golden = include_str!("slurm/submit.sh");
    assert!(script == golden, "tests/slurm/submit.sh should be:\n{script}");
    let names = fs::read_dir(cluster.path()).unwrap().count();
    assert!(names == 2 && cluster.submitted().is_empty(), "{names} files");
    // Only what is missing: after the first of eight shards the others.
    cluster.good(&["run", "map.toml", "--out", "map", "--shard", "1/8"]);
    let (_, script) = cluster.submit(&["--tasks", "8", "--dry-run"]);
    assert!(script.contains("#SBATCH --array=2-8\n"), "{script}");
    // Without a time it is estimated, from points that are measured.
    let script = cluster.good(&["submit", "map.toml", "--tasks", "8", "--dry-run"]);
    assert!(script.contains("#SBATCH --time=00:10:00\n#SBATCH --requeue"), "{script}");
    // The text that the script carries is the one that is kept.
    for text in [MAP.to_string(), MAP.trim_end().to_string(), format!("{MAP}# SCENARIO\n")] {
        fs::write(cluster.path().join("other.toml"), &text).unwrap();
        let script = cluster.good(&["submit", "other.toml", "--tasks", "2", "--out", "other", "--dry-run"]);
        fs::write(cluster.path().join("by-hand.sh"), script).unwrap();
        let bash = |path: &str| {
            let mut command = Command::new("bash");
            let status = command.arg("by-hand.sh").current_dir(cluster.path()).env("PATH", path).status();
            assert!(status.unwrap().success());
        };
        bash(&format!("{here}/bin:{}", std::env::var("PATH").unwrap()));
        assert_eq!(fs::read_to_string(cluster.path().join("other/scenario.toml")).unwrap(), text);
        fs::remove_dir_all(cluster.path().join("other")).unwrap();
    }
    let merge = "--dependency=afterany:11 --array=0 --time=00:30:00 --mem=1G by-hand.sh";
    assert_eq!(cluster.submitted()[..2], ["--parsable by-hand.sh", merge]);
}

#[test]
fn what_is_in_the_queue_or_there_is_not_submitted_again() {
    let cluster = Cluster::new(MAP);
    let (code, said) = cluster.submit(&["--tasks", "4", "--set", "drive.amplitude=0.7"]);
    assert!(
        code == 0 && said.contains("shards 1-4 of 4, 20 points: job 11, then the merge: job 12"),
        "{said}"
    );
    let array = "--parsable".to_string();
    let merge = |arrays: &str| format!("--parsable --dependency=afterany:{arrays} --array=0 --mem=1G");
    assert_eq!(cluster.submitted(), [array.clone(), merge("11")]);
    // The scenario is kept with what was set, and the same command fits.
    let kept = fs::read_to_string(cluster.path().join("map/scenario.toml")).unwrap();
    assert!(kept.contains("amplitude = 0.7"), "{kept}");
    assert_eq!(cluster.submit(&["--tasks", "4"]).0, 2);
    fs::copy(cluster.path().join("map/scenario.toml"), cluster.path().join("map.toml")).unwrap();

    // Everything waits.
    cluster.queue("11_1 PENDING\n11_2 PENDING\n11_3 PENDING\n11_4 PENDING\n12_0 PENDING\n");
    let (code, said) = cluster.submit(&["--tasks", "4"]);
    assert!(code == 0 && said.contains("4 shards are in the queue already (job 11)"), "{said}");
    assert_eq!(cluster.status()["shards"], json!({ "done": 0, "failed": 0, "running": 0, "waiting": 4 }));
    let (code, said) = cluster.submit(&["--tasks", "5"]);
    assert!(code == 2 && said.contains("in 4 shards") && said.contains("scancel 11"), "{said}");
    let asked = fs::read_to_string(cluster.path().join("bin/asked")).unwrap();
    assert!(asked.lines().all(|line| line == "--noheader --array --format=%i %T --jobs=11,12"), "{asked}");

    // One is done, one runs, one ended without its points, one is ending.
    cluster.good(&["run", "map.toml", "--out", "map", "--shard", "1/4"]);
    fs::write(cluster.path().join("map/slurm/11_3.log"), "first\nslurmstepd: error: out of memory\n\n")
        .unwrap();
    cluster.queue("11_1 COMPLETING\n11_2 RUNNING\n11_4 COMPLETING\n12_0 PENDING\n");
    assert_eq!(cluster.status()["shards"], json!({ "done": 1, "failed": 2, "running": 1, "waiting": 0 }));
    let (code, said) = cluster.said(&["status", "map"]);
    for part in [
        "points          6 of 20 done, 0 failed, 14 missing\n",
        "shards          4: 1 done, 2 failed, 1 running, 0 waiting\n",
        "shard 1/4       6 of 6 points, done\n",
        "shard 2/4       0 of 6 points, running: job 11_2\n",
        "shard 3/4       0 of 4 points, failed: job 11_3 ended with \"slurmstepd: error: out of memory\"\n",
        "next            the same leyden submit again submits what is missing\n",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert_eq!(code, 1);
    let (code, said) = cluster.submit(&["--tasks", "4"]);
    assert!(
        code == 0 && said.contains("shards 3-4 of 4, 8 points: job 13, then the merge: job 14"),
        "{said}"
    );
    // The old merge would come too early.
    assert_eq!(fs::read_to_string(cluster.path().join("bin/cancelled")).unwrap(), "12\n");
    assert_eq!((cluster.array().as_str(), &cluster.submitted()[2..]), ("3-4", &[array, merge("11:13")][..]));

    // Slurm has forgotten them, and they did nothing: another number of shards takes over.
    fs::remove_file(cluster.path().join("bin/queue")).unwrap();
    let (code, said) = cluster.submit(&["--tasks", "3"]);
    assert!(code == 0 && said.contains("shards 1-3 of 3, 14 points: job 15"), "{said}");

    // All is there.
    cluster.good(&["run", "map.toml", "--out", "map"]);
    let calls = cluster.submitted().len();
    for more in [&["--tasks", "3"][..], &["--tasks", "7"], &["--tasks", "3", "--dry-run"]] {
        let (code, said) = cluster.submit(more);
        assert!(code == 0 && said == "map: all points are there, nothing to submit\n", "{said}");
    }
    assert_eq!(cluster.submitted().len(), calls);
    assert_eq!(cluster.good(&["merge", "map"]), "map: 20 of 20 points done\n");
}

#[test]
fn what_cannot_be_submitted_is_refused() {
    let cluster = Cluster::new(MAP);
    for (arguments, expected) in [
        (&["submit", "map.toml"][..], "--tasks <N>"),
        (&["submit", "map.toml", "--tasks", "0"], "0 is not in 1.."),
        (&["submit", "map.toml", "--tasks", "2", "--scheduler", "lsf"], "[possible values: slurm]"),
        (&["submit", "--tasks", "2"], "leyden submit is for a sweep, and this scenario has no [sweep]"),
        (&["submit", "nothing.toml", "--tasks", "2"], "there is no such file"),
        (&["status", "nowhere"], "nowhere is not a result folder"),
    ] {
        let (code, said) = cluster.said(arguments);
        assert!(code == 2 && said.contains(expected), "{arguments:?}: {said}");
    }
    cluster.good(&["run", "--out", "single"]);
    let (code, said) = cluster.said(&["status", "single"]);
    assert!(code == 2 && said.contains("single holds a single run, which is finished"), "{said}");
    assert_eq!(cluster.said(&["submit", "map.toml", "--tasks", "2", "--out", "single"]).0, 2);
    // What Slurm says is told, and no job is remembered.
    fs::write(cluster.path().join("bin/refuses"), "").unwrap();
    let (code, said) = cluster.submit(&["--tasks", "2"]);
    assert!(
        code == 2 && said.contains("sbatch ended with exit status: 1: sbatch: error: no such part"),
        "{said}"
    );
    assert!(!cluster.path().join("map/slurm/jobs.json").exists());
    // Without Slurm.
    for name in ["sbatch", "squeue"] {
        fs::remove_file(cluster.path().join("bin").join(name)).unwrap();
    }
    let mut command = cluster.command(&["submit", "map.toml", "--out", "map", "--tasks", "2"]);
    let output = command.env("PATH", cluster.path().join("bin")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("there is no sbatch here; run this"), "{said}");
    let mut command = cluster.command(&["status", "map"]);
    let output = command.env("PATH", cluster.path().join("bin")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::write(cluster.path().join("map/slurm/jobs.json"), "[{}]").unwrap();
    assert!(cluster.said(&["status", "map"]).1.contains("jobs.json is not what was written there"));
}

/// A folder that somebody writes without Slurm.
#[test]
fn a_sweep_is_seen_while_it_runs_and_its_writer_is_named() {
    let slow = "title = \"Slow\"\nbattery.cells = 60\n[drive]\namplitude = 0.5\n[sweep]\n\
                \"charger.dephasing\" = { from = 0.1, to = 9.0, points = 4000 }\n";
    let cluster = Cluster::new(slow);
    let mut command =
        cluster.command(&["run", "map.toml", "--out", "map", "--threads", "1", "--shard", "2/3"]);
    command.env("SLURM_JOB_ID", "99").env("SLURMD_NODENAME", "far");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut seen = json!(null);
    for _ in 0..200 {
        std::thread::sleep(Duration::from_millis(50));
        if cluster.path().join("map/zarr.json").exists() {
            seen = cluster.status();
            if seen["rate"].is_f64() {
                break;
            }
        }
    }
    let (_, said) = cluster.said(&["status", "map"]);
    let refused = cluster.submit(&["--tasks", "2"]);
    let also = cluster.submit(&["--tasks", "3"]);
    let run = cluster.said(&["run", "map.toml", "--out", "map", "--shard", "2/3"]);
    child.kill().unwrap();
    child.wait().unwrap();
    let process = child.id();
    assert!(seen["rate"].as_f64().unwrap() > 0.0 && seen["seconds_left"].as_f64().unwrap() > 0.0, "{seen}");
    assert_eq!(seen["shards"], json!({ "done": 0, "failed": 0, "running": 1, "waiting": 2 }));
    let holder = &seen["list"][1]["holder"];
    assert_eq!(
        (&holder["host"], &holder["process"], &holder["job"]),
        (&json!("far"), &json!(process), &json!("99"))
    );
    let named = format!("process {process} on far (Slurm job 99) since ");
    for part in ["points, running: ", "shard 1/3", "1 running, 2 waiting", " left\n", &named] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let cure = "if far is dead and its lock stays, remove map/shard-2-of-3.lock";
    for (code, said) in [refused, also, run] {
        assert!(code == 2 && said.contains(&named) && said.contains(cure), "{said}");
    }
    // A dead process leaves its lock file, which is free.
    assert!(cluster.path().join("map/shard-2-of-3.lock").exists());
    let after = cluster.status();
    let done = |status: &Value| status["points"]["done"].as_u64().unwrap();
    assert!(done(&after) >= done(&seen) && after["rate"].is_null() && after["list"][1]["holder"].is_null());
    let (code, said) = cluster.said(&["status", "map"]);
    assert!(code == 0 && said.contains("leyden run map/scenario.toml --out map goes on"), "{said}");
    let (code, said) = cluster.submit(&["--tasks", "2"]);
    assert!(code == 0 && said.contains("shards 1-2 of 2"), "{said}");
}

/// A lock that a dead node holds: here another process holds it in the name of a job that is over.
#[test]
fn a_lock_of_a_job_that_is_over_is_told() {
    let cluster = Cluster::new(MAP);
    assert_eq!(cluster.submit(&["--tasks", "2"]).0, 0);
    let lock = cluster.path().join("map/shard-1-of-2.lock");
    let holder = json!({ "host": "far", "process": 7, "job": "11_1", "since": 0, "points": 0 });
    fs::write(&lock, holder.to_string()).unwrap();
    let held = fs::File::open(&lock).unwrap();
    held.lock().unwrap();
    let stuck = |cluster: &Cluster| {
        let status = cluster.status();
        (status["list"][0]["state"].clone(), status["list"][0]["stuck"].clone())
    };
    cluster.queue("11_1 RUNNING\n11_2 PENDING\n");
    assert_eq!(stuck(&cluster), (json!("running"), json!(false)));
    cluster.queue("11_1 PENDING\n11_2 PENDING\n");
    assert_eq!(stuck(&cluster), (json!("waiting"), json!(true)));
    cluster.queue("11_2 PENDING\n");
    assert_eq!(stuck(&cluster), (json!("failed"), json!(true)));
    let (code, said) = cluster.said(&["status", "map"]);
    let told = "locked by process 7 on far (Slurm job 11_1) since 1970-01-01 00:00 UTC, which Slurm does not run: if it is dead \
                and the lock stays, remove map/shard-1-of-2.lock";
    assert!(code == 1 && said.contains(told), "{said}");
    let (code, said) = cluster.submit(&["--tasks", "2"]);
    assert!(code == 2 && said.contains("remove map/shard-1-of-2.lock"), "{said}");
    // The cure.
    fs::remove_file(&lock).unwrap();
    assert_eq!(cluster.submit(&["--tasks", "2"]).0, 0);
    assert_eq!(cluster.array(), "1");
    cluster.good(&["run", "map/scenario.toml", "--out", "map", "--shard", "1/2"]);
    drop(held);
}

/// Whoever runs a shard without Slurm is not asked for in its queue.
#[test]
fn a_writer_without_a_job_runs() {
    let cluster = Cluster::new(MAP);
    cluster.good(&["run", "map.toml", "--out", "map", "--shard", "1/2"]);
    let lock = cluster.path().join("map/shard-2-of-2.lock");
    let holder = json!({ "host": "desk", "process": 7, "job": null, "since": 0, "points": 0 });
    fs::write(&lock, holder.to_string()).unwrap();
    let held = fs::File::open(&lock).unwrap();
    held.lock().unwrap();
    let status = cluster.status();
    assert_eq!(status["shards"], json!({ "done": 1, "failed": 0, "running": 1, "waiting": 0 }));
    assert_eq!((&status["list"][1]["stuck"], &status["rate"]), (&json!(false), &json!(null)), "{status}");
}

#[test]
fn points_that_failed_are_counted_and_their_shards_are_done() {
    let cluster = Cluster::new(FAILS);
    assert_eq!(cluster.said(&["run", "map.toml", "--out", "map"]).0, 1);
    let (code, said) = cluster.said(&["status", "map"]);
    assert!(code == 1 && said.contains("points          4 of 6 done, 2 failed, 0 missing\n"), "{said}");
    assert!(said.contains("shards          1: 1 done, 0 failed, 0 running, 0 waiting\n"), "{said}");
    let (code, said) = cluster.submit(&["--tasks", "2"]);
    assert!(code == 0 && said.contains("nothing to submit"), "{said}");
}

/// Of many shards only those with which something is wrong have a line, and those without points none.
#[test]
fn many_shards_are_a_number() {
    let cluster = Cluster::new(MAP);
    let (_, said) = cluster.submit(&["--tasks", "30"]);
    assert!(said.contains("shards 1-10 of 30") && said.contains("the sweep has 10 chunks, so"), "{said}");
    cluster.queue(&(1..=9).map(|task| format!("11_{task} PENDING\n")).collect::<String>());
    let (code, said) = cluster.said(&["status", "map"]);
    assert!(
        code == 1 && said.contains("shards          10: 0 done, 1 failed, 0 running, 9 waiting\n"),
        "{said}"
    );
    assert!(said.contains("shard 10/30     0 of 2 points, failed: job 11_10\n"), "{said}");
    assert_eq!(said.matches("\nshard ").count(), 1, "{said}");
}
