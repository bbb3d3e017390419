//! `leyden submit` on a real Slurm of three nodes on this machine, one of which is killed in the middle.
//!
//! Needs `sbatch`, `slurmctld` and `slurmd` (Debian: slurm-wlm). Where they are missing, or their daemons do not start, the test is
//! left out and says so; with LEYDEN_NOTHING_LEFT_OUT set that is a failure.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Eight points for each of four shards, a quarter of a second each.
const SWEEP: &str = "title = \"Nodes\"\ncharger.relaxation = 1.0\nbattery.cells = 20\ntime = { end = 5.0, points = 11 }\n\
                     [sweep]\n\"drive.amplitude\" = { from = 0.1, to = 0.5, points = 32 }\n";
const SMALL: &str = "title = \"Map\"\ndrive.amplitude = 0.5\n\
                     [sweep]\n\"charger.dephasing\" = { from = 0.1, to = 10.0, points = 40, spacing = \"log\" }\n";

/// A Slurm of the present user; all of its state is in one folder.
struct Slurm {
    folder: TempDir,
    path: String,
    daemons: Vec<Child>,
}

impl Slurm {
    /// Three nodes of two cores; or why there are none.
    fn start() -> Result<Self, String> {
        let path = format!("{}:/usr/local/sbin:/usr/sbin:/sbin", std::env::var("PATH").unwrap());
        for command in ["sbatch", "slurmctld", "slurmd"] {
            if !std::env::split_paths(&path).any(|folder| folder.join(command).is_file()) {
                return Err(format!("there is no {command} here"));
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let text = |command: &[&str]| -> String {
            let output = Command::new(command[0]).args(&command[1..]).output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().into()
        };
        let (host, user, here) = (text(&["hostname", "-s"]), text(&["id", "-un"]), folder.path().display());
        // Kept until all are known, so that they differ.
        let listeners = [(); 4].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [port, nodes @ ..] = listeners.each_ref().map(|port| port.local_addr().unwrap().port());
        let nodes: String = (1..)
            .zip(nodes)
            .map(|(i, port)| {
                format!(
                    "NodeName=n{i} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=2 RealMemory=4000\n"
                )
            })
            .collect();
        drop(listeners);
        // A node that does not answer for 2 s is down, and its tasks start again 5 s later.
        let configuration = format!(
            "ClusterName=leyden\nSlurmctldHost={host}(127.0.0.1)\nSlurmctldPort={port}\nSlurmUser={user}\nSlurmdUser={user}\n\
             AuthType=auth/none\nCredType=cred/none\nAuthInfo=cred_expire=5\nStateSaveLocation={here}/state\n\
             SlurmdSpoolDir={here}/spool/%n\nSlurmctldPidFile={here}/slurmctld.pid\nSlurmdPidFile={here}/%n.pid\n\
             SlurmctldLogFile={here}/slurmctld.log\nSlurmdLogFile={here}/%n.log\nProctrackType=proctrack/linuxproc\n\
             TaskPlugin=task/none\nJobAcctGatherType=jobacct_gather/none\nAccountingStorageType=accounting_storage/none\n\
             JobCompType=jobcomp/filetxt\nJobCompLoc={here}/ended\nMpiDefault=none\nSelectType=select/cons_tres\n\
             SelectTypeParameters=CR_Core_Memory\nReturnToService=2\nSlurmdTimeout=2\nMessageTimeout=2\nKillWait=1\n\
             SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=1,sched_interval=1\n\
             SlurmdParameters=config_overrides\nMinJobAge=3600\n{nodes}\
             PartitionName=all Nodes=n1,n2,n3 Default=YES MaxTime=INFINITE State=UP\n"
        );
        for (name, text) in
            [("slurm.conf", configuration.as_str()), ("cgroup.conf", "CgroupPlugin=cgroup/v1\n")]
        {
            fs::write(folder.path().join(name), text).unwrap();
        }
        for name in ["state", "spool"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let mut slurm = Slurm { folder, path, daemons: Vec::new() };
        let conf = slurm.folder.path().join("slurm.conf");
        let conf = conf.to_str().unwrap();
        for daemon in [
            &["slurmctld", "-D", "-f", conf][..],
            &["slurmd", "-D", "-N", "n1", "-f", conf],
            &["slurmd", "-D", "-N", "n2", "-f", conf],
            &["slurmd", "-D", "-N", "n3", "-f", conf],
        ] {
            let mut command = slurm.command(daemon[0]);
            command.args(&daemon[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            slurm.daemons.push(command.spawn().map_err(|error| format!("{}: {error}", daemon[0]))?);
        }
        let idle = || slurm.text("sinfo", &["-h", "-N", "-o", "%t"]).lines().filter(|l| *l == "idle").count();
        match within(15.0, || idle() == 3) {
            true => Ok(slurm),
            false => Err(format!("its nodes do not start: {}", slurm.text("sinfo", &["-R"]))),
        }
    }

    fn command(&self, name: &str) -> Command {
        let found =
            std::env::split_paths(&self.path).map(|folder| folder.join(name)).find(|path| path.is_file());
        let mut command = Command::new(found.unwrap_or_else(|| name.into()));
        command.env("SLURM_CONF", self.folder.path().join("slurm.conf"));
        command.current_dir(self.folder.path());
        command
    }

    fn text(&self, name: &str, arguments: &[&str]) -> String {
        let output = self.command(name).args(arguments).output().unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    }

    fn leyden(&self, arguments: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_leyden")).args(arguments).output().unwrap()
    }

    fn good(&self, arguments: &[&str]) -> String {
        let output = self.leyden(arguments);
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.success(), "{arguments:?}: {said}");
        said
    }

    fn status(&self, folder: &str) -> Value {
        serde_json::from_slice(&self.leyden(&["status", folder, "--json"]).stdout).unwrap()
    }

    fn queue(&self) -> String {
        self.text("squeue", &["-h", "-r", "-o", "%i %T %N"])
    }

    /// Waits for the end of all jobs.
    fn wait(&self) {
        assert!(within(60.0, || self.queue().is_empty()), "{}", self.queue());
    }

    /// Kills a node with all that runs there, as a loss of its power does; what ran.
    fn kill(&mut self, node: usize) -> usize {
        let name = format!("SLURMD_NODENAME=n{node}");
        let conf = format!("SLURM_CONF={}", self.folder.path().join("slurm.conf").display());
        let mut killed = 0;
        self.daemons[node].kill().unwrap();
        self.daemons[node].wait().unwrap();
        for process in fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path()) {
            let environment = fs::read(process.join("environ")).unwrap_or_default();
            let has = |variable: &str| environment.split(|byte| *byte == 0).any(|v| v == variable.as_bytes());
            if has(&name) && has(&conf) {
                // The process, and the step of Slurm that would report its end.
                let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
                let parent = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1));
                let step = Path::new("/proc").join(parent.unwrap_or("none")).join("cmdline");
                if fs::read(step).is_ok_and(|line| line.starts_with(b"slurmstepd")) {
                    kill(parent.unwrap());
                }
                kill(process.file_name().unwrap().to_str().unwrap());
                killed += 1;
            }
        }
        killed
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        // Steps end with their jobs.
        self.text("scancel", &["--partition=all"]);
        within(5.0, || self.queue().is_empty());
        self.text("scontrol", &["shutdown"]);
        for daemon in &mut self.daemons {
            within(3.0, || daemon.try_wait().is_ok_and(|ended| ended.is_some()));
            // Ended already is as good.
            let _ = daemon.kill().and_then(|()| daemon.wait().map(drop));
        }
    }
}

fn kill(process: &str) {
    Command::new("kill").args(["-9", process]).status().unwrap();
}

/// Whether it holds within so many seconds.
fn within(seconds: f64, mut holds: impl FnMut() -> bool) -> bool {
    let begin = Instant::now();
    while begin.elapsed().as_secs_f64() < seconds {
        if holds() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    false
}

/// Every file of a result folder with its bytes, without script and logs.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut all, mut folders) = (BTreeMap::new(), vec![folder.to_path_buf()]);
    while let Some(next) = folders.pop() {
        for path in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            match path.is_dir() {
                true if path.ends_with("slurm") => {}
                true => folders.push(path),
                false => {
                    drop(all.insert(path.strip_prefix(folder).unwrap().into(), fs::read(&path).unwrap()))
                }
            }
        }
    }
    all
}

fn same(a: &Path, b: &Path) {
    let (a, b) = (tree(a), tree(b));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    assert!(a.iter().all(|(name, bytes)| bytes == &b[name]));
}

fn array(slurm: &Slurm, folder: &str) -> String {
    let script = fs::read_to_string(slurm.folder.path().join(folder).join("slurm/submit.sh")).unwrap();
    script.lines().find_map(|line| line.strip_prefix("#SBATCH --array=")).unwrap().to_string()
}

#[test]
fn a_sweep_outlives_a_node_and_only_what_is_missing_is_submitted_again() {
    let mut slurm = match Slurm::start() {
        Ok(slurm) => slurm,
        Err(why) if std::env::var_os("LEYDEN_NOTHING_LEFT_OUT").is_none() => {
            // Past the harness, which keeps what a good test prints.
            let _ = writeln!(std::io::stderr(), "left out: the test on Slurm, since {why}");
            return;
        }
        Err(why) => panic!("the test on Slurm cannot be left out, but {why}"),
    };
    let here = slurm.folder.path().to_path_buf();
    fs::write(here.join("sweep.toml"), SWEEP).unwrap();
    fs::write(here.join("small.toml"), SMALL).unwrap();
    a_node_dies(&mut slurm, &here);
    a_task_is_cancelled(&slurm, &here);
    a_script_is_submitted_by_hand(&slurm, &here);
}

fn a_node_dies(slurm: &mut Slurm, here: &Path) {
    // A name with a space and a sign that Slurm replaces.
    let (out, set) = ("on %A nodes", ["--set", "drive.frequency=1.0"]);
    let submit = ["submit", "sweep.toml", "--tasks", "4", "--time", "10", "--out", out];
    let submit = [&submit[..], &set].concat();
    let said = slurm.good(&submit);
    assert!(said.contains("shards 1-4 of 4, 32 points"), "{said}");
    let computing = || {
        let status = slurm.status(out);
        let begun = |i: usize| status["list"][i]["done"].as_u64().unwrap() > 0;
        begun(0) && begun(1) && status["shards"]["running"] == 4
    };
    assert!(within(15.0, computing), "{}{}", slurm.queue(), slurm.status(out));
    let queue = slurm.queue();
    assert_eq!(queue.lines().filter(|line| line.ends_with("RUNNING n1")).count(), 2, "{queue}");
    let holder = slurm.status(out)["list"][0]["holder"].clone();
    assert_eq!((holder["host"].as_str(), holder["job"].as_str()), (Some("n1"), Some("1_1")));
    let again = slurm.good(&submit);
    assert!(again.contains("nothing to submit, 4 shards are in the queue already (job 1)"), "{again}");
    // The daemons log what they do; the first two shards are on n1.
    assert!(slurm.kill(1) >= 2);
    // Locally meanwhile, with two threads.
    let mut local = slurm.command(env!("CARGO_BIN_EXE_leyden"));
    local.args(["run", "sweep.toml", "--out", "local", "--threads", "2", "-q"]).args(set);
    let mut local = local.spawn().unwrap();
    let requeued = || slurm.status(out)["shards"]["waiting"] == 2;
    assert!(within(20.0, requeued), "{}", slurm.queue());
    slurm.wait();
    assert!(local.wait().unwrap().success());
    // The tasks went on elsewhere with the points that were there.
    let history = fs::read_to_string(here.join("ended")).unwrap();
    assert_eq!(history.matches("JobState=NODE_FAIL").count(), 2, "{history}");
    assert_eq!(history.matches("JobState=COMPLETED").count(), 5, "{history}");
    let status = slurm.status(out);
    assert_eq!((&status["points"]["done"], &status["shards"]["done"]), (&32.into(), &4.into()), "{status}");
    let merge = fs::read_to_string(here.join(out).join("slurm/2_0.log")).unwrap();
    assert!(merge.contains("32 of 32 points done"), "{merge}");
    same(&here.join(out), &here.join("local"));
    assert!(slurm.good(&submit).contains("nothing to submit"));
}

fn a_task_is_cancelled(slurm: &Slurm, here: &Path) {
    let submit = ["submit", "small.toml", "--tasks", "3", "--out", "small"];
    // It waits until it may start.
    slurm.text("scontrol", &["update", "PartitionName=all", "State=DOWN"]);
    slurm.good(&submit);
    let jobs: Value = serde_json::from_slice(&fs::read(here.join("small/slurm/jobs.json")).unwrap()).unwrap();
    let number = jobs[0]["array"].as_str().unwrap();
    assert_eq!(slurm.status("small")["shards"]["waiting"], 3);
    slurm.text("scancel", &[&format!("{number}_2")]);
    slurm.text("scontrol", &["update", "PartitionName=all", "State=UP"]);
    slurm.wait();
    let status = slurm.leyden(&["status", "small"]);
    let said = String::from_utf8_lossy(&status.stdout);
    assert_eq!(status.status.code(), Some(1), "{said}");
    assert!(said.contains("2 done, 1 failed, 0 running, 0 waiting"), "{said}");
    assert!(!here.join("small/figure.svg").exists());
    slurm.good(&submit);
    assert_eq!(array(slurm, "small"), "2");
    slurm.wait();
    slurm.good(&["run", "small.toml", "--out", "small-local"]);
    same(&here.join("small"), &here.join("small-local"));
}

fn a_script_is_submitted_by_hand(slurm: &Slurm, here: &Path) {
    let script = slurm.good(&["submit", "small.toml", "--tasks", "2", "--out", "by-hand", "--dry-run"]);
    assert!(!here.join("by-hand").exists());
    fs::write(here.join("by-hand.sh"), script).unwrap();
    let said = slurm.text("bash", &["by-hand.sh"]);
    assert!(said.contains("Submitted batch job"), "{said}");
    slurm.wait();
    same(&here.join("by-hand"), &here.join("small-local"));
}
