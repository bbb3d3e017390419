//! Engines, NMR stars and protocols: what is read from their tables.

use leyden::charge::AnySystem;
use leyden::model::{BathRates, Correlations, EngineMode, EngineModel, EngineStart, Engines, Signal};
use leyden::protocol::{Extraction, Part, Protocol, ProtocolSystem, ResetState, Task};
use leyden::space::InitialState;
use leyden_scenario::{Scenario, with_overrides};

const ENGINE: &str = "[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\n";

fn read(text: &str) -> Scenario {
    Scenario::parse("test.toml", text).unwrap_or_else(|report| panic!("{report}"))
}

fn protocol(text: &str) -> Protocol {
    match read(text).system {
        AnySystem::Protocol(protocol) => protocol,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_engine_alone_needs_no_times() {
    let AnySystem::HeatEngine(engine) =
        read(&format!("{ENGINE}drive = 0.3\nrates = \"detailed-balance\"\n")).system
    else {
        panic!()
    };
    assert_eq!(engine.signal, Signal::Drive { amplitude: 0.3, detuning: 0.0 });
    assert_eq!((engine.rates, engine.hot_rate), (BathRates::DetailedBalance, 1.0));
    let scenario = read(&format!(
        "{ENGINE}load = {{ down = 0.1, up = 0.2 }}\n[sweep]\n\"engine.load.up\" = [0.3, 0.4]\n\"engine.hot_temperature\" = [5.0]\n"
    ));
    let AnySystem::HeatEngine(engine) = scenario.template().at(&[0.4, 5.0], &[]).unwrap().system else {
        panic!()
    };
    assert_eq!(engine.signal, Signal::Load { down: 0.1, up: 0.4 });
    assert_eq!(engine.hot_temperature, 5.0);
}

#[test]
fn engines_charge_cells() {
    let text = format!(
        "{ENGINE}[charging]\nmodel = \"full\"\nmode = \"individual\"\n[battery]\ncells = 4\ndetuning = 0.25\n[coupling]\nstrength = 0.1\n[initial]\nengine = \"ground\"\nbattery = \"excited\"\n[time]\nend = 1.0\n"
    );
    let AnySystem::EngineBattery(system) = read(&text).system else { panic!() };
    assert_eq!((system.mode, system.model), (EngineMode::Individual, EngineModel::Full));
    assert_eq!((system.cells, system.coupling, system.frequency, system.detuning), (4, 0.1, 1.0, 0.25));
    assert_eq!((system.start, system.excited, system.fraction), (EngineStart::Ground, true, 0.99));
    // The collective coupling holds 1/sqrt(N) unless the file says otherwise.
    let text = text.replace("individual", "collective").replace("strength", "scaling = \"none\"\nstrength");
    let AnySystem::EngineBattery(system) = read(&text).system else { panic!() };
    assert_eq!(system.coupling, 0.2);
}

#[test]
fn engines_without_their_table_have_no_state() {
    let text = "[initial]\nengine = \"ground\"\n[time]\nend = 1.0\n";
    let report = Scenario::parse("test.toml", text).unwrap_err();
    assert_eq!(report.titles().collect::<Vec<_>>(), ["`initial.engine` has no meaning without [engine]"]);
    let other = text.replace("engine", "battery");
    assert!(Scenario::parse("test.toml", &other).is_ok());
}

#[test]
fn an_effective_rate_stands_for_the_engine() {
    let text = "[charging]\neffective_rate = 0.1\neffective_exponent = -0.8\n[battery]\ncells = 1000000\n[time]\nend = 1.0\n";
    let AnySystem::EngineBattery(system) = read(text).system else { panic!() };
    assert_eq!(system.engines, Engines::Effective { rate: 0.1, exponent: -0.8 });
    assert_eq!((system.cells, system.frequency), (1_000_000, 1.0));
}

#[test]
fn temperatures_take_kelvins() {
    let text = ENGINE.replace("hot_temperature = 10.0", "hot_temperature = \"1 K\"");
    let AnySystem::HeatEngine(engine) = read(&format!("[units]\nreference = \"1 rad/s\"\n{text}")).system
    else {
        panic!()
    };
    // k_B/hbar
    assert!((engine.hot_temperature / 1.309_203_39e11 - 1.0).abs() < 1e-8, "{}", engine.hot_temperature);
}

#[test]
fn a_star_is_in_seconds_without_being_told() {
    let text = "[nmr]\nchargers = 36\ncoupling = \"69 Hz\"\ncharger_t1 = \"3300 ms\"\nbattery_t1 = 115.4\n[time]\nend = \"20 ms\"\n";
    let scenario = read(text);
    assert_eq!(scenario.reference, Some(1.0));
    let AnySystem::NmrStar(star) = scenario.system else { panic!() };
    assert!((star.coupling - 69.0 * std::f64::consts::TAU).abs() < 1e-12);
    assert!((star.charger.t1 - 3.3).abs() < 1e-15 && star.charger.t2 == 2.0 * star.charger.t1);
    assert_eq!((star.battery.t1, star.battery.equilibrium), (115.4, 0.0));
    assert_eq!((star.charger_excitation, star.battery_excitation), (1.0, 0.0));
    assert_eq!(star.correlations, Correlations::Dropped);
    assert!((scenario.times.last().unwrap() - 0.02).abs() < 1e-15);
}

#[test]
fn stages_change_the_system_for_themselves() {
    let text = "[charger]\ndephasing = 1.4\n[battery]\ncells = 2\n[drive]\namplitude = 0.5\n[[stage]]\nkind = \"evolve\"\nduration = 3.0\npoints = 7\ndrive.amplitude = 0.25\nbattery.relaxation = 0.5\n[[stage]]\nkind = \"wait\"\nduration = 4\n[[stage]]\nkind = \"extract\"\n[cycle]\nrepeat = 5\n";
    let Protocol { system, stages, repeat, shown } = protocol(text);
    assert_eq!(shown, None);
    let ProtocolSystem::ChargerBattery(base) = system else { panic!() };
    assert_eq!((base.drive.unwrap().amplitude, base.battery.noise.relaxation, repeat), (0.5, 0.0, 5));
    let Task::Evolve { duration: Some(3.0), system: Some(own) } = &stages[0].task else {
        panic!("{stages:?}")
    };
    assert_eq!((own.drive.unwrap().amplitude, own.battery.noise.relaxation), (0.25, 0.5));
    assert_eq!((own.charger.noise.dephasing, own.cells(), stages[0].points), (1.4, 2, 7));
    assert_eq!(stages[1].task, Task::Wait { duration: 4.0, system: None });
    assert_eq!(stages[2].task, Task::Extract(Extraction::Unitary));
}

#[test]
fn every_kind_of_stage_is_read() {
    let text = "[nmr]\nchargers = 3\ncoupling = 2.0\n[[stage]]\nkind = \"reset\"\ntarget = \"chargers\"\nexcitation = 0.9\n[[stage]]\nkind = \"evolve\"\nduration = \"optimal\"\n[[stage]]\nkind = \"pulse\"\ntarget = \"charger\"\nangle = \"pi\"\n[[stage]]\nkind = \"measure\"\ntarget = \"battery\"\n[[stage]]\nkind = \"dephase\"\ntarget = \"charger\"\n[[stage]]\nkind = \"extract\"\nby = \"load\"\nrate = 0.5\nduration = 2.0\n[[stage]]\nkind = \"reset\"\ntarget = \"battery\"\nstate = \"excited\"\n";
    let tasks: Vec<Task> = protocol(text).stages.into_iter().map(|stage| stage.task).collect();
    let expected = [
        Task::Reset { target: Part::Charger, state: ResetState::Excitation(0.9) },
        Task::Evolve { duration: None, system: None },
        Task::Pulse { target: Part::Charger, angle: std::f64::consts::PI },
        Task::Measure { target: Part::Battery, outcome: None },
        Task::Dephase { target: Part::Charger },
        Task::Extract(Extraction::Load { rate: 0.5, duration: 2.0 }),
        Task::Reset { target: Part::Battery, state: ResetState::State(InitialState::Excited) },
    ];
    assert_eq!(tasks, expected);
}

#[test]
fn sweeps_reach_into_stages() {
    let text = "[nmr]\nchargers = 3\ncoupling = 2.0\n[[stage]]\nkind = \"evolve\"\nduration = \"optimal\"\n[[stage]]\nkind = \"wait\"\nduration = 1.0\n[sweep]\n\"stage.2.duration\" = { from = 3.0, to = 17.0, points = 141 }\n\"stage.1.duration\" = [0.5]\n";
    let scenario = read(text);
    assert_eq!(scenario.axes[0].key.to_string(), "stage.2.duration");
    let AnySystem::Protocol(found) = scenario.template().at(&[5.0, 0.5], &[]).unwrap().system else {
        panic!()
    };
    assert_eq!(found.stages[0].task, Task::Evolve { duration: Some(0.5), system: None });
    assert_eq!(found.stages[1].task, Task::Wait { duration: 5.0, system: None });
    let text = "[[stage]]\nkind = \"evolve\"\nduration = 1.0\ndrive.amplitude = 0.5\n[[stage]]\nkind = \"evolve\"\nduration = 1.0\n[drive]\namplitude = 0.1\n[sweep]\n\"stage.1.drive.amplitude\" = [0.7]\n\"drive.amplitude\" = [0.2]\n";
    let scenario = read(text);
    let AnySystem::Protocol(found) = scenario.template().at(&[0.7, 0.2], &[]).unwrap().system else {
        panic!()
    };
    let amplitude = |i: usize| match &found.stages[i].task {
        Task::Evolve { system: Some(own), .. } => own.drive.unwrap().amplitude,
        Task::Evolve { system: None, .. } => match &found.system {
            ProtocolSystem::ChargerBattery(base) => base.drive.unwrap().amplitude,
            _ => f64::NAN,
        },
        _ => f64::NAN,
    };
    assert_eq!((amplitude(0), amplitude(1)), (0.7, 0.2));
}

fn pair(text: &str) -> leyden::model::ChargerBattery {
    match read(text).system {
        AnySystem::ChargerBattery(system) => system,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_left_out_has_its_default() {
    use leyden::model::{Cell, ChargerKind, CouplingForm, NoiseRates};
    let scenario = read("[time]\nend = 1.0\n");
    assert_eq!((scenario.title.as_str(), scenario.tolerance), ("untitled", 1e-8));
    assert_eq!((scenario.method, scenario.reference), (None, None));
    let system = pair("[time]\nend = 1.0\n");
    assert_eq!(system.charger.kind, ChargerKind::Qubit);
    assert_eq!((system.charger.frequency, system.charger.detuning), (1.0, 0.0));
    assert_eq!((system.charger.noise, system.battery.noise), (NoiseRates::default(), NoiseRates::default()));
    assert_eq!((system.battery.cell, system.cells()), (Cell::Qubit, 1));
    assert_eq!((&system.battery.frequencies[..], system.battery.detuning), (&[1.0][..], 0.0));
    assert!(!system.battery.collective_noise && system.drive.is_none());
    assert_eq!((&system.coupling.strengths[..], system.coupling.form), (&[1.0][..], CouplingForm::Exchange));
    assert_eq!(
        (system.initial.charger, system.initial.battery),
        (InitialState::Ground, InitialState::Ground)
    );
    // Frequencies follow the battery's, and that the drive's where it is given by its detuning.
    let system = pair("[battery]\nfrequency = 1.5\n[drive]\namplitude = 0.1\n[time]\nend = 1.0\n");
    assert_eq!((system.charger.frequency, system.drive.unwrap().frequency), (1.5, 1.5));
    let text = "[charger]\ndetuning = 0.25\n[battery]\ndetuning = 0.5\n[drive]\namplitude = 0.1\nfrequency = 2.0\n[time]\nend = 1.0\n";
    let system = pair(text);
    assert_eq!((system.battery.frequencies[0], system.battery.detuning), (2.0, 0.5));
    assert_eq!((system.charger.frequency, system.charger.detuning), (2.0, 0.75));
    let AnySystem::EngineBattery(system) =
        read(&format!("{ENGINE}[coupling]\nstrength = 0.1\n[time]\nend = 1.0\n")).system
    else {
        panic!()
    };
    assert_eq!((system.mode, system.model), (EngineMode::Collective, EngineModel::Effective));
    assert_eq!((system.cells, system.coupling, system.frequency, system.fraction), (1, 0.1, 1.0, 0.99));
    assert!(!system.excited && !system.compare && system.start == EngineStart::Steady);
    let Engines::Maser(engine) = system.engines else { panic!() };
    assert_eq!((engine.hot_rate, engine.cold_rate, engine.rates), (1.0, 1.0, BathRates::Bosonic));
    let Protocol { stages, repeat, .. } = protocol("[[stage]]\nkind = \"reset\"\ntarget = \"battery\"\n");
    assert_eq!((stages[0].points, repeat), (1, 1));
    let ground = ResetState::State(InitialState::Ground);
    assert_eq!(stages[0].task, Task::Reset { target: Part::Battery, state: ground });
}

#[test]
fn superpositions_are_read_and_normalised() {
    let of = |list: &[(f64, f64)]| {
        InitialState::Superposition(list.iter().map(|(re, im)| leyden::Complex64::new(*re, *im)).collect())
    };
    let text = "[initial]\ncharger = { superposition = [0.6, [0, -0.8]] }\nbattery = { superposition = [[0, 1]] }\n[time]\nend = 1.0\n";
    let initial = pair(text).initial;
    assert_eq!(initial.charger, of(&[(0.6, 0.0), (0.0, -0.8)]));
    assert_eq!(initial.battery, of(&[(0.0, 1.0)]));
    // As `--set` writes it.
    let set = "initial.charger={superposition=[0.8, 0.6000000001]}".to_string();
    let InitialState::Superposition(found) = pair(&with_overrides(text, &[set]).unwrap()).initial.charger
    else {
        panic!()
    };
    let norm: f64 = found.iter().map(|c| c.norm_sqr()).sum();
    assert!((norm - 1.0).abs() < 1e-15 && found[1].re > 0.6, "{found:?}");
    let stage = "[[stage]]\nkind = \"evolve\"\nduration = 1.0\n[[stage]]\nkind = \"reset\"\ntarget = \"charger\"\nstate = { superposition = [0.6, 0.8] }\n";
    let state = ResetState::State(of(&[(0.6, 0.0), (0.8, 0.0)]));
    assert_eq!(protocol(stage).stages[1].task, Task::Reset { target: Part::Charger, state });
    let problem = |state: &str| {
        let text = format!("[initial]\ncharger = {state}\n[time]\nend = 1.0\n");
        Scenario::parse("test.toml", &text).unwrap_err().to_string()
    };
    for (state, title, help) in [
        (
            "{ superposition = [3, [0, 4]] }",
            "must be normalised, but has norm 5.0",
            "normalised: [0.6, [0.0, 0.8]]",
        ),
        ("{ superposition = [] }", "must be normalised, but has norm 0.0", ""),
        ("{ superposition = 1 }", "must be a list of coefficients, but is an integer", ""),
        ("{ superposition = [true] }", "must be a number or [re, im], but is a boolean", ""),
        ("{ superposition = [0.6, [0.8]] }", "must be a number or [re, im], but is a list of 1", ""),
        ("{ superpose = [0.6, 0.8] }", "unknown state `superpose`", "did you mean `superposition`?"),
        ("\"superposition\"", "but is \"superposition\"", "did you mean { superposition = [0.6, 0.8] }?"),
    ] {
        let found = problem(state);
        assert!(found.contains(title) && found.contains(help), "{found}");
    }
}

#[test]
fn every_key_of_charger_and_battery_is_heard() {
    use leyden::model::{Cell, ChargerKind, CouplingForm, Cutoff};
    let text = "[charger]\nkind = \"oscillator\"\nfrequency = 1.1\ndephasing = 0.2\nrelaxation = 0.3\nthermal_occupation = 0.4\ncutoff = 7\n[battery]\nkind = \"qudit\"\nlevels = 5\ncells = 4\nfrequency = 1.2\ndephasing = 0.5\nrelaxation = 0.6\nthermal_occupation = 0.7\nnoise = \"collective\"\n[coupling]\nstrength = 0.8\nform = \"dipole\"\nscaling = \"inverse-sqrt-cells\"\n[drive]\namplitude = 0.9\nfrequency = 1.3\n[initial]\ncharger = { squeezed = 0.25 }\nbattery = { thermal = 0.75 }\n[time]\nend = 1.0\n[method]\nname = \"explicit\"\ntolerance = 1e-5\n";
    let scenario = read(text);
    assert_eq!((scenario.method, scenario.tolerance), (Some(leyden::Method::Explicit), 1e-5));
    let system = pair(text);
    assert_eq!(system.charger.kind, ChargerKind::Oscillator(Cutoff::Levels(7)));
    assert_eq!((system.charger.frequency, system.charger.detuning), (1.1, 0.0));
    let noise = system.charger.noise;
    assert_eq!(
        (noise.dephasing, noise.relaxation, noise.thermal_occupation, noise.pumping),
        (0.2, 0.3, 0.4, 0.0)
    );
    assert_eq!((system.battery.cell, &system.battery.frequencies[..]), (Cell::Qudit(5), &[1.2; 4][..]));
    let noise = system.battery.noise;
    assert_eq!(
        (noise.dephasing, noise.relaxation, noise.thermal_occupation, noise.pumping),
        (0.5, 0.6, 0.7, 0.0)
    );
    assert!(system.battery.collective_noise);
    // g/sqrt(4)
    assert_eq!((&system.coupling.strengths[..], system.coupling.form), (&[0.4; 4][..], CouplingForm::Dipole));
    let drive = system.drive.unwrap();
    assert_eq!((drive.amplitude, drive.frequency), (0.9, 1.3));
    assert_eq!(system.initial.charger, InitialState::Squeezed(0.25));
    assert_eq!(system.initial.battery, InitialState::Thermal(0.75));
    // One by one, engines couple with g whatever is said of the scaling.
    for (scaling, coupling) in [("none", 0.1), ("inverse-sqrt-cells", 0.1)] {
        let text = format!(
            "{ENGINE}[charging]\nmode = \"individual\"\n[battery]\ncells = 4\n[coupling]\nstrength = 0.1\nscaling = \"{scaling}\"\n[time]\nend = 1.0\n"
        );
        let AnySystem::EngineBattery(system) = read(&text).system else { panic!() };
        assert_eq!(system.coupling, coupling, "{scaling}");
    }
}
