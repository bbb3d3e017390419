//! Keys of a sweep that follow its axes.

use leyden::charge::AnySystem;
use leyden::model::ChargerBattery;
use leyden::space::InitialState;
use leyden_scenario::Scenario;

fn read(text: &str) -> Scenario {
    Scenario::parse("test.toml", text).unwrap_or_else(|report| panic!("{text}\n{report}"))
}

fn report(text: &str) -> String {
    Scenario::parse("test.toml", text).err().map_or(String::new(), |report| report.to_string())
}

fn pair(system: AnySystem) -> ChargerBattery {
    match system {
        AnySystem::ChargerBattery(system) => system,
        other => panic!("{other:?}"),
    }
}

#[test]
fn tied_keys_follow_the_axes() {
    let text = "charger.kind = \"oscillator\"\n[drive]\namplitude = 0.5\n[sweep]\n\"initial.charger.fock\" = \"2*battery.cells - 1\"\n\"battery.cells\" = [2, 3]\ncoupling.strength = \"charger.detuning/sqrt(battery.cells) + 1\"\n\"charger.detuning\" = { from = 0.0, to = 1.0, points = 3 }\nbattery.t1 = \"exp(0)*5\"\n";
    let scenario = read(text);
    let axes: Vec<String> = scenario.axes.iter().map(|axis| axis.key.to_string()).collect();
    assert_eq!(axes, ["battery.cells", "charger.detuning"]);
    let ties: Vec<String> = scenario.ties.iter().map(ToString::to_string).collect();
    assert!(
        ties.contains(&"initial.charger.fock = 2*battery.cells - 1".into()) && ties.len() == 3,
        "{ties:?}"
    );
    let first = pair(scenario.system.clone());
    assert_eq!((first.initial.charger.clone(), first.cells()), (InitialState::Fock(3), 2));
    assert_eq!(first.coupling.strengths, [1.0; 2]);
    let point = pair(scenario.template().at(&[3.0, 0.5], &[]).unwrap().system);
    assert_eq!((point.initial.charger.clone(), point.cells()), (InitialState::Fock(5), 3));
    assert_eq!(point.coupling.strengths, [0.5 / 3.0_f64.sqrt() + 1.0; 3]);
    assert_eq!(point.battery.noise.relaxation, 0.2);
}

/// Expressions are of plain numbers, whatever units the axes have, and rounding leaves whole numbers whole.
#[test]
fn numbers_are_multiples_of_the_reference() {
    let text = "units.reference = \"1 MHz\"\n[sweep]\n\"charger.t1\" = [\"1 us\", \"3 us\"]\n\"charger.t2\" = \"2*charger.t1\"\n";
    let noise = pair(read(text).template().at(&[5.0], &[]).unwrap().system).charger.noise;
    assert_eq!((noise.relaxation, noise.dephasing), (0.2, 0.0));
    let text = "charger.kind = \"oscillator\"\n[sweep]\n\"coupling.strength\" = [0.1, 0.3]\n\"initial.charger.fock\" = \"coupling.strength/0.1\"\n";
    let system = pair(read(text).template().at(&[0.3], &[]).unwrap().system);
    assert_eq!(system.initial.charger, InitialState::Fock(3));
}

#[test]
fn stages_are_tied_and_searches_run_beside_ties() {
    let text = "[[stage]]\nkind = \"wait\"\nduration = 1.0\n[[stage]]\nkind = \"wait\"\nduration = 1.0\n[sweep]\n\"stage.1.duration\" = [2.0, 3.0]\n\"stage.2.duration\" = \"stage.1.duration^2\"\n";
    let AnySystem::Protocol(protocol) = read(text).template().at(&[3.0], &[]).unwrap().system else {
        panic!()
    };
    assert_eq!(protocol.stages[1].task, leyden::protocol::Task::Wait { duration: 9.0, system: None });
    let text = "[sweep]\n\"battery.cells\" = [1, 2]\n\"coupling.strength\" = \"1/battery.cells\"\n[optimise]\nobjective = \"ergotropy.limit\"\nvariables = { \"drive.amplitude\" = { from = 0.1, to = 1.0 } }\n";
    let system = pair(read(text).template().at(&[2.0], &[0.7]).unwrap().system);
    assert_eq!((system.coupling.strengths[0], system.drive.unwrap().amplitude), (0.5, 0.7));
}

#[test]
fn what_is_wrong_with_a_tie_is_said() {
    for (lines, phrases) in [
        (
            "\"coupling.strength\" = \"2*drive.amplitude\"",
            ["`drive.amplitude` is no axis of this sweep", "the axes are `battery.cells`"],
        ),
        ("\"coupling.strength\" = \"2*cells\"", ["unknown name `cells`", "did you mean `battery.cells`?"]),
        ("\"coupling.strength\" = \"2*zzz\"", ["unknown name `zzz`", "the axes are `battery.cells`"]),
        (
            "\"coupling.strength\" = \"sqrt(battery.cells\"",
            [
                "`)`, `,` or an operator should stand here, but the text ends",
                "a text is an expression of axes",
            ],
        ),
        (
            "\"coupling.strength\" = \"5 GHz\"",
            ["an operator should stand here, but there is `GHz`", "a text is an expression of axes"],
        ),
        (
            "\"coupling.strength\" = \"\"",
            ["a number, a name, a function or `(` should stand here", "an axis is a list"],
        ),
        (
            "\"coupling.strength\" = \"2\"\n\"drive.amplitude\" = \"coupling.strength\"",
            ["`coupling.strength` is tied itself", "write what it is instead: (2)"],
        ),
        ("\"coupling.strength\" = \"sqr(battery.cells)\"", ["unknown function or operator `sqr`", "`sqrt`"]),
        ("\"coupling.strength\" = \"t + battery.cells\"", ["must not depend on time", "not constant"]),
        ("\"coupling.strength\" = \"1i*battery.cells\"", ["must be real, but is 0+1i", "complex"]),
        ("\"battery.cells \" = \"2\"", ["unknown numeric key", "did you mean `battery.cells`?"]),
        ("battery.cells = \"2\"", ["`battery.cells` is set twice", "the second"]),
        (
            "\"initial.charger.fock\" = \"battery.cells\"\n\"initial.charger.thermal\" = \"0.1\"",
            ["set the same key", "the second"],
        ),
        (
            "\"initial.charger.fock\" = \"battery.cells/2\"",
            [
                "`initial.charger.fock` must be an integer, but battery.cells/2 is 0.5 at battery.cells = 1.0",
                "not whole",
            ],
        ),
        (
            "\"initial.charger.fock\" = \"2/battery.cells\"",
            [
                "must be an integer, but 2/battery.cells is 0.6666666666666666 at battery.cells = 3.0",
                "not whole",
            ],
        ),
        (
            "\"coupling.strength\" = \"1/(battery.cells - 2)\"",
            [
                "`coupling.strength` must be a number, but 1/(battery.cells - 2) at battery.cells = 2.0: division by zero",
                "^^^^^^^^^^^^^^^^^^^ zero",
            ],
        ),
        (
            "\"coupling.strength\" = \"sqrt(2 - battery.cells)\"",
            ["at battery.cells = 3.0: the root of a negative number", "must be a number"],
        ),
        (
            "\"initial.charger.fock\" = \"1 - battery.cells\"",
            ["`initial.charger` must be at least 0, but is -1", "too small"],
        ),
        (
            "\"charger.dephasing\" = \"1 - battery.cells\"",
            ["`charger.dephasing` must be at least 0, but is -1.0", "negative"],
        ),
        ("\"time.end\" = \"battery.cells\"", ["`time.end` cannot be an axis", "list them in `time.values`"]),
    ] {
        let text =
            format!("charger.kind = \"oscillator\"\n[sweep]\n\"battery.cells\" = [1, 2, 3]\n{lines}\n")
                .replace(
                    "\"battery.cells\" = [1, 2, 3]\nbattery.cells",
                    "\"battery.cells\" = [1, 2, 3]\n\"battery\".cells",
                );
        let said = report(&text);
        assert!(phrases.iter().all(|phrase| said.contains(phrase)), "{phrases:?} not in\n{said}");
    }
    for (text, phrase) in [
        ("[sweep]\n\"coupling.strength\" = \"2\"\n", "`[sweep]` has no axis"),
        (
            "[sweep]\n\"battery.cells\" = [1]\n\"coupling.strength\" = \"drive.amplitude\"\n[optimise]\nobjective = \"ergotropy.limit\"\nvariables = { \"drive.amplitude\" = { from = 0.1, to = 1.0 } }\n",
            "`drive.amplitude` is searched, and a tie follows axes only",
        ),
        (
            "[sweep]\n\"battery.cells\" = [1]\n\"drive.amplitude\" = \"2\"\n[optimise]\nobjective = \"ergotropy.limit\"\nvariables = { \"drive.amplitude\" = { from = 0.1, to = 1.0 } }\n",
            "`drive.amplitude` is tied in [sweep] and cannot be searched as well",
        ),
        // What the file says of a tied key is read as well.
        (
            "charger.dephasing = \"soon\"\n[sweep]\n\"battery.cells\" = [1]\n\"charger.dephasing\" = \"battery.cells\"\n",
            "but is \"soon\"",
        ),
    ] {
        let said = report(text);
        assert!(said.contains(phrase), "{phrase:?} not in\n{said}");
    }
    // A point that no value of one axis alone meets.
    let text = "[sweep]\n\"drive.amplitude\" = [0.0, 1.0]\n\"charger.detuning\" = [0.0, 0.5]\n\"charger.dephasing\" = \"1 - 2*drive.amplitude*charger.detuning - drive.amplitude\"\n";
    let scenario = read(text);
    assert!(scenario.template().at(&[1.0, 0.5], &[]).is_err());
}
