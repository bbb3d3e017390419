//! T1, T2, Tphi and temperatures: what they do to states, and what is refused.

use std::f64::consts::FRAC_PI_2;

use leyden::charge::{AnySystem, Charging, Request, System};
use leyden::model::{ChargerBattery, NoiseRates};
use leyden::protocol::{Protocol, Task};
use leyden_scenario::{Scenario, with_overrides};

fn read(text: &str) -> Scenario {
    Scenario::parse("test.toml", text).unwrap_or_else(|report| panic!("{text}\n{report}"))
}

fn pair(system: AnySystem) -> ChargerBattery {
    match system {
        AnySystem::ChargerBattery(system) => system,
        other => panic!("{other:?}"),
    }
}

/// Noise of charger and battery.
fn noise(text: &str) -> [NoiseRates; 2] {
    let system = pair(read(&format!("time.end = 1.0\n{text}")).system);
    [system.charger.noise, system.battery.noise]
}

fn close(found: f64, expected: f64, tolerance: f64, context: &str) {
    assert!((found - expected).abs() <= tolerance, "{context}: {found:e}, not {expected:e}");
}

fn run(text: &str) -> Charging {
    let scenario = read(text);
    let request = Request { times: scenario.times.clone(), tolerance: 1e-12, ..Request::default() };
    scenario.system.charge(&request).unwrap()
}

/// Population and coherence of the battery's qubit at the end: purity = p^2 + (1 - p)^2 + 2 |c|^2.
fn last(charging: &Charging) -> (f64, f64) {
    let merits = charging.series.merits.last().unwrap();
    let (p, purity) = (merits.energy, merits.purity);
    (p, ((purity - p * p - (1.0 - p) * (1.0 - p)) / 2.0).max(0.0).sqrt())
}

/// A qubit is prepared, waits with its noise, and is looked at: a charger is swapped into the battery first, without noise.
fn waited(table: &str, angle: f64, words: &str, duration: f64) -> (f64, f64) {
    let swap = match table {
        "charger" => format!(
            "[[stage]]\nkind = \"evolve\"\nduration = {FRAC_PI_2:?}\ncharger.relaxation = 0.0\ncharger.dephasing = 0.0\n"
        ),
        _ => String::new(),
    };
    last(&run(&format!(
        "[{table}]\n{words}[[stage]]\nkind = \"pulse\"\ntarget = \"{table}\"\nangle = {angle:?}\n[[stage]]\nkind = \"wait\"\nduration = {duration:?}\n{swap}"
    )))
}

#[test]
fn populations_and_coherences_decay_with_their_times() {
    let (t, x) = (1.7_f64, 0.8_f64);
    for table in ["charger", "battery"] {
        // Full excitation decays at 1/T1; half of it at the rate 1/T2 of its coherence.
        for (words, t1, t2) in [
            ("t1 = 3.0\n", 3.0, 6.0),
            ("t1 = 3.0\nt2 = 2.5\n", 3.0, 2.5),
            ("t2 = 2.5\nt1 = 3.0\n", 3.0, 2.5),
            ("t1 = 3.0\nt2 = 6.0\n", 3.0, 6.0),
            ("t1 = 3.0\ntphi = 4.0\n", 3.0, 1.0 / (1.0 / 6.0 + 0.25)),
            ("tphi = 4.0\n", f64::INFINITY, 4.0),
            ("t2 = 4.0\n", f64::INFINITY, 4.0),
            ("relaxation = 0.2\nt2 = 4.0\n", 5.0, 4.0),
            ("relaxation = 0.2\nt2 = 10.0\n", 5.0, 10.0),
            ("t1 = 5.0\ndephasing = 0.3\n", 5.0, 1.0 / (0.1 + 0.15)),
        ] {
            let (p, _) = waited(table, std::f64::consts::PI, words, t);
            close(p, (-t / t1).exp(), 1e-10, &format!("population, {table}, {words}"));
            let (p, c) = waited(table, 0.8, words, t);
            close(p, (x / 2.0).sin().powi(2) * (-t / t1).exp(), 1e-10, &format!("{table}, {words}"));
            close(c, x.sin() / 2.0 * (-t / t2).exp(), 1e-9, &format!("coherence, {table}, {words}"));
        }
        // A warm bath: T1 and T2 stay what they are, the equilibrium is Boltzmann's.
        for words in ["t1 = 3.0\nt2 = 2.5\n", "t1 = 3.0\nt2 = 6.0\n"] {
            let warm = format!("{words}temperature = 0.7\nfrequency = 1.0\n");
            let equilibrium = 1.0 / (1.0 + (1.0_f64 / 0.7).exp());
            let t2 = if words.contains("2.5") { 2.5 } else { 6.0 };
            let (p, c) = waited(table, 0.8, &warm, t);
            let start = (x / 2.0).sin().powi(2);
            close(p, equilibrium + (start - equilibrium) * (-t / 3.0).exp(), 1e-10, &warm);
            close(c, x.sin() / 2.0 * (-t / t2).exp(), 1e-9, &warm);
        }
    }
}

#[test]
fn equilibrium_is_that_of_boltzmann() {
    for (frequency, temperature) in [(1.0_f64, 0.3), (2.0, 1.0), (1.0, 40.0), (3.0, 0.0)] {
        let text = format!(
            "coupling.strength = 1e-9\n[charger]\nt1 = 1.0\ntemperature = {temperature:?}\n[battery]\nt1 = 1.0\ntemperature = {temperature:?}\nfrequency = {frequency:?}\n[time]\nvalues = [80.0]\n"
        );
        let boltzmann: f64 = (-frequency / temperature).exp();
        let expected = boltzmann / (1.0 + boltzmann);
        close(run(&text).series.energy()[0] / frequency, expected, 1e-10, &text);
    }
}

#[test]
fn rates_follow_from_times() {
    // The charger's frequency is its own, detuning included; oscillators and qudits have an occupation too.
    let occupation = |x: f64| 1.0 / x.exp_m1();
    let [charger, battery] = noise(
        "[drive]\namplitude = 0.1\nfrequency = 2.0\n[charger]\ndetuning = 0.5\ntemperature = 3.0\nrelaxation = 0.1\n[battery]\ndetuning = -1.0\ntemperature = 2.0\nkind = \"qudit\"\nlevels = 3\n",
    );
    close(charger.thermal_occupation, occupation(1.5 / 3.0), 1e-15, "charger");
    close(battery.thermal_occupation, occupation(1.0 / 2.0), 1e-15, "battery");
    let [charger, battery] = noise(
        "[charger]\nkind = \"oscillator\"\nfrequency = 2.0\ntemperature = 2.0\n[battery]\ncells = 3\nfrequency = [2.0, 2.0, 2.0]\ntemperature = 0.5\nt1 = 2.0\n",
    );
    close(charger.thermal_occupation, occupation(1.0), 1e-15, "oscillator");
    close(battery.relaxation, 0.5 / (2.0 * occupation(4.0) + 1.0), 1e-15, "relaxation");
    // 2 T1 is exactly the longest T2, in units too.
    for words in
        ["t1 = 0.3\nt2 = 0.6\n", "t1 = \"30 us\"\nt2 = \"0.06 ms\"\n", "t1 = \"7.7 us\"\nt2 = \"15400 ns\"\n"]
    {
        let [charger, _] =
            noise(&format!("units.reference = \"5.1 GHz\"\n[charger]\ntemperature = \"50 mK\"\n{words}"));
        assert_eq!(charger.dephasing, 0.0, "{words}");
    }
    for k in 1..300 {
        let words = format!("t1 = \"{}.{} us\"\nt2 = \"{} ns\"\n", k / 10, k % 10, 200 * k);
        let [charger, _] =
            noise(&format!("units.reference = \"5.1 GHz\"\n[charger]\ntemperature = \"300 mK\"\n{words}"));
        assert_eq!(charger.dephasing, 0.0, "{words}");
    }
    // "30 us" of 5 GHz.
    let [charger, _] = noise("units.reference = \"5 GHz\"\n[charger]\nt1 = \"30 us\"\ntphi = \"10 us\"\n");
    let t1 = std::f64::consts::TAU * 5e9 * 30e-6;
    close(charger.relaxation * t1, 1.0, 1e-13, "T1");
    close(charger.dephasing * t1, 6.0, 1e-13, "Tphi");
    // 5 GHz at 50 mK.
    let [charger, _] = noise("units.reference = \"5 GHz\"\n[charger]\ntemperature = \"50 mK\"\n");
    close(charger.thermal_occupation, occupation(5.0 / (0.05 * 20.836_619_123)), 1e-9, "50 mK");
}

#[test]
fn stages_say_it_their_way() {
    let text = "[charger]\nt1 = 4.0\n[battery]\nt1 = 2.0\nt2 = 1.0\ntemperature = 0.5\n[[stage]]\nkind = \"wait\"\nduration = 1.0\nbattery.relaxation = 0.7\nbattery.dephasing = 0.2\nbattery.thermal_occupation = 0.0\n[[stage]]\nkind = \"wait\"\nduration = 1.0\nbattery.t2 = 3.0\ncharger.relaxation = 0.3\n";
    let AnySystem::Protocol(Protocol { stages, .. }) = read(text).system else { panic!() };
    let own = |i: usize| match &stages[i].task {
        Task::Wait { system: Some(own), .. } => (own.charger.noise, own.battery.noise),
        other => panic!("{other:?}"),
    };
    let (charger, battery) = own(0);
    assert_eq!(charger.relaxation, 0.25);
    assert_eq!((battery.relaxation, battery.dephasing, battery.thermal_occupation), (0.7, 0.2, 0.0));
    let (charger, battery) = own(1);
    assert_eq!(charger.relaxation, 0.3);
    close(battery.dephasing, 2.0 / 3.0 - 0.5, 1e-15, "stage 2");
    // The other way round, and by a sweep.
    let text = "[battery]\nrelaxation = 0.7\n[[stage]]\nkind = \"wait\"\nduration = 1.0\n[sweep]\n\"stage.1.battery.t1\" = [4.0, 5.0]\n";
    let AnySystem::Protocol(found) = read(text).template().at(&[5.0], &[]).unwrap().system else { panic!() };
    let Task::Wait { system: Some(own), .. } = &found.stages[0].task else { panic!("{found:?}") };
    assert_eq!(own.battery.noise.relaxation, 0.2);
    // Twice in one stage.
    let text = "[[stage]]\nkind = \"wait\"\nduration = 1.0\nbattery.t1 = 2.0\nbattery.relaxation = 0.7\n";
    let report = Scenario::parse("test.toml", text).unwrap_err().to_string();
    assert!(report.contains("`battery.t1` and `battery.relaxation` say the same thing"), "{report}");
}

#[test]
fn sweeps_and_searches_take_them() {
    let text = "[charger]\nt1 = 2.0\n[sweep]\n\"charger.t2\" = { from = 1.0, to = 4.0, points = 4 }\n\"charger.temperature\" = [0.0, 1.0]\n";
    let scenario = read(text);
    let system = pair(scenario.template().at(&[4.0, 1.0], &[]).unwrap().system);
    let n = 1.0 / 1.0_f64.exp_m1();
    close(system.charger.noise.relaxation, 0.5 / (2.0 * n + 1.0), 1e-15, "relaxation");
    assert_eq!(system.charger.noise.dephasing, 0.0);
    let system = pair(scenario.template().at(&[1.0, 0.0], &[]).unwrap().system);
    assert_eq!((system.charger.noise.dephasing, system.charger.noise.thermal_occupation), (1.5, 0.0));
    let text = "drive.amplitude = 0.5\n[optimise]\nobjective = \"ergotropy.limit\"\nvariables = { \"charger.tphi\" = { from = 0.1, to = 10.0, spacing = \"log\" } }\n";
    let system = pair(read(text).template().at(&[], &[0.5]).unwrap().system);
    assert_eq!(system.charger.noise.dephasing, 4.0);
}

#[test]
fn what_cannot_be_is_refused_with_the_cure() {
    for (text, phrases) in [
        (
            "[charger]\nt1 = 30.0\nrelaxation = 0.1\n",
            ["`charger.t1` and `charger.relaxation` say the same thing", "remove `charger.t1` or"],
        ),
        ("[charger]\nt2 = 3.0\ntphi = 3.0\n", ["`charger.t2` and `charger.tphi` say", "the second way"]),
        ("[battery]\ndephasing = 0.1\nt2 = 3.0\n", ["`battery.dephasing` and `battery.t2` say", "remove"]),
        (
            "[battery]\ntphi = 3.0\ndephasing = 0.1\n",
            ["`battery.tphi` and `battery.dephasing` say", "remove"],
        ),
        (
            "[battery]\nthermal_occupation = 0.1\ntemperature = 1.0\n",
            ["`battery.thermal_occupation` and `battery.temperature` say", "remove"],
        ),
        (
            "[charger]\nrelaxation = 0.1\n[sweep]\n\"charger.t1\" = [1.0, 2.0]\n",
            ["`charger.relaxation` and `charger.t1` say", "\"charger.t1\" = [1.0, 2.0]"],
        ),
        (
            "[charger]\nt1 = 30.0\nt2 = 61.0\n",
            [
                "`charger.t2` must be at most 2 t1, but is 61.0 beside `charger.t1` = 30.0",
                "lower t2, or raise t1",
            ],
        ),
        (
            "units.reference = \"5 GHz\"\n[charger]\nt1 = \"30 us\"\nt2 = \"70 us\"\n",
            ["at most 2 t1, but is \"70 us\" beside `charger.t1` = \"30 us\"", "relaxation alone"],
        ),
        (
            "[charger]\nrelaxation = 0.5\nt2 = 5.0\n",
            ["at most 2 t1, but is 5.0 beside t1 = 2.0 by `charger.relaxation`", ""],
        ),
        (
            "[charger]\nt1 = 1.0\n[sweep]\n\"charger.t2\" = [1.0, 3.0]\n",
            ["at most 2 t1, but is 3.0 beside `charger.t1` = 1.0", "[1.0, 3.0]"],
        ),
        ("[charger]\nt1 = 0.0\n", ["`charger.t1` must be above 0, but is 0", "leave it out"]),
        ("[charger]\ntphi = 1e-16\n", ["`charger.tphi` must be at least 2e-15, but is 1e-16", ""]),
        ("[charger]\nt2 = -1.0\n", ["`charger.t2` must be at least 0, but is -1.0", ""]),
        ("[charger]\nt1 = \"30 us\"\n", ["carries a unit, but the file has no reference", "add [units]"]),
        ("[charger]\ntemperature = -1.0\n", ["`charger.temperature` must be at least 0", ""]),
        ("[charger]\ntemperature = \"1 K\"\n", ["carries a unit, but the file has no reference", ""]),
        (
            "[charger]\ntemperature = 1e12\nfrequency = 1e-5\n",
            ["must leave an occupation of at most 1e15, but gives 1e17", "too hot"],
        ),
        (
            "[charger]\nkind = \"oscillator\"\nt1 = 3.0\n",
            [
                "`charger.t1` is a time of qubits, but `charger.kind` is \"oscillator\"",
                "give `charger.relaxation`",
            ],
        ),
        (
            "[battery]\nkind = \"qudit\"\nlevels = 3\ntphi = 3.0\n",
            [
                "`battery.tphi` is a time of qubits, but `battery.kind` is \"qudit\"",
                "give `battery.dephasing`",
            ],
        ),
        (
            "[battery]\ncells = 2\nnoise = \"collective\"\nt2 = 3.0\n",
            [
                "`battery.t2` is a time of single cells",
                "give `battery.dephasing`, the rate of the channel of all, or noise = \"local\"",
            ],
        ),
        (
            "[battery]\ncells = 2\nfrequency = [1.0, 1.1]\ntemperature = 3.0\n",
            [
                "`battery.temperature` needs cells of one frequency",
                "give `battery.thermal_occupation`, or equal",
            ],
        ),
        (
            "[charging]\neffective_rate = 0.1\neffective_exponent = -0.8\n[battery]\nt1 = 1.0\n",
            ["`battery.t1` does not go with engines", "remove it"],
        ),
    ] {
        let text = format!("time.end = 1.0\n{text}");
        let report = Scenario::parse("test.toml", &text).err().unwrap_or_else(|| panic!("accepted: {text}"));
        let said = report.to_string();
        assert!(phrases.iter().all(|phrase| said.contains(phrase)), "{phrases:?} not in\n{said}");
        assert_eq!(report.titles().count(), 1, "{said}");
    }
    // One cell has times of its own whatever its noise is called; what is set joins the file.
    noise("[battery]\nnoise = \"collective\"\nt1 = 3.0\nt2 = 2.0\n");
    let text =
        with_overrides("time.end = 1.0\n[charger]\nrelaxation = 0.1\n", &["charger.t1=30".into()]).unwrap();
    let report = Scenario::parse("test.toml", &text).unwrap_err().to_string();
    assert!(report.contains("`charger.relaxation` and `charger.t1` say the same thing"), "{report}");
}
