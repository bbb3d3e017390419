//! The habits of the command, through the real binary: what it says and how loud, what it writes and what it leaves alone, what it
//! takes a slip for.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

const COMMANDS: [&str; 12] = [
    "run",
    "check",
    "new",
    "figure",
    "export",
    "merge",
    "submit",
    "status",
    "words",
    "schema",
    "completions",
    "man",
];
/// A run of a moment, and a sweep of one.
const RUN: [&str; 3] = ["run", "--out", "one"];
const SWEEP: [&str; 5] = ["run", "--out", "map", "--set", "sweep.charger.dephasing=[0.5,1.0,2.0]"];

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leyden"));
    command.args(arguments).current_dir(folder);
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

fn leyden(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What a good command prints.
fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = leyden(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// What a command says that is refused.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = leyden(folder, arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stdout));
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    text(&output.stderr)
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn shells_and_man_know_every_command() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = printed(folder.path(), &["completions", shell]);
        // Scripts of fish write options without their hyphens.
        let option = if shell == "fish" { "-l shard" } else { "--shard" };
        assert!(script.contains(option), "{shell}");
        assert!(COMMANDS.iter().all(|command| script.contains(command)), "{shell}");
    }
    let page = printed(folder.path(), &["man"]);
    assert!(page.contains(".TH leyden 1"), "{page}");
    for command in COMMANDS {
        assert!(page.contains(&format!(".SH LEYDEN {}\n", command.to_uppercase())), "{command}");
    }
    assert!(page.contains("\\-\\-shard") && page.contains("leyden new \\-\\-from star"), "{page}");
    let help = printed(folder.path(), &["--help"]);
    assert!(COMMANDS.iter().all(|command| help.contains(&format!("  {command} "))), "{help}");
    assert!(help.contains("Examples:") && help.contains("leyden help words"), "{help}");
}

/// Every argument of every command says what it is.
#[test]
fn every_argument_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    for command in COMMANDS {
        for line in printed(folder.path(), &[command, "-h"]).lines() {
            let of_argument = line.starts_with("  -")
                || line.starts_with("      --")
                || line.starts_with("  [")
                || line.starts_with("  <");
            let explained = line.trim().split("  ").count() > 1;
            assert!(!of_argument || explained, "{command}: {line}");
        }
    }
}

#[test]
fn words_of_summaries_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let page = printed(folder.path(), &["words"]);
    for word in ["ergotropy", "plateau", "settling", "conserved", "enhancement", "daemonic", "certified"] {
        assert!(page.contains(word), "{word}");
    }
    assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    assert!(printed(folder.path(), &["help", "words"]).contains(page.trim()));
    // Every name at the begin of a line of a summary.
    let mut summary = printed(folder.path(), &RUN);
    summary += &printed(folder.path(), &SWEEP);
    for shipped in ["charge-store-discharge", "maser", "optimal-dephasing"] {
        printed(folder.path(), &["new", "--from", shipped]);
        summary += &printed(folder.path(), &["run", &format!("{shipped}.toml")]);
    }
    let plain = ["title", "at the end", "store", "points", "wrote"];
    for line in summary.lines().filter(|line| !line.starts_with(' ')) {
        // The longest names leave one space, and stages have numbers.
        let name = ["t -> infinity", "limit ergotropy"].into_iter().find(|name| line.starts_with(name));
        let name = name.unwrap_or_else(|| line.split("  ").next().unwrap_or(line));
        let name = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim();
        let known = plain.iter().any(|plain| name.starts_with(plain))
            || page.to_lowercase().contains(&name.to_lowercase());
        assert!(known, "{name} is not explained");
    }
}

#[test]
fn a_quiet_command_says_nothing_but_what_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let quiet = |arguments: &[&str]| {
        let output = leyden(folder.path(), &[arguments, &["-q"]].concat());
        assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    for arguments in [&RUN[..], &RUN, &SWEEP, &["check"], &["figure", "one"], &["merge", "map"], &["new"]] {
        assert_eq!(quiet(arguments), "", "{arguments:?}");
    }
    assert!(folder.path().join("one/figure.svg").exists() && folder.path().join("battery.toml").exists());
    assert!(quiet(&["run", "--json"]).starts_with('{'));
    assert!(quiet(&["schema"]).starts_with('{') && quiet(&["words"]).contains("ergotropy"));
    assert!(refused(folder.path(), &["-q", "check", "nothing.toml"]).contains("nothing.toml"));
    assert!(refused(folder.path(), &["check", "-q", "-v"]).contains("cannot be used with"));
}

#[test]
fn a_verbose_run_says_what_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let output = leyden(folder.path(), &[&RUN[..], &["-v"]].concat());
    let said = text(&output.stderr);
    for part in ["scenario read in ", "rabi-blocks (", "memory", "computed in ", "result.json  "] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(text(&output.stdout).starts_with("title") && !said.contains(".lock"), "{said}");
    let output = leyden(folder.path(), &[&SWEEP[..], &["--verbose"]].concat());
    let said = text(&output.stderr);
    assert!(said.contains("3 points in ") && said.contains("map/zarr.json  "), "{said}");
    assert!(leyden(folder.path(), &RUN).stderr.is_empty());
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    let folder = tempfile::tempdir().unwrap();
    const ESCAPE: u8 = 0x1b;
    // A slip in a scenario, one on the command line, and one of clap's kind.
    for slip in [&["check", "--set", "drive.amplitud=1"][..], &["figure", "nowhere"], &["chek"]] {
        let said = |arguments: &[&str], no_color: bool| {
            let mut command = command(folder.path(), &[slip, arguments].concat());
            if no_color {
                command.env("NO_COLOR", "1");
            }
            command.output().unwrap().stderr
        };
        let plain = said(&[], false);
        assert!(!plain.contains(&ESCAPE) && plain.starts_with(b"error"), "{}", text(&plain));
        assert_eq!(said(&["--color", "never"], false), plain);
        assert_eq!(said(&[], true), plain);
        for always in [&["--color", "always"][..], &["--color=always"]] {
            let coloured = said(always, true);
            assert!(coloured.contains(&ESCAPE), "{slip:?}: {}", text(&coloured));
        }
    }
    assert!(refused(folder.path(), &["check", "--color", "sometimes"]).contains("always"));
}

#[cfg(unix)]
#[test]
fn a_terminal_has_colours_unless_they_are_refused_and_progress() {
    let folder = tempfile::tempdir().unwrap();
    let in_terminal = |environment: &str, arguments: &[&str]| {
        let leyden = env!("CARGO_BIN_EXE_leyden");
        let line = format!("env -u NO_COLOR TERM=xterm {environment} {leyden} {}", arguments.join(" "));
        let output =
            Command::new("script").args(["-qec", &line, "/dev/null"]).current_dir(folder.path()).output();
        // Not every machine has this terminal.
        output.ok().map(|output| text(&output.stdout))
    };
    let slip = ["check", "--set", "drive.amplitud=1"];
    if let (Some(coloured), Some(plain)) = (in_terminal("", &slip), in_terminal("NO_COLOR=1", &slip)) {
        assert!(coloured.contains("\x1b[") && coloured.contains("amplitud"), "{coloured}");
        assert!(!plain.contains("\x1b[") && plain.contains("amplitud"), "{plain}");
    }
    if let Some(said) = in_terminal("", &SWEEP) {
        assert!(said.contains("0 of 3 points") && said.contains("3 points in "), "{said}");
        // Nothing is left to compute.
        assert!(in_terminal("", &SWEEP).is_some_and(|said| !said.contains("points in ")));
        let quiet = [&SWEEP[..], &["--set", "drive.amplitude=0.3", "--out", "other", "--quiet"]].concat();
        assert_eq!(in_terminal("", &[&quiet[..1], &quiet[3..]].concat()).as_deref(), Some(""));
    }
}

/// A schema that an editor can use; what it says of scenarios is tested where it is made.
#[test]
fn the_schema_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let schema: serde_json::Value = serde_json::from_str(&printed(folder.path(), &["schema"])).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let kinds = &schema["properties"]["charger"]["properties"]["kind"]["enum"];
    assert_eq!(*kinds, serde_json::json!(["qubit", "oscillator"]));
}

#[test]
fn shipped_scenarios_are_starting_points() {
    let folder = tempfile::tempdir().unwrap();
    let list = printed(folder.path(), &["new", "--list"]);
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let toml = |name: &str| name.ends_with(".toml");
    let of = |folder: &str| {
        let shipped = std::fs::read_dir(scenarios.join(folder)).unwrap();
        shipped.filter(|entry| toml(entry.as_ref().unwrap().file_name().to_str().unwrap())).count()
    };
    let count = of("") + of("atlas") + of("papers");
    assert_eq!(list.lines().count(), count);
    assert!(list.contains("maser                         Engine, stall and refrigerator\n"), "{list}");
    assert!(printed(folder.path(), &["new", "--from", "maser"]).contains("leyden run maser.toml"));
    assert!(printed(folder.path(), &["new", "mine", "--from", "maser.toml"]).contains("mine.toml"));
    assert_eq!(read(folder.path(), "mine.toml"), read(folder.path(), "maser.toml"));
    assert!(text(&read(folder.path(), "mine.toml")).starts_with("title = \"Engine, stall"));
    printed(folder.path(), &["new"]);
    assert!(text(&read(folder.path(), "battery.toml")).starts_with("title = \"My first battery"));
    let again = refused(folder.path(), &["new", "--from", "maser"]);
    assert!(again.contains("exists already") && again.contains("leyden new NAME --from maser"), "{again}");
    let slip = refused(folder.path(), &["new", "--from", "maser-"]);
    assert!(slip.contains("did you mean maser?") && slip.contains("two-qubits"), "{slip}");
    assert!(!refused(folder.path(), &["new", "--from", "qqq"]).contains("did you mean"));
}

#[test]
fn a_figure_goes_where_it_is_sent_in_the_format_of_its_name() {
    let folder = tempfile::tempdir().unwrap();
    printed(folder.path(), &RUN);
    let default = read(folder.path(), "one/figure.svg");
    std::fs::create_dir(folder.path().join("elsewhere")).unwrap();
    for (name, start) in [("a.svg", "<svg"), ("elsewhere/a.PNG", "\u{89}PNG"), ("a.pdf", "%PDF")] {
        let start: Vec<u8> = start.chars().map(|c| c as u8).collect();
        for _ in 0..2 {
            // The second time it is replaced.
            assert_eq!(printed(folder.path(), &["figure", "one", "-o", name]), format!("wrote {name}\n"));
            assert!(read(folder.path(), name).starts_with(&start), "{name}");
        }
    }
    assert!(read(folder.path(), "a.svg") == default);
    let pdf = text(&read(folder.path(), "a.pdf").into_iter().filter(u8::is_ascii).collect::<Vec<u8>>());
    assert!(pdf.contains("/ToUnicode") && pdf.contains("/Type /Font\n"), "{pdf}");
    for name in ["a.jpg", "a", ".svg"] {
        let said = refused(folder.path(), &["figure", "one", "--output", name]);
        assert!(said.contains(".svg, .png or .pdf"), "{said}");
    }
}

#[test]
fn figures_of_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    printed(folder.path(), &RUN);
    let mine = b"<svg>drawn by hand</svg>";
    for (name, arguments) in [
        ("own.svg", &["figure", "one", "--output", "own.svg"][..]),
        ("own.png", &["figure", "one", "--output", "own.png"]),
        ("own.pdf", &["figure", "one", "--output", "own.pdf"]),
        ("one/figure.svg", &["figure", "one"]),
        ("one/figure.png", &["figure", "one"]),
    ] {
        std::fs::write(folder.path().join(name), mine).unwrap();
        let said = refused(folder.path(), arguments);
        assert!(said.contains(name) && said.contains("--force") && said.contains("--output"), "{said}");
        assert_eq!(read(folder.path(), name), mine);
        printed(folder.path(), &[arguments, &["--force"]].concat());
        assert!(read(folder.path(), name) != mine, "{name}");
    }
}

#[test]
fn runs_leave_figures_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mine = b"mine";
    // Before the first run, between two, and a figure of leyden that nothing has made old.
    for (arguments, name) in [(&RUN[..], "one"), (&SWEEP, "map")] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
        let [svg, png] = ["svg", "png"].map(|end| format!("{name}/figure.{end}"));
        std::fs::write(folder.path().join(&svg), mine).unwrap();
        printed(folder.path(), arguments);
        assert_eq!(read(folder.path(), &svg), mine);
        assert!(read(folder.path(), &png).starts_with(b"\x89PNG"));
        std::fs::write(folder.path().join(&png), mine).unwrap();
        printed(folder.path(), arguments);
        assert_eq!([read(folder.path(), &svg), read(folder.path(), &png)], [mine, mine]);
    }
    // What leyden drew of a part is old once there is more.
    let parts = ["--out", "parts", "--set", SWEEP[4], "--shard"];
    printed(folder.path(), &[&["run"], &parts[..], &["1/2"]].concat());
    printed(folder.path(), &["figure", "parts"]);
    let part = read(folder.path(), "parts/figure.svg");
    printed(folder.path(), &[&["run"], &parts[..], &["2/2"]].concat());
    assert!(read(folder.path(), "parts/figure.svg") != part);
    let spec = "quantities = [\"charging_time.settling\"]\n";
    std::fs::write(folder.path().join("times.toml"), spec).unwrap();
    std::fs::remove_file(folder.path().join("map/figure.png")).unwrap();
    std::fs::remove_file(folder.path().join("map/figure.svg")).unwrap();
    printed(folder.path(), &["figure", "map", "--spec", "times.toml", "--output", "map/figure.svg"]);
    let special = read(folder.path(), "map/figure.svg");
    printed(folder.path(), &SWEEP);
    assert!(read(folder.path(), "map/figure.svg") == special);
    assert!(folder.path().join("map/figure.png").exists());
}

#[test]
fn a_spec_leaves_the_figure_of_the_folder_alone() {
    let folder = tempfile::tempdir().unwrap();
    printed(folder.path(), &SWEEP);
    let before = read(folder.path(), "map/figure.svg");
    std::fs::write(folder.path().join("times.toml"), "quantities = [\"charging_time.settling\"]\n").unwrap();
    let said = printed(folder.path(), &["figure", "map", "--spec", "times.toml"]);
    assert_eq!(said, "wrote map/figure-times.svg and map/figure-times.png\n");
    assert!(read(folder.path(), "map/figure.svg") == before);
    assert!(read(folder.path(), "map/figure-times.svg") != before);
}

#[test]
fn slips_are_taken_for_what_they_may_mean() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let nothing = refused(here, &["figure", "nonsense"]);
    assert!(nothing.contains("nonsense is not a result folder; leyden run FILE makes one"), "{nothing}");
    printed(here, &["new", "mine"]);
    let scenario = refused(here, &["figure", "mine.toml"]);
    assert!(
        scenario.contains("is a scenario; its result folder comes from leyden run mine.toml"),
        "{scenario}"
    );
    printed(here, &["run", "mine.toml"]);
    printed(here, &RUN);
    for (arguments, expected) in [
        (&["figure", "mine.toml"][..], "its result folder is leyden-out/my-first-battery"),
        (&["figure", "leyden-out/my-frist-battery"], "did you mean leyden-out/my-first-battery?"),
        (&["figure", "my-first-battery"], "did you mean leyden-out/my-first-battery?"),
        (&["figure", "ones"], "did you mean one?"),
        (&["merge", "my-first"], "did you mean leyden-out/my-first-battery?"),
        (&["merge", "new", "ones"], "ones is not a result folder; did you mean one?"),
        (
            &["figure", "zzz"],
            "zzz is not a result folder; result folders here: one, leyden-out/my-first-battery",
        ),
        (&["run", "mien.toml"], "cannot read mien.toml: there is no such file; did you mean mine.toml?"),
        (&["check", "mine"], "did you mean mine.toml?"),
        (&["run", "collective-enhancment.toml"], "did you mean collective-enhancement? leyden new --from"),
        (&["run", "zzz.toml"], "leyden new writes one to start from"),
        (
            &["run", "one"],
            "it is a result folder; its figure: leyden figure one, its scenario: one/scenario.toml",
        ),
        (&["run", "."], "cannot read .: it is a folder"),
        (&["check", "--method", "takylor"], "did you mean \"taylor\"?"),
        (&["check", "--set", "charger.dephasin=1"], "did you mean `dephasing`?"),
        (&["figur", "one"], "'figure'"),
    ] {
        let said = refused(here, arguments);
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    assert!(!here.join("new").exists());
}

/// A sweep of many seconds.
fn long(folder: &Path, more: &[&str]) -> Child {
    let sweep = "sweep.charger.dephasing={from=0.1,to=9.0,points=4000}";
    let arguments = ["run", "--set", "battery.cells=60", "--set", sweep, "--threads", "1"];
    let mut command = command(folder, &[&arguments, more].concat());
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn progress_is_told_unless_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (mut loud, mut quiet) =
        (long(folder.path(), &["--out", "a"]), long(folder.path(), &["--out", "b", "-q"]));
    let mut line = String::new();
    BufReader::new(loud.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains(" of 4000 points, ") && line.contains(" left"), "{line}");
    // It began after the other one, and had as long to say something.
    std::thread::sleep(Duration::from_millis(500));
    for child in [&mut loud, &mut quiet] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let mut said = String::new();
    quiet.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
}
