//! Random keys: what is read, what is drawn, and what is refused.

use leyden::charge::{AnySystem, System};
use leyden::model::ChargerBattery;
use leyden_scenario::{Disorder, Distribution, Scenario};

const BASE: &str = "battery.cells = 2\nbattery.frequency = 1.0\ntime.end = 1.0\n";

fn parse(text: &str) -> Result<Scenario, String> {
    Scenario::parse("test.toml", &format!("{BASE}{text}")).map_err(|report| report.to_string())
}

fn disorder(text: &str) -> Disorder {
    parse(&format!("[disorder]\n{text}")).unwrap().disorder.unwrap()
}

fn pair(system: AnySystem) -> ChargerBattery {
    match system {
        AnySystem::ChargerBattery(system) => system,
        other => panic!("{other:?}"),
    }
}

#[test]
fn samples_have_the_numbers_that_are_drawn() {
    let text = "[drive]\namplitude = 0.5\n[disorder]\nsamples = 5\nseed = 3\n\"battery.frequency\" = { normal = [1.0, 0.1] }\n\"drive.amplitude\" = { uniform = [0.4, 0.6] }\n";
    let scenario = parse(text).unwrap();
    let disorder = scenario.disorder.clone().unwrap();
    assert_eq!((disorder.samples, disorder.seed, disorder.keep, scenario.is_study()), (5, 3, false, false));
    // In the order of their names.
    let keys: Vec<String> = disorder.keys.iter().map(|random| random.key.to_string()).collect();
    assert_eq!(keys, ["battery.frequency", "drive.amplitude"]);
    let template = scenario.template();
    for sample in 1..=5 {
        let system = pair(template.sample(&[], &[], Some(sample)).unwrap().system);
        let frequencies = disorder.draws(sample, 0, 2);
        assert_eq!(system.battery.frequencies, frequencies);
        assert!(frequencies[0] != frequencies[1]);
        assert_eq!(system.drive.unwrap().amplitude, disorder.draws(sample, 1, 2)[0]);
        assert_eq!(disorder.draws(sample, 1, 2).len(), 1);
    }
    // The base is the file.
    let base = pair(template.at(&[], &[]).unwrap().system);
    assert_eq!((base.battery.frequencies, base.drive.unwrap().amplitude), (vec![1.0; 2], 0.5));
}

#[test]
fn the_base_of_a_key_that_the_file_lacks_is_the_mean() {
    let text = "[disorder]\nsamples = 2\n\"charger.dephasing\" = { normal = [0.7, 0.1] }\n\"coupling.strength\" = { uniform = [0.5, 1.0] }\n\"initial.battery.fock\" = { uniform = [1, 2] }\n";
    let system = pair(parse(text).unwrap().system);
    assert_eq!((system.charger.noise.dephasing, system.coupling.strengths), (0.7, vec![0.75; 2]));
    assert_eq!(system.initial.battery, leyden::space::InitialState::Fock(1));
}

/// Numbers depend on seed, sample, key and cell, not on the order of the file or the number of cells.
#[test]
fn numbers_have_their_places() {
    let a = "\"battery.frequency\" = { normal = [1.0, 0.1] }\n";
    let b = "\"coupling.strength\" = { uniform = [0.9, 1.1] }\n";
    let first = disorder(&format!("{a}{b}samples = 3\n"));
    let second = disorder(&format!("samples = 3\n{b}{a}"));
    let seeded = disorder(&format!("samples = 3\nseed = 1\n{b}{a}"));
    let mut all = Vec::new();
    for sample in 1..=3 {
        for place in 0..2 {
            let draws = first.draws(sample, place, 4);
            assert_eq!(draws, second.draws(sample, place, 4));
            assert_eq!(draws[..2], first.draws(sample, place, 2));
            assert!(draws.iter().zip(seeded.draws(sample, place, 4)).all(|(a, b)| *a != b));
            all.extend(draws);
        }
    }
    all.sort_by(f64::total_cmp);
    assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "{all:?}");
}

/// The same bits on every machine and for good: a result names its seed alone.
#[test]
fn the_first_numbers_of_a_seed() {
    let found = disorder(
        "samples = 2\nseed = 7\n\"battery.frequency\" = { normal = [1.0, 0.1] }\n\"coupling.strength\" = { uniform = [0.0, 1.0] }\n",
    );
    let draws: Vec<f64> =
        [1, 2].iter().flat_map(|&sample| [0, 1].map(|place| found.draws(sample, place, 1)[0])).collect();
    assert_eq!(draws, FIRST, "{draws:?}");
}

const FIRST: [f64; 4] = [1.1026385675375612, 0.11061424454504598, 0.8827006686463192, 0.1443284011971665];

/// Means and variances of 20,000 numbers, within five standard errors; whole numbers come alike.
#[test]
fn distributions_have_their_moments() {
    let found = disorder(
        "samples = 20000\n\"battery.frequency\" = { normal = [2.0, 0.1] }\n\"coupling.strength\" = { uniform = [-1.0, 3.0] }\n\"initial.battery.fock\" = { uniform = [0, 2] }\n",
    );
    let moments = |place: usize| {
        let numbers: Vec<f64> = (1..=20_000).map(|sample| found.draws(sample, place, 1)[0]).collect();
        let mean = numbers.iter().sum::<f64>() / 2e4;
        let variance = numbers.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 2e4;
        (mean, variance, numbers)
    };
    let (mean, variance, _) = moments(0);
    assert!((mean - 2.0).abs() < 5.0 * 0.1 / 2e4_f64.sqrt(), "{mean}");
    assert!((variance / 0.01 - 1.0).abs() < 5.0 * (2.0_f64 / 2e4).sqrt(), "{variance}");
    let (mean, variance, numbers) = moments(1);
    assert!((mean - 1.0).abs() < 5.0 * (16.0 / 12.0 / 2e4_f64).sqrt(), "{mean}");
    assert!((variance / (16.0 / 12.0) - 1.0).abs() < 5.0 * (0.8_f64 / 2e4).sqrt(), "{variance}");
    assert!(numbers.iter().all(|x| (-1.0..3.0).contains(x)));
    let (_, _, numbers) = moments(2);
    for n in 0..3 {
        let count = numbers.iter().filter(|x| **x == f64::from(n)).count() as f64;
        assert!((count - 2e4 / 3.0).abs() < 5.0 * (2e4_f64 * 2.0 / 9.0).sqrt(), "{n}: {count}");
    }
}

#[test]
fn distributions_take_units() {
    let text = "[units]\nreference = \"5 GHz\"\n[disorder]\nsamples = 1\n\"battery.frequency\" = { normal = [\"5 GHz\", \"50 MHz\"] }\n\"charger.t1\" = { uniform = [\"1 us\", 1e9] }\n\"coupling.strength\" = { normal = [-0.01, \"0.5 MHz\"] }\n";
    let keys = parse(text).unwrap().disorder.unwrap().keys;
    assert_eq!(keys[0].distribution, Distribution::Normal(1.0, 0.01));
    assert_eq!(keys[2].distribution, Distribution::Normal(-0.01, 1e-4));
    let Distribution::Uniform(from, to) = keys[1].distribution else { panic!() };
    assert!((from / (1e-6 * std::f64::consts::TAU * 5e9) - 1.0).abs() < 1e-14 && to == 1e9);
}

#[test]
fn engines_share_one_number() {
    let text = "[battery]\ncells = 3\nfrequency = 1.0\n[charging]\neffective_rate = 0.1\neffective_exponent = -0.8\n[time]\nend = 1.0\n[disorder]\nsamples = 3\n\"coupling.strength\" = { normal = [1.0, 0.1] }\n";
    let engine = text.replace(
        "effective_rate = 0.1\neffective_exponent = -0.8\n",
        "mode = \"individual\"\n[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\n",
    );
    let scenario = Scenario::parse("test.toml", &engine).unwrap_or_else(|report| panic!("{report}"));
    let template = scenario.template();
    let [a, b] = [1, 2].map(|sample| template.sample(&[], &[], Some(sample)).unwrap().system);
    assert!(a != b && a.cells() == 3);
}

/// Every message stands at what it speaks of, which is marked, «so».
#[test]
fn what_is_wrong_has_its_place() {
    for (marked, phrases) in [
        (
            "[disorder]\nsamples = 50\n\"battery.frequency\" = «{ normal = [0.2, 0.1] }»\n",
            &["`battery.frequency` must be above 0, but is -0.", " in sample ", "a narrower distribution"][..],
        ),
        (
            "[charger]\nt1 = 10.0\n[disorder]\nsamples = 50\n\"charger.t2\" = «{ normal = [19.0, 3.0] }»\n",
            &["`charger.t2` must be at most 2 t1", " in sample "],
        ),
        (
            "[disorder]\nsamples = «0»\n\"drive.amplitude\" = { normal = [1.0, 0.1] }\n",
            &["at least 1, but is 0"],
        ),
        ("[«disorder»]\n\"drive.amplitude\" = { normal = [1.0, 0.1] }\n", &["`disorder.samples` is missing"]),
        ("[«disorder»]\nsamples = 3\n", &["has no random key", "add \"battery.frequency\""]),
        (
            "[disorder]\nsamples = 3\n\"drive.amplitude\" = { normal = [1.0, «-0.1»] }\n",
            &["standard deviation of `drive.amplitude` must be at least 0"],
        ),
        (
            "[disorder]\nsamples = 3\n\"drive.amplitude\" = { normal = «[1.0]» }\n",
            &["mean and standard deviation"],
        ),
        ("[disorder]\nsamples = 3\n\"drive.amplitude\" = { uniform = «1.0» }\n", &["the two ends"]),
        (
            "[disorder]\nsamples = 3\n\"drive.amplitude\" = { uniform = [1.0, «1.0»] }\n",
            &["must be above the first"],
        ),
        (
            "[disorder]\nsamples = 3\n\"battery.frequency\" = { uniform = [«0.0», 1.0] }\n",
            &["must be above 0"],
        ),
        ("[disorder]\nsamples = 3\n\"drive.amplitude\" = «1.0»\n", &["must have a distribution"]),
        (
            "[disorder]\nsamples = 3\n\"drive.amplitude\" = «{ norml = [1.0, 0.1] }»\n",
            &["did you mean `normal`?"],
        ),
        (
            "[disorder]\nsamples = 3\ndrive.amplitude = { «norml» = [1.0, 0.1] }\n",
            &["did you mean `normal`?"],
        ),
        (
            "[disorder]\nsamples = 3\n\"battery.cells\" = { «normal» = [3, 1] }\n",
            &["whole numbers", "uniform"],
        ),
        (
            "[disorder]\nsamples = 3\n«\"drive.amplitde\"» = { normal = [1.0, 0.1] }\n",
            &["did you mean `drive.amplitude`?"],
        ),
        (
            "[disorder]\nsamples = 3\n«sed» = 1\n\"drive.amplitude\" = { normal = [1.0, 0.1] }\n",
            &["did you mean `seed`?"],
        ),
        ("[sweep]\n«\"disorder.samples\"» = [1, 2]\n", &["is the same everywhere"]),
        (
            "[sweep]\n\"drive.amplitude\" = [0.5]\n[disorder]\nsamples = 3\n\"drive.amplitude\" = «{ normal = [1.0, 0.1] }»\n",
            &["is an axis of [sweep] and cannot be random"],
        ),
        (
            "[sweep]\n\"charger.dephasing\" = [0.5]\n\"drive.amplitude\" = \"charger.dephasing\"\n[disorder]\nsamples = 3\n\"drive.amplitude\" = «{ normal = [1.0, 0.1] }»\n",
            &["is tied in [sweep]"],
        ),
        (
            "[optimise]\nobjective = \"ergotropy.limit\"\nvariables = { \"drive.amplitude\" = { from = 0.1, to = 1.0 } }\n[disorder]\nsamples = 3\n\"drive.amplitude\" = «{ normal = [1.0, 0.1] }»\n",
            &["is searched in [optimise]"],
        ),
        (
            "[disorder]\nsamples = 3\n\"initial.charger.fock\" = { uniform = [0, 1] }\n\"initial.charger.thermal\" = «{ uniform = [0.1, 0.2] }»\n",
            &["set the same key"],
        ),
    ] {
        let text = format!("{BASE}{}", marked.replace(['«', '»'], ""));
        let start = BASE.len() + marked.find('«').unwrap();
        let report = Scenario::parse("test.toml", &text).err().unwrap_or_else(|| panic!("accepted: {text}"));
        let fault = report.first().unwrap();
        let line = text[..start].matches('\n').count() + 1;
        let column = start - text[..start].rfind('\n').map_or(0, |end| end + 1) + 1;
        assert_eq!((fault.line, fault.column), (line, column), "{text}{report}");
        let said = report.to_string();
        assert!(phrases.iter().all(|phrase| said.contains(phrase)), "{text}{said}");
    }
}

/// A deviation of 0 is a number; what no sample takes is looked for in samples whose systems are not made as well.
#[test]
fn draws_are_looked_at_far_beyond_the_first() {
    let found = disorder("samples = 3\n\"coupling.strength\" = { normal = [1.0, 0.0] }\n");
    assert!((1..=3).all(|sample| found.draws(sample, 0, 2) == [1.0; 2]));
    let text = |deviation: f64| {
        format!("[disorder]\nsamples = 400000\n\"charger.dephasing\" = {{ normal = [0.1, {deviation}] }}\n")
    };
    assert!(parse(&text(0.01)).is_ok());
    let report = parse(&text(0.024)).unwrap_err();
    let sample = report.split("in sample ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    assert!(sample.parse::<usize>().unwrap() > 2000, "{report}");
    // A sample that its key takes, but another key does not.
    let text = "charger.t2 = 1.0\n[disorder]\nsamples = 400\n\"charger.t1\" = { uniform = [0.45, 2.0] }\n";
    let report = parse(text).unwrap_err();
    assert!(report.contains("in sample ") && !report.contains("in sample 1 "), "{report}");
}
