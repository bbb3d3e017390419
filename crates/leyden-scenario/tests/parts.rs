//! `[parts]`, `[parameters]`, `[hamiltonian]`, `[[channel]]`.

use leyden::charge::{AnySystem, Request, System};
use leyden::lindblad::{Elementary, TimeFunction};
use leyden::model::Cutoff;
use leyden::parts::{Letter, PartKind, Parts, Terms};
use leyden::space::InitialState;
use leyden_scenario::{Scenario, with_overrides};

const CHAIN: &str = "[parts]\ncells = { count = 4 }\n[parameters]\nJ = -0.2\nh = \"2*J\"\n[hamiltonian]\nbattery = \"sum(i in cells, Z(i)/2)\"\ncharging = \"J*X(cells[1])*X(cells[2]) + h*X(cells[3])\"\n[time]\nend = 5.0\npoints = 101\n";

fn read(text: &str) -> Scenario {
    Scenario::parse("test.toml", text).unwrap_or_else(|report| panic!("{text}\n{report}"))
}

fn parts(scenario: &Scenario) -> Parts {
    of(scenario.system.clone())
}

fn of(system: AnySystem) -> Parts {
    match system {
        AnySystem::Parts(parts) => parts,
        other => panic!("{other:?}"),
    }
}

fn report(text: &str) -> String {
    Scenario::parse("test.toml", text).err().map_or(String::new(), |report| report.to_string())
}

/// What the carets of the first problem stand under.
fn underlined(text: &str) -> String {
    let report = Scenario::parse("test.toml", text).err().unwrap_or_else(|| panic!("accepted: {text}"));
    let said = report.to_string();
    let lines: Vec<&str> = said.lines().collect();
    let carets = lines.iter().position(|line| line.contains('^')).unwrap();
    let start = lines[carets].find('^').unwrap();
    let count = lines[carets].matches('^').count();
    // Columns of the terminal are characters here.
    lines[carets - 1].chars().skip(lines[carets][..start].chars().count()).take(count).collect()
}

/// A file with this line in the place of the charging Hamiltonian.
fn charging(line: &str) -> String {
    let (before, after) = CHAIN.split_once("charging = ").unwrap();
    let (_, rest) = after.split_once('\n').unwrap();
    format!("{before}charging = {line}\n{rest}")
}

#[test]
fn tables_become_parts() {
    let text = r#"
[parts]
z_last = { kind = "spin", levels = 4, initial = "excited" }
cells = { count = 3, graph = "ring", initial = { fock = 2 } }
o = { kind = "oscillator", initial = { coherent = 1.5 } }
cut = { kind = "oscillator", cutoff = 7 }
d = { kind = "qudit", levels = 3, count = 2, edges = [[2, 1]], initial = { superposition = [0.6, 0.8] } }
[parameters]
F = "2*w"
w = 0.75
[hamiltonian]
battery = "sum(i in cells, w*Z(i)) + Sz(z_last)"
charging = """
sum((i, j) in edges(cells), sp(i)*sm(j) + h.c.)
  + F*cos(w*t)*(a(o) + ad(o)) + sum((i, j) in edges(d), i*n(i)*n(j)) + n(cut)
"""
[[channel]]
operator = "sm(i)"
each = "cells"
rate = "w/i"
[[channel]]
operator = 'a(o)'
rate = 0.1
[time]
end = 1.0
"#;
    let scenario = read(text);
    let system = parts(&scenario);
    // In the order of the file.
    let names: Vec<&str> = system.parts().iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["z_last", "cells", "o", "cut", "d"]);
    let kinds: Vec<PartKind> = system.parts().iter().map(|part| part.kind).collect();
    let oscillator = PartKind::Oscillator;
    assert_eq!(
        kinds,
        [
            PartKind::Spin(4),
            PartKind::Qubit,
            oscillator(Cutoff::Auto),
            oscillator(Cutoff::Levels(7)),
            PartKind::Qudit(3)
        ]
    );
    let states: Vec<InitialState> = system.parts().iter().map(|part| part.initial.clone()).collect();
    assert_eq!(states[..3], [InitialState::Excited, InitialState::Fock(2), InitialState::Coherent(1.5)]);
    assert_eq!(states[3], InitialState::Ground);
    assert!(matches!(&states[4], InitialState::Superposition(list) if list.len() == 2));
    assert_eq!(system.in_battery(), [true, true, false, false, false]);
    assert_eq!(system.battery(), &((1..4).map(|i| Letter::Z.on(i) * 0.75).sum::<Terms>() + Letter::Sz.on(0)));
    let wave = (TimeFunction::Time * 0.75).then(Elementary::Cos) * 1.5;
    let drive = (Letter::Annihilate.on(4) + Letter::Create.on(4)).scaled(wave);
    let ring = [(1, 2), (2, 3), (3, 1)].map(|(i, j)| Letter::Raise.on(i) * Letter::Lower.on(j));
    let hop = ring.clone().into_iter().chain(ring.iter().map(Terms::adjoint)).sum::<Terms>();
    let edge = Letter::Number.on(7) * Letter::Number.on(6) * 2.0;
    let expected = hop + drive + edge + Letter::Number.on(5);
    let difference = (system.charging().clone() - expected).gathered();
    assert!(difference.list().iter().all(|term| term.coefficient.at(0.3).norm() < 1e-15), "{difference:?}");
    let rates: Vec<f64> = system.channels().iter().map(|channel| channel.rate).collect();
    assert_eq!(rates, [0.75, 0.375, 0.25, 0.1]);
    assert_eq!(system.channels()[1].operator, Letter::Lower.on(2));
}

/// N = 8 of a chain with couplings J/|i-j| (XX + YY + D ZZ), J = -0.2, D = 0.5, in a field h = 1: brute force gives
/// max <H_B> - <H_B>(0) = 6.627211.
#[test]
fn a_chain_has_the_numbers_of_brute_force() {
    let text = "[parts]\ncells = { kind = \"qubit\", count = 8, graph = \"chain\", initial = \"ground\" }\n[parameters]\nJ = -0.2\nD = 0.5\nh = 1.0\n[hamiltonian]\nbattery = \"sum(i in cells, Z(i)/2)\"\ncharging = \"sum(i < j in cells, J/abs(i-j)*(X(i)*X(j) + Y(i)*Y(j) + D*Z(i)*Z(j))) + h*sum(i in cells, X(i))\"\n[time]\nend = 5.0\npoints = 101\n";
    let scenario = read(text);
    let request = Request { times: scenario.times.clone(), ..Request::default() };
    let run = scenario.system.charge(&request).unwrap();
    let energies = &run.series.energy();
    let most = energies.iter().copied().fold(f64::MIN, f64::max);
    assert!((energies[0] + 4.0).abs() < 1e-12);
    assert!((most - energies[0] - 6.627_211).abs() < 5e-7, "{}", most - energies[0]);
    // Written with edges, with h.c. and with members instead.
    let hop = text.replace("X(i)*X(j) + Y(i)*Y(j)", "2*(sp(i)*sm(j) + h.c.)");
    assert_ne!(hop, text);
    let other = read(&hop).system.charge(&request).unwrap();
    for (a, b) in energies.iter().zip(&other.series.energy()) {
        assert!((a - b).abs() < 1e-9);
    }
}

#[test]
fn carets_stand_inside_of_texts() {
    for (line, marked) in [
        ("\"X(cells[1]) + X(cells[9])\"", "9"),
        ("'X(cells[1]) + Q'", "Q"),
        ("\"\"\"\nX(cells[1])\n  + sp(cells[2])\n\"\"\"", "sp(cells[2])"),
        ("'''X(cells[1])\n  + zzz'''", "zzz"),
        ("\"samples(\\\"p.csv\\\", t) + X(cellz[1])\"", "cellz"),
        ("\"é + X(cells[1])\"", "é"),
        ("\"X(cells[1]) \\\\ 2\"", "\\\\"),
        ("\"sum(i in cells, sp(i)*sm(cells[1]))\"", "sp(i)*sm(cells[1])"),
    ] {
        let text = charging(line);
        let read = |_: &str| Ok("0,0\n1,1\n".to_string());
        if line.contains("samples") {
            let report = Scenario::parse_with("test.toml", &text, &read).unwrap_err();
            assert!(report.titles().next().unwrap().contains("unknown part `cellz`"), "{report}");
            continue;
        }
        assert_eq!(underlined(&text), marked, "{}", report(&text));
    }
    // Parameters, channels.
    assert_eq!(underlined(&CHAIN.replace("\"2*J\"", "\"2*K\"")), "K");
    assert_eq!(underlined(&CHAIN.replace("\"2*J\"", "\"2*h\"")), "h");
    let channel = |lines: &str| CHAIN.replace("[time]", &format!("[[channel]]\n{lines}\n[time]"));
    assert_eq!(
        underlined(&channel("operator = \"sm(i)\"\neach = \"cells\"\nrate = \"0.1/(2 - i)\"")),
        "(2 - i)"
    );
    assert_eq!(underlined(&channel("operator = \"sm(i)\"\nrate = 0.1")), "i");
}

#[test]
fn what_is_wrong_is_said_with_its_cure() {
    let channel = |lines: &str| CHAIN.replace("[time]", &format!("[[channel]]\n{lines}\n[time]"));
    let part = |part: &str| CHAIN.replace("{ count = 4 }", part);
    let cases: Vec<(String, [&str; 2])> = vec![
        (
            format!("{CHAIN}[charger]\nkind = \"qubit\"\n"),
            ["[charger] does not go with [parts]", "write it as a part"],
        ),
        (
            format!("{CHAIN}[drive]\namplitude = 1.0\n"),
            ["[drive] does not go with [parts]", "hamiltonian.charging"],
        ),
        (
            format!("{CHAIN}[initial]\nbattery = \"ground\"\n"),
            ["[initial] does not go with", "give `initial` in the parts"],
        ),
        (format!("{CHAIN}[engine]\ndrive = 1.0\n"), ["[engine] does not go with [parts]", "remove it"]),
        (format!("{CHAIN}[nmr]\nchargers = 1\n"), ["[nmr] does not go with [parts]", "remove it"]),
        (
            format!("{CHAIN}[[stage]]\nkind = \"wait\"\nduration = 1.0\n"),
            ["[stage] does not go with", "remove it"],
        ),
        (
            "[hamiltonian]\nbattery = \"1\"\n[time]\nend = 1.0\n".into(),
            ["belongs to a system of [parts]", "add [parts]"],
        ),
        ("[parts]\n[time]\nend = 1.0\n".into(), ["`[parts]` must hold at least one part", "add cells"]),
        (
            "[parts]\nc = { count = 2 }\n[time]\nend = 1.0\n".into(),
            ["`hamiltonian.battery` is missing", "add battery"],
        ),
        (CHAIN.replace("sum(i in cells, Z(i)/2)", "2"), ["must name at least one part", "no operator"]),
        (charging("\"\""), ["should stand here, but the text ends", "not an expression"]),
        (charging("3"), ["`hamiltonian.charging` must be a text", "integer"]),
        (
            CHAIN.replace("cells = {", "n = {"),
            ["a part cannot be named `n`, which is an operator", "another name"],
        ),
        (
            CHAIN.replace("cells = {", "\"my cells\" = {"),
            ["a part cannot be named `my cells`", "letters, digits and `_`"],
        ),
        (
            CHAIN.replace("J = -0.2", "pi = 3.0"),
            ["a parameter cannot be named `pi`, which is the number pi", "another"],
        ),
        (CHAIN.replace("J = -0.2", "t = 3.0"), ["cannot be named `t`, which is the time", "another"]),
        (
            CHAIN.replace("J = -0.2", "cells = 3.0\nJ = 1.0"),
            ["`cells` is a part and a parameter", "another name"],
        ),
        (
            CHAIN.replace("J = -0.2", "J = \"2*h\""),
            ["must not need themselves, but `J` needs `h` needs `J`", "circle"],
        ),
        (
            CHAIN.replace("J = -0.2", "J = true"),
            ["`parameters.J` must be a number, or a text of parameters", "boolean"],
        ),
        (CHAIN.replace("J = -0.2", "J = inf"), ["`parameters.J` must be a finite number", "infinite"]),
        (part("4"), ["the part `cells` must be a table", "write cells = { kind"]),
        (part("{ kind = \"qubitt\" }"), ["`parts.cells.kind` must be one of", "did you mean \"qubit\"?"]),
        (part("{ cont = 4 }"), ["unknown key `cont` in the part `cells`", "did you mean `count`?"]),
        (part("{ kind = \"spin\" }"), ["a spin needs `parts.cells.levels`", "add levels = 3"]),
        (part("{ levels = 3 }"), ["`parts.cells.levels` is for kind = \"qudit\" or \"spin\"", "use kind"]),
        (part("{ kind = \"oscillator\", levels = 3 }"), ["is for kind = \"qudit\"", "use `cutoff`"]),
        (part("{ cutoff = 3 }"), ["`parts.cells.cutoff` is for kind = \"oscillator\"", "nothing is cut"]),
        (part("{ count = 0 }"), ["`parts.cells.count` must be at least 1, but is 0", "too small"]),
        (
            part("{ count = 4, graph = \"rig\" }"),
            ["`parts.cells.graph` must be one of", "did you mean \"ring\"?"],
        ),
        (part("{ count = 4, graph = \"ring\", edges = [[1, 2]] }"), ["say the same thing", "remove"]),
        (
            part("{ count = 4, edges = [[1, 5]] }"),
            ["must be two different members, from 1 to 4, but is [1, 5]", "no edge"],
        ),
        (part("{ count = 4, edges = [[2, 2]] }"), ["two different members, but is [2, 2]", "no edge"]),
        (part("{ count = 4, edges = [1, 2] }"), ["two different members, for example [1, 2]", "no edge"]),
        (part("{ count = 4, edges = 3 }"), ["`parts.cells.edges` must be a list of pairs", "integer"]),
        (part("{ count = 4, initial = \"exited\" }"), ["`parts.cells.initial`", "did you mean \"excited\"?"]),
        (channel("rate = 0.1"), ["a channel needs `operator`", "add operator"]),
        (channel("operator = \"sm(cells[1])\""), ["a channel needs `rate`", "add rate = 0.05"]),
        (
            channel("operator = \"sm(cells[1])\"\nrate = -0.1"),
            ["the rate of a channel must be at least 0", "negative"],
        ),
        (
            channel("operator = \"sm(cells[1])\"\nrate = \"J\""),
            ["must be at least 0, but is -0.2", "negative"],
        ),
        (
            channel("operator = \"sm(cells[1])\"\nrate = \"t\""),
            ["the rate of a channel must not depend on time", "t"],
        ),
        (
            channel("operator = \"t*sm(cells[1])\"\nrate = 1"),
            ["the operator of a channel must not depend on time", "t"],
        ),
        (
            channel("operator = \"2\"\nrate = 1"),
            ["the operator of a channel must hold an operator", "a number"],
        ),
        (
            channel("operator = \"sm(i)\"\neach = \"cell\"\nrate = 1"),
            ["must be a part, but is \"cell\"", "did you mean \"cells\"?"],
        ),
        (
            channel("operater = \"sm(i)\""),
            ["unknown key `operater` in [channel]", "did you mean `operator`?"],
        ),
        (
            CHAIN.replace("[time]", "[channel]\nrate = 1.0\n[time]"),
            ["`channel` must be a list of tables", "write [[channel]]"],
        ),
        (
            charging("\"samples('p.csv', t)*X(cells[1])\""),
            ["\"p.csv\": files cannot be read where no folder is given", "not read"],
        ),
        // Keys of studies.
        (
            format!("{CHAIN}[sweep]\n\"parameters.K\" = [1.0]\n"),
            ["`parameters.K` is no number that the file declares", "parameters."],
        ),
        (
            format!("{CHAIN}[sweep]\n\"J\" = [1.0]\n"),
            ["unknown numeric key `J`", "did you mean `parameters.J`?"],
        ),
        (
            format!("{CHAIN}[sweep]\n\"parts.cell.count\" = [1]\n"),
            ["`parts.cell.count` is no number", "did you mean `parts.cells.count`?"],
        ),
        (
            format!("{CHAIN}[sweep]\n\"parts.cells.initial\" = [1]\n"),
            ["is no number", "for example `parts.cells.initial.fock`"],
        ),
        (
            format!("{CHAIN}[sweep]\n\"parts.cells.count\" = [2]\n"),
            ["`cells` has 2 members, but this is number 3", "no such member"],
        ),
        (
            format!("{CHAIN}[sweep]\n\"parameters.J\" = [\"1\"]\n"),
            ["`parameters.J` must be a number without unit", ""],
        ),
        (format!("{CHAIN}[sweep]\n\"parts.cells.count\" = [4.5]\n"), ["must be an integer", "float"]),
    ];
    for (text, phrases) in cases {
        let said = report(&text);
        assert!(phrases.iter().all(|phrase| said.contains(phrase)), "{phrases:?} not in\n{said}\n{text}");
    }
}

#[test]
fn parameters_and_parts_are_keys_of_studies() {
    let text = format!(
        "{}[sweep]\n\"parameters.J\" = {{ from = 0.1, to = 0.3, points = 3 }}\nparts.cells.count = [3, 4]\n\"parts.cells.initial.fock\" = \"parts.cells.count - 1\"\n[optimise]\nobjective = \"ergotropy.at\"\ntime = 1.0\nvariables = {{ \"parameters.g\" = {{ from = 0.5, to = 1.0 }} }}\n",
        CHAIN.replace("J = -0.2", "J = -0.2\ng = 0.0").replace("+ h*X(cells[3])", "+ (h + g)*X(cells[3])")
    );
    let scenario = read(&text);
    let point = of(scenario.template().at(&[0.3, 3.0], &[0.7]).unwrap().system);
    assert_eq!((point.parts()[0].count, &point.parts()[0].initial), (3, &InitialState::Fock(2)));
    let coefficients: Vec<f64> =
        point.charging().list().iter().map(|term| term.coefficient.at(0.0).re).collect();
    assert!(
        (coefficients[0] - 0.3).abs() < 1e-15 && (coefficients[1] - 1.3).abs() < 1e-15,
        "{coefficients:?}"
    );
    // A text that a sweep replaces.
    let over = format!("{CHAIN}[sweep]\n\"parameters.h\" = [5.0]\n");
    assert_eq!(parts(&read(&over)).charging().list()[1].coefficient.at(0.0).re, 5.0);
    assert_eq!(leyden_scenario::symbol("parameters.J_x").unwrap(), "*J*_{x}");
    assert_eq!(leyden_scenario::symbol("parameters.omega").unwrap(), "*omega*");
    assert_eq!(leyden_scenario::symbol("parts.cells.count"), Some("*N*_{cells}".into()));
    // Of qudits and oscillators.
    let text = "[parts]\ns = { kind = \"spin\", levels = 3 }\no = { kind = \"oscillator\" }\n[hamiltonian]\nbattery = \"n(s)\"\ncharging = \"n(o)\"\n[sweep]\nparts.s.levels = [2, 4]\nparts.o.cutoff = [5]\nparts.o.initial.thermal = [0.5]\n";
    let point = of(read(text).template().at(&[4.0, 5.0, 0.5], &[]).unwrap().system);
    assert_eq!(point.parts()[0].kind, PartKind::Spin(4));
    assert_eq!(point.parts()[1].kind, PartKind::Oscillator(Cutoff::Levels(5)));
    assert_eq!(point.parts()[1].initial, InitialState::Thermal(0.5));
    let set = ["parameters.J=0.5".to_string(), "parts.cells.count=6".into(), "channel.1.rate=2".into()];
    let text = CHAIN.replace("[time]", "[[channel]]\noperator = \"sm(cells[1])\"\nrate = 0.1\n[time]");
    let system = parts(&read(&with_overrides(&text, &set).unwrap()));
    assert_eq!((system.parts()[0].count, system.channels()[0].rate), (6, 2.0));
    assert_eq!(system.charging().list()[0].coefficient.at(0.0).re, 0.5);
}

/// What has coefficient 0 at a point belongs to the battery all the same.
#[test]
fn a_parameter_of_zero_leaves_the_battery_as_it_is() {
    let text = "[parts]\na_1 = {}\nb_1 = {}\n[parameters]\nw = 0.0\n[hamiltonian]\nbattery = \"Z(a_1) + w*Z(b_1)\"\n[time]\nend = 1.0\n";
    assert_eq!(parts(&read(text)).in_battery(), [true, true]);
}

#[test]
fn files_are_read_once_and_kept() {
    let text = charging("\"samples('p.csv', t)*X(cells[1]) + samples('p.csv', 2*t)*X(cells[2])\"");
    let text = format!("{text}[sweep]\n\"parameters.J\" = {{ from = 0.1, to = 1.0, points = 30 }}\n");
    let count = std::cell::Cell::new(0);
    let read = |file: &str| {
        count.set(count.get() + 1);
        assert_eq!(file, "p.csv");
        Ok("0,0\n2,1\n4,0\n".to_string())
    };
    let scenario = Scenario::parse_with("test.toml", &text, &read).unwrap();
    let system = of(scenario.template().at(&[0.5], &[]).unwrap().system);
    assert_eq!(count.get(), 1);
    assert_eq!(scenario.files()["p.csv"], "0,0\n2,1\n4,0\n");
    let values: Vec<f64> = system.charging().list().iter().map(|term| term.coefficient.at(1.5).re).collect();
    assert_eq!(values, [0.75, 0.5]);
    let broken = |_: &str| Ok("0;0\n".to_string());
    let report = Scenario::parse_with("test.toml", &text, &broken).unwrap_err().to_string();
    assert!(
        report.contains("\"p.csv\": line 1 must hold two numbers") && report.contains("^^^^^^^ not read"),
        "{report}"
    );
}

#[test]
fn units_are_those_of_the_file_or_none() {
    let plain = read(CHAIN).units;
    assert_eq!((plain.time.symbol.as_str(), plain.energy.symbol.as_str(), plain.time.factor), ("", "", 1.0));
    let text = format!("units.reference = \"1 MHz\"\n{}", CHAIN.replace("end = 5.0", "end = \"5 us\""));
    let scenario = read(&text);
    assert_eq!(
        (scenario.units.time.symbol.as_str(), scenario.units.energy.symbol.as_str()),
        ("us", "hbar omega_B")
    );
    // Any parameter may change the energy of a cell.
    let swept = read(&format!("{text}[sweep]\n\"parameters.J\" = [1.0]\n"));
    assert_eq!(swept.units.energy.symbol, "h MHz");
    let last = scenario.times.last().unwrap();
    assert!((last - 5.0 * std::f64::consts::TAU).abs() < 1e-9);
    let swept = read(&format!("{CHAIN}[sweep]\n\"parameters.J\" = [1.0]\n"));
    assert_eq!(swept.units.of_key("parameters.J").symbol, "1");
}

#[test]
fn what_is_printed_is_read_as_the_same_system() {
    let text = r#"
[parts]
cells = { count = 5, graph = "star", initial = { thermal = 0.25 } }
o = { kind = "oscillator", cutoff = 6, initial = { superposition = [0.6, [0, 0.8]] } }
s = { kind = "spin", levels = 3, initial = "excited" }
[parameters]
g = 0.3
[hamiltonian]
battery = "sum(i in cells, Z(i)/2) + Sz(s)^2"
charging = "g*exp(1i*t)*a(o)*sum((i, j) in edges(cells), sp(i)*X(j)) + (1 + 2i)*gaussian(t - 3, 0.1)*sp(s) + h.c."
[[channel]]
operator = "sm(i) + 0.5i*a(o)"
each = "cells"
rate = 0.25
[time]
end = 5.0
"#;
    let original = parts(&read(text));
    let printed = leyden_text::scenario_of(&original, "again", &|_| "p.csv".into());
    let again = parts(&read(&format!("{printed}[time]\nend = 5.0\n")));
    assert_eq!(again.parts(), original.parts());
    assert_eq!(again.battery(), original.battery());
    assert_eq!(again.channels(), original.channels());
    assert_eq!(again.charging().len(), original.charging().len());
    for (a, b) in again.charging().list().iter().zip(original.charging().list()) {
        assert_eq!(a.factors, b.factors);
        for time in [0.0, 0.7, 3.05] {
            assert!((a.coefficient.at(time) - b.coefficient.at(time)).norm() < 1e-15);
        }
    }
}
