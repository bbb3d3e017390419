//! The energy ledger of every system: what energies gain is what flows, with flows that are integrated and not differences of energies.

use leyden::asymptote::Detail;
use leyden::charge::{ChannelFlow, Ledger, LedgerEnergies};
use leyden::lindblad::{Elementary, TimeFunction};
use leyden::model::{
    Cell, ChargerKind, Correlations, Coupling, CouplingForm, Cutoff, Drive, FieldMemory, FieldNoise, NmrStar,
    NoiseRates, SpinRelaxation,
};
use leyden::parts::{Letter, Part as SystemPart, PartKind, Parts, PartsChannel};
use leyden::protocol::{Extraction, Part, Protocol, ProtocolSystem, ResetState, Stage, Task};
use leyden::{ChargerBattery, Charging, InitialState, Method, Request, Times};
use num_complex::Complex64;

fn request(end: f64) -> Request {
    Request { ledger: true, tolerance: 1e-11, ..Times::even(0.0, end, 13).into() }
}

fn ledger(charging: &Charging) -> &Ledger {
    charging.ledger.as_ref().unwrap_or_else(|why| panic!("{}: {why}", charging.method))
}

fn last(column: &[f64]) -> f64 {
    *column.last().unwrap()
}

/// The last charger, battery, coupling and drive.
fn energies(ledger: &Ledger) -> [f64; 4] {
    match &ledger.energies {
        LedgerEnergies::Charger { charger, battery, coupling, drive } => {
            [charger, battery, coupling, drive].map(|column| last(column))
        }
        LedgerEnergies::Parts { battery, charging } => [0.0, last(battery), last(charging), 0.0],
    }
}

fn flow<'a>(ledger: &'a Ledger, name: &str) -> &'a ChannelFlow {
    ledger.channel(name).unwrap_or_else(|| panic!("{name} of {:?}", ledger.channels))
}

fn close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-9, "{what}: {found} for {expected}");
}

/// omega_C = 1.2, omega_B = 0.9, omega_d = 1, g = 0.7, F = 0.5, gamma = 0.8.
fn anchor() -> ChargerBattery {
    let mut pair = ChargerBattery::star(1).dephased(0.8);
    pair.charger.frequency = 1.2;
    pair.battery.frequencies = vec![0.9];
    pair.coupling.strengths = vec![0.7];
    pair.drive = Some(Drive { amplitude: 0.5, frequency: 1.0 });
    pair
}

#[test]
fn a_detuned_pair_has_the_numbers_that_were_computed_by_brute_force() {
    let pair = anchor();
    for method in [None, Some(Method::Taylor), Some(Method::Explicit), Some(Method::Implicit)] {
        let run = pair.charge(&Request { method, ..request(3.0) }).unwrap();
        let ledger = ledger(&run);
        let expected = [0.3987833053, 0.4278755452, 0.0576958543, -0.0555479513];
        for (found, expected) in energies(ledger).into_iter().zip(expected) {
            close(found, expected, run.method.name());
        }
        close(last(&ledger.drive_work), 0.8077366936, "work");
        close(last(&flow(ledger, "charger.dephasing").energy), 0.0210700599, "dephasing");
        assert_eq!(last(&flow(ledger, "charger.dephasing").bare), 0.0);
        assert!(ledger.residual < 1e-9, "{}: {:e}", run.method, ledger.residual);
    }
}

/// Stages after the anchor's first one: coupling and drive off, a wait with losses, a reset, an extraction.
fn staged() -> Protocol {
    let mut losing = anchor();
    losing.charger.noise = NoiseRates { relaxation: 0.2, ..NoiseRates::default() };
    losing.battery.noise = NoiseRates { relaxation: 0.1, ..NoiseRates::default() };
    let stage = |task, points| Stage { task, points };
    Protocol {
        system: ProtocolSystem::ChargerBattery(anchor()),
        stages: vec![
            stage(Task::Evolve { duration: Some(3.0), system: None }, 4),
            stage(Task::Wait { duration: 2.0, system: Some(Box::new(losing)) }, 3),
            stage(Task::Reset { target: Part::Charger, state: ResetState::State(InitialState::Ground) }, 1),
            stage(Task::Extract(Extraction::Unitary), 1),
        ],
        repeat: 1,
        shown: None,
    }
}

#[test]
fn stages_have_the_numbers_that_were_computed_by_brute_force() {
    for method in [None, Some(Method::Taylor), Some(Method::Explicit)] {
        let run = staged().charge(&Request { method, ..request(0.0) }).unwrap();
        let ledger = ledger(&run);
        close(last(&ledger.drive_work), 0.8077366936, "drive work");
        close(last(&ledger.switching_work), 0.0555479513 - 0.0576958543, "switching");
        close(last(&flow(ledger, "charger.dephasing").energy), 0.0210700599, "dephasing");
        for (name, expected) in [("battery.relaxation", -0.0775606777), ("charger.relaxation", -0.1314708617)]
        {
            close(last(&flow(ledger, name).energy), expected, name);
            close(last(&flow(ledger, name).bare), expected, name);
        }
        let n = ledger.maps.len();
        close(ledger.maps[n - 2], -0.2673124436, "reset");
        close(ledger.maps[n - 1], -0.2673124436 - 0.2058270906, "extraction");
        let [charger, battery, coupling, drive] = energies(ledger);
        close(battery, 0.1444877768, "battery");
        assert_eq!([coupling, drive], [0.0, 0.0]);
        assert!(charger.abs() < 1e-12 && ledger.residual < 1e-9, "{:e}", ledger.residual);
    }
}

/// Systems that none of the exact methods treats alone, and those that they do.
fn systems() -> Vec<(&'static str, ChargerBattery)> {
    let noise = |dephasing, relaxation, thermal_occupation| NoiseRates {
        dephasing,
        relaxation,
        thermal_occupation,
        pumping: 0.0,
    };
    let mut list = Vec::new();
    list.push(("resonant pair", ChargerBattery::star(1).driven(0.5).dephased(1.0)));
    list.push(("detuned pair", anchor()));
    let mut dipole = anchor();
    dipole.coupling.form = CouplingForm::Dipole;
    dipole.charger.noise = noise(0.3, 0.2, 0.4);
    list.push(("driven dipole", dipole.clone()));
    dipole.charger.noise = noise(0.0, 0.0, 0.0);
    list.push(("closed driven dipole", dipole.clone()));
    dipole.drive = None;
    dipole.initial.charger = InitialState::Excited;
    list.push(("closed dipole", dipole));
    let mut star = ChargerBattery::star(3).driven(0.4);
    star.battery.frequencies = vec![1.0, 1.1, 0.8];
    star.coupling.strengths = vec![0.5, 0.7, 0.6];
    star.charger.noise = noise(0.4, 0.1, 0.2);
    star.battery.noise = noise(0.2, 0.3, 0.5);
    list.push(("unequal cells", star));
    let mut local = ChargerBattery::star(3).driven(0.4);
    local.charger.frequency = 1.3;
    local.battery.noise = noise(0.2, 0.3, 0.5);
    list.push(("local noise", local.clone()));
    local.battery.collective_noise = true;
    list.push(("collective noise", local));
    let mut qudits = ChargerBattery::star(2).driven(0.4).dephased(0.7);
    qudits.battery.cell = Cell::Qudit(4);
    qudits.charger.frequency = 1.2;
    list.push(("qudits", qudits));
    let mut closed = anchor();
    closed.charger.noise = noise(0.0, 0.0, 0.0);
    list.push(("closed driven pair", closed));
    let mut cavity = ChargerBattery::star(3).with_charger_in(InitialState::Coherent(1.0));
    cavity.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
    cavity.charger.detuning = 0.2;
    list.push(("Tavis-Cummings cavity", cavity.clone()));
    cavity.coupling.form = CouplingForm::Dipole;
    list.push(("Dicke cavity", cavity.clone()));
    cavity.charger.noise = noise(0.1, 0.2, 0.0);
    list.push(("lossy cavity", cavity));
    let mut two = ChargerBattery::oscillators().driven(0.2);
    list.push(("two closed oscillators", two.clone()));
    two.charger.noise = noise(0.0, 0.3, 0.2);
    two.battery.detuning = 0.1;
    two.drive = Some(Drive { amplitude: 0.2, frequency: 1.0 });
    list.push(("Gaussian oscillators", two.clone()));
    two.charger.noise = noise(0.5, 0.3, 0.0);
    list.push(("moments", two));
    list.push(("number sectors", ChargerBattery::oscillators().driven(0.3).dephased(0.5)));
    let mut dipole = ChargerBattery::oscillators();
    dipole.coupling = Coupling { strengths: vec![0.1], scaling: 1.0, form: CouplingForm::Dipole };
    (dipole.charger.frequency, dipole.battery.frequencies[0]) = (1.1, 0.9);
    dipole.drive = Some(Drive { amplitude: 0.1, frequency: 1.0 });
    (dipole.charger.noise, dipole.battery.noise) = (noise(0.0, 0.3, 0.0), noise(0.0, 0.1, 0.0));
    dipole = dipole.with_charger_in(InitialState::Coherent(0.3)).with_battery_in(InitialState::Squeezed(0.1));
    list.push(("Gaussian dipole", dipole));
    let mut qubit = ChargerBattery::star(1).driven(0.3).dephased(0.5);
    qubit.battery.cell = Cell::Oscillator(Cutoff::Auto);
    list.push(("oscillator behind a qubit", qubit));
    list
}

#[test]
fn what_flows_is_what_energies_gain() {
    for (name, system) in systems() {
        let run = system.charge(&request(2.0)).unwrap();
        let ledger = ledger(&run);
        println!("{name}: {} {:e} {:?}", run.method, ledger.residual, energies(ledger));
        assert!(ledger.residual < 1e-9, "{name} by {}: {:e}", run.method, ledger.residual);
        // E_B is that of the run.
        for (found, expected) in ledger.battery().iter().zip(run.series.energy()) {
            close(*found, expected, name);
        }
        assert_eq!(ledger.drive_work.len(), run.times.len());
    }
}

/// Every energy and flow at the last time by its name in the references.
fn named(ledger: &Ledger) -> Vec<(String, f64)> {
    let mut list: Vec<(String, f64)> = match &ledger.energies {
        LedgerEnergies::Charger { .. } => {
            let names = ["charger", "battery", "coupling", "drive"];
            names.into_iter().map(String::from).zip(energies(ledger)).collect()
        }
        LedgerEnergies::Parts { battery, charging } => {
            vec![("battery".into(), last(battery)), ("charging".into(), last(charging))]
        }
    };
    list.push(("drive_work".into(), last(&ledger.drive_work)));
    for ChannelFlow { name, energy, bare } in &ledger.channels {
        list.push((name.clone(), last(energy)));
        list.push((format!("{name}.bare"), last(bare)));
    }
    list
}

/// Values of the brute force (references/ledger.py made them): every number, by every method that is given.
fn compare(name: &str, run: &Charging) {
    let expected: serde_json::Value = serde_json::from_str(include_str!("references/ledger.json")).unwrap();
    let expected = expected[name].as_object().unwrap();
    let found = named(ledger(run));
    assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
    for (what, x) in found {
        let expected = expected[&what].as_f64().unwrap();
        assert!((x - expected).abs() < 2e-9, "{name} by {}, {what}: {x} for {expected}", run.method);
    }
}

#[test]
fn every_number_is_that_of_the_brute_force() {
    let of = |name: &str| systems().into_iter().find(|(known, _)| *known == name).unwrap().1;
    for (name, end, methods) in [
        ("detuned pair", 3.0, &[None, Some(Method::Explicit), Some(Method::Implicit)][..]),
        ("driven dipole", 2.0, &[None]),
        ("closed driven dipole", 2.0, &[None]),
        ("unequal cells", 2.0, &[None, Some(Method::Taylor)]),
        ("local noise", 2.0, &[None]),
        ("qudits", 2.0, &[None, Some(Method::Taylor)]),
        ("moments", 2.0, &[None, Some(Method::Moments)]),
        ("Gaussian dipole", 2.0, &[None]),
    ] {
        for method in methods {
            compare(name, &of(name).charge(&Request { method: *method, ..request(end) }).unwrap());
        }
    }
}

/// Two qubits in pulses, with two lists of channels.
fn pulsed() -> Parts {
    let t = || TimeFunction::Time;
    let pulse = Letter::X.on(1).scaled((t() - 1.0).gaussian(0.5));
    let turning = (Letter::X.on(0) * Letter::Z.on(1) * 0.4).scaled((t() * 2.0).then(Elementary::Sin));
    let charging = Letter::X.on(0) * Letter::X.on(1) * 0.3 + pulse + turning;
    let parts = ["battery", "other"].map(|name| SystemPart::new(name, PartKind::Qubit, 1)).into();
    let channel = |rate, operator, group| PartsChannel { rate, operator, memory: None, group };
    Parts::new(parts, Letter::Number.on(0), charging)
        .with_channel_of(channel(0.2, Letter::Lower.on(0), 0))
        .with_channel_of(channel(0.2, Letter::Lower.on(1), 0))
        .with_channel_of(channel(0.1, Letter::Z.on(1), 1))
}

#[test]
fn parts_that_depend_on_time_have_the_numbers_of_the_brute_force() {
    compare("parts", &pulsed().charge(&request(2.0)).unwrap());
}

/// Every kind of stage, off resonance, with the coupling on while some of them happen.
fn every_stage(form: CouplingForm) -> Protocol {
    let mut own = anchor();
    own.coupling.form = form;
    own.battery.frequencies = vec![1.1];
    own.battery.noise = NoiseRates { dephasing: 0.2, relaxation: 0.1, ..NoiseRates::default() };
    let mut system = anchor();
    system.coupling.form = form;
    let stage = |task| Stage { task, points: 3 };
    let ground = || ResetState::State(InitialState::Ground);
    let stages = vec![
        stage(Task::Pulse { target: Part::Charger, angle: 0.7 }),
        stage(Task::Evolve { duration: Some(1.0), system: None }),
        stage(Task::Measure { target: Part::Charger, outcome: None }),
        stage(Task::Evolve { duration: Some(0.8), system: Some(Box::new(own)) }),
        stage(Task::Dephase { target: Part::Battery }),
        stage(Task::Reset { target: Part::Charger, state: ground() }),
        stage(Task::Wait { duration: 0.5, system: None }),
        stage(Task::Extract(Extraction::Unitary)),
        stage(Task::Evolve { duration: Some(1.2), system: None }),
        stage(Task::Extract(Extraction::Load { rate: 0.4, duration: 0.9 })),
    ];
    Protocol { system: ProtocolSystem::ChargerBattery(system), stages, repeat: 3, shown: None }
}

#[test]
fn stages_of_every_kind_close_over_all_cycles() {
    for form in [CouplingForm::Exchange, CouplingForm::Dipole] {
        for method in [None, Some(Method::Explicit)] {
            let run = every_stage(form).charge(&Request { method, ..request(0.0) }).unwrap();
            let ledger = ledger(&run);
            assert!(ledger.residual < 1e-9, "{form:?}, {method:?}: {:e}", ledger.residual);
            assert_eq!(ledger.maps.len(), run.times.len());
            // All of it moves, and the load takes.
            for x in [&ledger.drive_work, &ledger.switching_work, &ledger.maps] {
                assert!(last(x).abs() > 1e-3, "{form:?}: {x:?}");
            }
            assert!(last(&flow(ledger, "load").energy) < -0.01);
            let names = ["charger.dephasing", "battery.dephasing", "battery.relaxation"];
            assert!(names.iter().all(|name| last(&flow(ledger, name).energy).abs() > 1e-4), "{form:?}");
        }
    }
}

#[test]
fn on_resonance_dephasing_carries_nothing_and_all_is_work_of_the_drive() {
    let run = ChargerBattery::star(2).driven(0.5).dephased(1.0).charge(&request(4.0)).unwrap();
    let ledger = ledger(&run);
    let [charger, battery, coupling, drive] = energies(ledger);
    for x in [coupling, drive, last(&flow(ledger, "charger.dephasing").energy)] {
        assert!(x.abs() < 1e-12, "{x:e}");
    }
    close(last(&ledger.drive_work), charger + battery, "work");
}

#[test]
fn work_of_the_drive_is_a_number_of_quanta() {
    // int P_d = omega_d [Delta <n_C + n_B> - sum_k int r_k Tr((n_C + n_B) D_k rho)].
    let mut pair = anchor();
    pair.charger.noise =
        NoiseRates { dephasing: 0.3, relaxation: 0.2, thermal_occupation: 0.4, pumping: 0.0 };
    pair.battery.noise = NoiseRates { dephasing: 0.0, relaxation: 0.1, ..NoiseRates::default() };
    let run = pair.charge(&request(3.0)).unwrap();
    let ledger = ledger(&run);
    let [charger, battery, ..] = energies(ledger);
    let bare = |name: &str| last(&flow(ledger, name).bare);
    let quanta = (charger - bare("charger.relaxation")) / 1.2 + (battery - bare("battery.relaxation")) / 0.9;
    close(last(&ledger.drive_work), quanta, "work");
}

#[test]
fn a_sweep_has_no_ledger_unless_it_asks() {
    let quiet = Request { ledger: false, ..request(1.0) };
    assert_eq!(anchor().charge(&quiet).unwrap().ledger, Err(leyden::Why::NotAsked));
    let none = Request { times: Vec::new(), ..request(1.0) };
    let two = ChargerBattery::oscillators().driven(0.3);
    assert_eq!(two.charge(&none).unwrap().ledger, Err(leyden::Why::NoTimes));
}

/// Names and columns of everything in a ledger.
fn columns(ledger: &Ledger) -> Vec<(String, &[f64])> {
    let mut list: Vec<(String, &[f64])> = match &ledger.energies {
        LedgerEnergies::Charger { charger, battery, coupling, drive } => vec![
            ("charger".into(), charger),
            ("battery".into(), battery),
            ("coupling".into(), coupling),
            ("drive".into(), drive),
        ],
        LedgerEnergies::Parts { battery, charging } => {
            vec![("battery".into(), battery), ("charging".into(), charging)]
        }
    };
    list.push(("work".into(), &ledger.drive_work));
    for ChannelFlow { name, energy, bare } in &ledger.channels {
        list.push((name.clone(), energy));
        list.push((format!("{name}, bare"), bare));
    }
    list
}

/// Two ledgers of one system are the same at every time.
fn agree(one: &Charging, other: &Charging, what: &str) {
    assert!(one.method != other.method, "{what}: both by {}", one.method);
    let (a, b) = (columns(ledger(one)), columns(ledger(other)));
    assert_eq!(a.len(), b.len(), "{what}");
    for ((name, x), (same, y)) in a.into_iter().zip(b) {
        assert_eq!(name, same, "{what}");
        let apart = x.iter().zip(y).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
        assert!(x.len() == y.len() && apart < 1e-9, "{what}, {name}: {apart:e}\n{x:?}\n{y:?}");
    }
    for run in [one, other] {
        assert!(ledger(run).residual < 1e-9, "{what} by {}: {:e}", run.method, ledger(run).residual);
    }
}

/// A superposition of such sizes and phases.
fn superposed(list: impl Iterator<Item = (f64, f64)>) -> InitialState {
    let list: Vec<(f64, f64)> = list.collect();
    let norm = list.iter().map(|(r, _)| r * r).sum::<f64>().sqrt();
    InitialState::Superposition(
        list.iter().map(|(r, phase)| Complex64::from_polar(r / norm, *phase)).collect(),
    )
}

/// Systems of Rabi blocks: every start, basis and detuning that has a closed form of its own.
fn of_rabi_blocks() -> Vec<(&'static str, ChargerBattery)> {
    let turned = |n: usize| superposed((0..n).map(|k| (1.0 / (1.0 + k as f64), 0.7 + k as f64)));
    let mut list = vec![
        ("closed pair", ChargerBattery::star(1).driven(0.5)),
        ("star", ChargerBattery::star(3).driven(0.4).dephased(0.8)),
        ("charger excited", ChargerBattery::star(2).dephased(0.8).with_charger_in(InitialState::Excited)),
    ];
    let mut lab = ChargerBattery::star(3).driven(0.7).dephased(0.3);
    lab.charger.frequency = 2.0;
    lab.battery.frequencies = vec![2.0; 3];
    lab.drive = Some(Drive { amplitude: 0.7, frequency: 2.0 });
    let lab = lab.with_charger_in(turned(2)).with_battery_in(turned(4));
    list.push(("superposed star at frequency 2", lab.clone()));
    list.push(("the same, closed", {
        let mut closed = lab.clone();
        closed.charger.noise.dephasing = 0.0;
        closed
    }));
    let mut detuned = lab.clone();
    detuned.charger.detuning = 0.4;
    list.push(("the same, charger detuned", detuned.clone()));
    detuned.drive = None;
    list.push(("the same without a drive", detuned));
    let mut idle = lab;
    idle.drive = None;
    list.push(("resonant without a drive", idle));
    let mut unequal = ChargerBattery::star(2).driven(0.6).dephased(0.5).with_charger_in(turned(2));
    unequal.coupling.strengths = vec![0.5, 0.9];
    list.push(("unequal couplings", unequal));
    list.push((
        "thermal cells",
        ChargerBattery::star(3).driven(0.5).dephased(0.4).with_battery_in(InitialState::Thermal(0.3)),
    ));
    let mut oscillator = ChargerBattery::star(1).driven(0.3).dephased(0.5).with_charger_in(turned(2));
    oscillator.battery.cell = Cell::Oscillator(Cutoff::Auto);
    list.push(("oscillator", oscillator));
    list
}

#[test]
fn rabi_blocks_have_the_ledger_of_general_methods() {
    for (what, system) in of_rabi_blocks() {
        let exact = system.charge(&Request { method: Some(Method::RabiBlocks), ..request(3.0) }).unwrap();
        let general = system
            .charge(&Request { method: Some(Method::Taylor), tolerance: 1e-12, ..request(3.0) })
            .unwrap();
        agree(&exact, &general, what);
    }
    // As large as Rabi blocks go, with the work of the drive integrated for itself, and beyond, where only some of the blocks are found.
    for cells in [120, 301] {
        let star = ChargerBattery::star(cells).driven(6.0).dephased(0.7);
        let run = star.charge(&Request { times: vec![0.0, 0.3, 2.0, 40.0], ..request(1.0) }).unwrap();
        let ledger = ledger(&run);
        assert_eq!(run.method, Method::RabiBlocks);
        assert!(ledger.residual < 1e-9, "{cells}: {:e}", ledger.residual);
        let [charger, battery, coupling, drive] = energies(ledger);
        let none = coupling.abs() + drive.abs();
        assert!(battery > 0.1 && charger > 0.01 && none < 1e-9, "{cells}: {battery} {charger} {none:e}");
        close(last(&ledger.drive_work), charger + battery, "work");
    }
    // Nothing reaches the battery: the charger alone.
    let alone = |cells: usize| {
        let mut star = ChargerBattery::star(cells).driven(0.4).dephased(0.3);
        star.coupling.strengths = vec![0.0; cells];
        star.charge(&request(3.0)).unwrap()
    };
    let (few, many) = (alone(2), alone(301));
    for ((name, x), (_, y)) in columns(ledger(&few)).into_iter().zip(columns(ledger(&many))) {
        close(last(x), last(y), &name);
    }
    assert!(last(&ledger(&many).drive_work) > 0.1);
}

#[test]
fn number_blocks_have_the_ledger_of_general_methods() {
    let amplitudes = |list: &[(f64, f64)]| superposed(list.iter().copied());
    let mut cavity = ChargerBattery::star(3);
    cavity.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
    cavity.charger.detuning = 0.3;
    (cavity.charger.frequency, cavity.battery.frequencies) = (1.3, vec![1.3; 3]);
    let photons = amplitudes(&[(0.6, 0.0), (0.3, 0.5), (0.0, -0.4)]);
    let mut qudits = cavity.clone().with_charger_in(InitialState::Fock(3));
    (qudits.battery.cell, qudits.coupling.scaling) = (Cell::Qudit(3), 1.0);
    for (what, system) in [
        ("photon numbers", cavity.clone().with_charger_in(InitialState::Fock(2))),
        (
            "superposed photons and cells",
            cavity.clone().with_charger_in(photons).with_battery_in(amplitudes(&[
                (0.8, 0.0),
                (0.1, 0.3),
                (0.2, 0.0),
            ])),
        ),
        ("excited cells", cavity.clone().with_battery_in(InitialState::Excited)),
        (
            "thermal cells",
            cavity.clone().with_charger_in(InitialState::Fock(1)).with_battery_in(InitialState::Thermal(0.3)),
        ),
        ("qudits", qudits),
    ] {
        let exact = system.charge(&Request { method: Some(Method::NumberBlocks), ..request(3.0) }).unwrap();
        let general = system
            .charge(&Request { method: Some(Method::Explicit), tolerance: 1e-12, ..request(3.0) })
            .unwrap();
        agree(&exact, &general, what);
    }
    // A large cavity, which no general method would follow.
    let mut large = ChargerBattery::star(100).with_charger_in(InitialState::Fock(100));
    large.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
    let run = large.charge(&request(0.2)).unwrap();
    assert_eq!(run.method, Method::NumberBlocks);
    assert!(ledger(&run).residual < 1e-9 && energies(ledger(&run))[1] > 10.0);
}

/// A charger in a field with memory, detuned: white at t_c -> 0.
fn remembering(noise: FieldNoise, correlation_time: f64, start: Option<f64>) -> ChargerBattery {
    let mut star = anchor().remembering(FieldMemory { noise, correlation_time, start });
    star.battery.noise = NoiseRates { dephasing: 0.2, relaxation: 0.1, ..NoiseRates::default() };
    star
}

#[test]
fn a_field_with_memory_has_a_flow_of_its_own() {
    for noise in FieldNoise::ALL {
        for start in [None, Some(0.6)] {
            let system = remembering(noise, 0.8, start);
            for method in [None, Some(Method::Explicit), Some(Method::Implicit)] {
                let run = system.charge(&Request { method, detail: Detail::States, ..request(3.0) }).unwrap();
                let ledger = ledger(&run);
                let what = format!("{noise:?} from {start:?} by {}", run.method);
                assert!(ledger.residual < 1e-9, "{what}: {:e}", ledger.residual);
                let field = flow(ledger, "charger.dephasing");
                assert!(last(&field.energy).abs() > 1e-3 && last(&field.bare) == 0.0, "{what}: {field:?}");
                // The field leaves n_C + n alone, so that the work of the drive is a number of quanta.
                let [charger, battery, ..] = energies(ledger);
                let bare = |name: &str| last(&flow(ledger, name).bare);
                let quanta = charger / 1.2 + (battery - bare("battery.relaxation")) / 0.9;
                close(last(&ledger.drive_work), quanta, &what);
            }
            // As written, with the accounts of parts.
            let run = system
                .as_parts()
                .charge(&Request { method: Some(Method::Taylor), detail: Detail::States, ..request(3.0) })
                .unwrap();
            assert!(ledger(&run).residual < 1e-9, "{:e}", ledger(&run).residual);
        }
    }
    // What the field puts in while nothing else is there: sigma^2 t_c -> gamma/2 of white noise.
    let flows = |system: &ChargerBattery| {
        let run = system.charge(&Request { detail: Detail::States, ..request(3.0) }).unwrap();
        flow(ledger(&run), "charger.dephasing").energy.clone()
    };
    let mut white = remembering(FieldNoise::Telegraph, 1e-4, None);
    let fast = flows(&white);
    white.charger.memory = None;
    for (fast, white) in fast.iter().zip(flows(&white)) {
        assert!((fast - white).abs() < 1e-4, "{fast} {white}");
    }
}

/// Five spins around one.
fn spins(correlations: Correlations, t1: f64) -> NmrStar {
    let relaxation = |equilibrium| SpinRelaxation { t1, t2: t1, equilibrium };
    NmrStar {
        chargers: 5,
        coupling: 0.7,
        frequency: 1.4,
        charger_excitation: 0.8,
        battery_excitation: 0.15,
        charger: relaxation(0.3),
        battery: relaxation(0.2),
        correlations,
    }
}

#[test]
fn spins_without_stages_have_a_ledger() {
    let free = |correlations| spins(correlations, f64::INFINITY).charge(&request(4.0)).unwrap();
    agree(&free(Correlations::Dropped), &free(Correlations::Kept), "free spins");
    let run = spins(Correlations::Kept, 2.0).charge(&request(4.0)).unwrap();
    let found = ledger(&run);
    assert!(found.residual < 1e-9, "{:e}", found.residual);
    for (found, expected) in found.battery().iter().zip(run.series.energy()) {
        close(*found, expected, "battery");
    }
    // Every spin relaxes for itself: five chargers from 0.8 towards 0.3.
    let [charger, battery, ..] = energies(found);
    let bare = |name: &str| last(&flow(found, name).bare);
    close(
        bare("charger.relaxation") + bare("battery.relaxation"),
        charger + battery - 1.4 * (5.0 * 0.8 + 0.15),
        "heat",
    );
    assert!(bare("charger.relaxation") < -1.0);
}
