//! Points that share decompositions give what each of them gives alone, whatever they differ in.

mod common;

use common::star;
use leyden::System;
use leyden::Times;
use leyden::charge::{Request, Workspace};
use leyden::model::{Cell, ChargerBattery, Cutoff};
use leyden::space::InitialState;

/// Systems by Rabi blocks, each different from the first in one thing.
fn systems() -> Vec<(&'static str, ChargerBattery)> {
    let base = || star(4, Cell::Qubit, 0.5, 1.0);
    let with = |change: &dyn Fn(&mut ChargerBattery)| {
        let mut model = base();
        change(&mut model);
        model
    };
    vec![
        ("itself", base()),
        ("dephasing", base().dephased(0.3)),
        ("detuned charger", with(&|m| m.charger.detuning = 0.4)),
        ("detuned the other way", with(&|m| m.charger.detuning = -0.4)),
        ("charger start", base().with_charger_in(InitialState::Excited)),
        ("battery start", base().with_battery_in(InitialState::Excited)),
        ("Dicke start", base().with_battery_in(InitialState::Fock(2))),
        ("thermal start", base().with_battery_in(InitialState::Thermal(0.2))),
        ("amplitude", base().driven(0.7)),
        ("amplitude of the other sign", base().driven(-0.5)),
        ("coupling", with(&|m| m.coupling.strengths = vec![1.2; 4])),
        ("unequal couplings", with(&|m| m.coupling.strengths = vec![1.2, 0.9, 0.4, 1.0])),
        ("no drive", with(&|m| (m.drive, m.initial.charger) = (None, InitialState::Excited))),
        ("cells", star(5, Cell::Qubit, 0.5, 1.0)),
        ("qutrits", star(4, Cell::Qudit(3), 0.5, 1.0)),
        ("oscillator", star(1, Cell::Oscillator(Cutoff::Auto), 0.5, 1.0)),
        (
            "frequency",
            with(&|m| {
                m.battery.frequencies = vec![1.3; 4];
                m.drive.as_mut().unwrap().frequency = 1.3;
            }),
        ),
        (
            "detuned drive and battery",
            with(&|m| {
                m.battery.detuning = 0.25;
                m.drive.as_mut().unwrap().frequency = 1.25;
            }),
        ),
    ]
}

#[test]
fn every_point_is_what_it_is_alone() {
    let request = Request::from(Times::from(vec![0.0, 0.3, 0.9, 4.0]));
    let systems = systems();
    let alone: Vec<_> = systems.iter().map(|(_, model)| model.charge(&request).unwrap()).collect();
    for (i, a) in alone.iter().enumerate() {
        let (same, _) = alone.split_at(i);
        for (j, b) in same.iter().enumerate() {
            // The sign of a detuning or of the drive leaves energies alone.
            let alike = systems[i].0.contains("other");
            assert!(alike || a.series.energy() != b.series.energy(), "{} {}", systems[i].0, systems[j].0);
        }
    }
    let forwards: Vec<usize> = (0..systems.len()).collect();
    let backwards: Vec<usize> = forwards.iter().rev().copied().collect();
    let from_the_middle: Vec<usize> = (0..systems.len()).map(|i| (7 * i + 4) % systems.len()).collect();
    for order in [forwards, backwards, from_the_middle] {
        let workspace = Workspace::default();
        // Twice: the second time what is kept is used.
        for &i in order.iter().chain(&order) {
            let (what, model) = &systems[i];
            let (found, alone) = (model.charge_in(&request, &workspace).unwrap(), &alone[i]);
            assert_eq!(found.method, alone.method, "{what}");
            assert_eq!(found.series.merits, alone.series.merits, "{what}");
            assert_eq!(found.series.power, alone.series.power, "{what}");
            assert_eq!(
                (found.asymptote, found.charging_time),
                (alone.asymptote.clone(), alone.charging_time.clone()),
                "{what}"
            );
        }
    }
}
