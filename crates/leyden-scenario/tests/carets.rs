//! Where carets stand: under the very key or value that is to blame, after tabs and characters of any width too.
//!
//! The place is marked in the text, «so».

use leyden::charge::{Error, Lower};
use leyden::model::ModelError;
use leyden::space::StateError;
use leyden_scenario::{Report, Scenario, in_keys, with_overrides};

/// Columns that a character takes on a terminal.
fn width(c: char) -> usize {
    match c {
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{ff00}'..='\u{ff60}' => 2,
        '\u{1f300}'..='\u{1faff}' => 2,
        _ => 1,
    }
}

/// The number of the line, and the text above the carets of the first problem.
fn underlined(report: &Report) -> (usize, String) {
    let text = report.to_string();
    let lines: Vec<&str> = text.lines().collect();
    let carets = lines.iter().position(|line| line.contains('^')).unwrap_or_else(|| panic!("{text}"));
    let start = lines[carets].find('^').expect("found above");
    let length = lines[carets].chars().filter(|c| *c == '^').count();
    let (mut column, mut above) = (0, String::new());
    for c in lines[carets - 1].chars() {
        if (start..start + length).contains(&column) {
            above.push(c);
        }
        column += width(c);
    }
    let number = lines[carets - 1].split('|').next().and_then(|number| number.trim().parse().ok());
    (number.unwrap_or_else(|| panic!("{text}")), above)
}

/// The text without its marks, the line of the first, and what stands between them.
fn unmarked(text: &str) -> (String, usize, String) {
    let (before, rest) = text.split_once('«').expect("a mark");
    let (inside, after) = rest.split_once('»').expect("its end");
    (format!("{before}{inside}{after}"), before.matches('\n').count() + 1, inside.into())
}

#[test]
fn carets_stand_under_what_is_wrong() {
    for marked in [
        // Keys and tables.
        "«titel» = \"x\"\n[time]\nend = 1.0\n",
        "[time]\nend = 1.0\n[charger]\n«dephasin» = 1.0\n",
        "[time]\nend = 1.0\n[charger]\n  «dephasin»=1.0 # zu schnell\n",
        "[time]\nend = 1.0\n[«chargr»]\ndephasing = 1.0\n",
        "time.end = 1.0\ncharger.«dephasin» = 1.0\n",
        "[time]\nend = 1.0\n[«drive»]\nfrequency = 1.0\n",
        "[«nmr»]\nchargers = 3\n[time]\nend = 1.0\n",
        // Values.
        "[time]\nend = 1.0\n[charger]\ndephasing = «-1.4»\n",
        "[time]\nend = 1.0\n[charger]\ndephasing   =   «-1.4»   # zu wenig\n",
        "[time]\nend = 1.0\n[charger]\nkind = «\"oscilator\"»\n",
        "[time]\nend = 1.0\n[battery]\ncells = «0»\n",
        "[time]\nend = 1.0\n[battery]\ncells = «2.0»\n",
        "[time]\nend = 1.0\n[drive]\namplitude = «\"5 GHz\"»\n",
        "[time]\nend = 1.0\n[charger]\ndephasing = «[1.0, 2.0]»\n",
        "[time]\nend = «0.0»\n",
        "[time]\nend = 1.0\npoints = «0»\n",
        // Inside lists and inline tables.
        "[battery]\ncells = 3\nfrequency = [1.0, «-2.0», 3.0]\n[time]\nend = 1.0\n",
        "[battery]\ncells = 3\nfrequency = «[1.0, 2.0]»\n[time]\nend = 1.0\n",
        "[time]\nvalues = [0.0, 2.0, «1.0»]\n",
        "[initial]\ncharger = { fock = «-1» }\n[time]\nend = 1.0\n",
        "[initial]\ncharger = { «fok» = 1 }\n[time]\nend = 1.0\n",
        "[initial]\ncharger = { thermal = «-0.5» }\n[time]\nend = 1.0\n",
        "[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\nload = { down = 0.1, up = «-0.2» }\n",
        // Both of two keys make the mistake; the second is shown.
        "[charger]\nfrequency = 1.0\ndetuning = «0.5»\n[time]\nend = 1.0\n",
        "[time]\nvalues = [1.0]\npoints = «5»\n",
        // Studies.
        "[sweep]\n«\"charger.dephasin\"» = [1.0]\n",
        "[sweep]\n\"charger.dephasing\" = [1.0, «-1.0»]\n",
        "[sweep]\n\"charger.dephasing\" = [1.0, 2.0, «1.0»]\n",
        "[sweep]\n\"charger.dephasing\" = { from = 2.0, to = «1.0» }\n",
        "[sweep]\n\"charger.dephasing\" = { from = 0.1, to = 1.0, «pointz» = 5 }\n",
        "[sweep]\n\"charger.dephasing\" = { from = 0.1, to = 1.0, points = «0» }\n",
        "[sweep]\n\"charger.dephasing\" = { from = 0.1, to = 1.0, spacing = «\"logg\"» }\n",
        "[drive]\namplitude = 1.0\n[sweep]\n\"battery.detuning\" = «[0.5, -3.0]»\n",
        "[optimise]\nobjective = «1»\nvariables = { \"drive.amplitude\" = { from = 0.1, to = 1.0 } }\n",
        // Inside an expression.
        "[sweep]\n\"battery.cells\" = [1, 2]\n\"coupling.strength\" = \"2*«batery.cells»/3\"\n",
        "[sweep]\n\"battery.cells\" = [1, 2]\n\"coupling.strength\" = 'sqrt(«drive.amplitude» + 1)'\n",
        "[sweep]\n\"battery.cells\" = [1, 2]\n\"coupling.strength\" = \"2 * «)»\"\n",
        "[sweep]\n\"battery.cells\" = [1, 2]\n\"coupling.strength\" = \"2 *\\t«)»\"\n",
        "[sweep]\n\"battery.cells\" = [1, 2]\n\"initial.charger.fock\" = «\"battery.cells/2\"»\n",
        "[optimise]\nobjective = \"ergotropy.limit\"\nvariables = { \"drive.amplitude\" = { from = 0.1, to = «0.1» } }\n",
        "[optimise]\nobjective = \"ergotropy.at\"\ntime = «-1.0»\nvariables = { \"drive.amplitude\" = { from = 0.1, to = 1.0 } }\n",
        // Stages.
        "[[stage]]\nkind = \"evolve\"\nduration = 1.0\n[[stage]]\nkind = \"evolve\"\nduration = «-1.0»\n",
        "[[stage]]\nkind = \"evolve\"\nduration = 1.0\ndrive.amplitude = «\"x\"»\n",
        "[[stage]]\nkind = \"evolve\"\nduration = 1.0\n[[stage]]\nkind = \"dephase\"\ntarget = \"battery\"\nangle = «1.0»\n",
        "[[stage]]\nkind = \"evolve\"\nduration = 1.0\nbattery.«cells» = 3\n",
        // Tabs, letters of two bytes, wide characters, ends of lines of Windows.
        "[time]\nend = 1.0\n[charger]\n\tdephasing\t=\t«-1.4»\n",
        "title = \"Größe\"\n[time]\nend = 1.0\n[charger]\ndephasing = «\"schnell ö\"»\n",
        "time = { end = 1.0 }\ncharger = { kind = «\"кубит\"», dephasing = 1.0 }\n",
        "time = { end = 1.0 }\ncharger = { \"ключ\" = 1 }\n",
        "title = \"電池\" # 電池\ntime = { end = «-1.0» } # 電池\n",
        "title = \"🔋\"\r\n[time]\r\nend = 1.0\r\n[charger]\r\ndephasing = «-2.0»\r\n",
        // Behind wide characters on the same line.
        "time = { end = 1.0 }\nbattery = { kind = «\"電池\"», cells = 1 }\n",
        "time = { end = 1.0 }\ninitial = { charger = \"ground\", battery = «\"電池\"» }\n",
    ] {
        // One key in quotes has no marks of its own.
        let marked = marked.replace("{ \"ключ\" =", "{ «\"ключ\"» =");
        let (text, line, inside) = unmarked(&marked);
        let report = Scenario::parse("test.toml", &text).err().unwrap_or_else(|| panic!("accepted: {text}"));
        assert_eq!(underlined(&report), (line, inside), "\n{report}");
    }
}

#[test]
fn carets_stand_under_what_was_set() {
    let base =
        "title = \"電池\"\n[charger]\ndephasing = 1.0 # keep\n[drive]\namplitude = 0.5\n[time]\nend = 1.0\n";
    for (argument, expected) in [
        ("charger.dephasing=-2.5", "-2.5"),
        ("charger.dephasin=2.5", "dephasin"),
        ("charger.kind=oscilator", "\"oscilator\""),
        ("drive.amplitude=\"5 GHz\"", "\"5 GHz\""),
        ("drive.amplitude=5 GHz", "\"5 GHz\""),
        ("battery.frequency=[1.0, -1.0]", "[1.0, -1.0]"),
        ("battery.cells=0", "0"),
        ("initial.charger.fock=-3", "-3"),
        ("sweep.charger.dephasing=[1.0,-4.0]", "-4.0"),
        ("method.name=rabi", "\"rabi\""),
    ] {
        let text = with_overrides(base, &[argument.to_string()]).unwrap();
        let report = Scenario::parse("base.toml with --set", &text).unwrap_err();
        let (line, above) = underlined(&report);
        assert_eq!(above, expected, "\n{report}");
        assert!(text.lines().nth(line - 1).unwrap().contains(expected), "line {line}\n{report}");
    }
}

#[test]
fn what_a_run_refuses_is_shown_at_its_key() {
    let text = "[charger]\nkind = \"oscillator\"\ncutoff = 9\n[battery]\ncells = 12\n[initial]\ncharger = { fock = 3 }\nbattery = \"ground\"\n[time]\nend = 7.0\npoints = 11\n[method]\nname = \"taylor\"\n";
    let scenario = Scenario::parse("test.toml", text).unwrap();
    let state = || StateError::NeedsHighestLevel;
    for (error, expected) in [
        (Error::TooLarge { levels: 1e6, gib: 1e4, limit_gib: 1.0, lower: Lower::Cells }, "12"),
        (Error::TooLarge { levels: 1e6, gib: 1e4, limit_gib: 1.0, lower: Lower::ChargerCutoff }, "9"),
        (Error::TooLarge { levels: 1e6, gib: 1e4, limit_gib: 1.0, lower: Lower::LastTime }, "7.0"),
        (Error::TooLarge { levels: 1e6, gib: 1e4, limit_gib: 1.0, lower: Lower::Times }, "11"),
        (
            Error::TooLarge { levels: 1e6, gib: 1e4, limit_gib: 1.0, lower: Lower::ChargerState },
            "{ fock = 3 }",
        ),
        (Error::Model(ModelError::ChargerState(state())), "{ fock = 3 }"),
        (Error::Model(ModelError::BatteryState(state())), "\"ground\""),
        // A key that is left out is shown at its table.
        (Error::TooLarge { levels: 1e6, gib: 1e4, limit_gib: 1.0, lower: Lower::BatteryCutoff }, "battery"),
    ] {
        let report = scenario.locate(&error);
        assert_eq!(underlined(&report).1, expected, "\n{report}");
    }
}

#[test]
fn messages_name_the_key_to_lower() {
    for (lower, key) in [
        (Lower::Cells, "battery.cells"),
        (Lower::Chargers, "nmr.chargers"),
        (Lower::Levels, "battery.levels"),
        (Lower::CellLevels, "battery.levels"),
        (Lower::ChargerCutoff, "charger.cutoff"),
        (Lower::BatteryCutoff, "battery.cutoff"),
        (Lower::ChargerState, "initial.charger"),
        (Lower::BatteryState, "initial.battery"),
        (Lower::Drive, "drive.amplitude"),
        (Lower::Times, "time.points"),
        (Lower::LastTime, "time.end"),
        (Lower::Cycles, "cycle.repeat"),
    ] {
        for error in [
            Error::TooLarge { levels: 1e6, gib: 1e4, limit_gib: 1.0, lower },
            Error::TooManyTimes { times: 1e6, gib: 1e4, limit_gib: 1.0, lower },
            Error::TooLong { applications: 1e9, levels: 7, hours: 1e3, lower },
        ] {
            let message = in_keys(&error);
            assert!(message.contains(&format!("lower `{key}`")), "{message}");
        }
    }
}
