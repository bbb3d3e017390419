//! The dephasing that charges fastest, by three definitions of the charging time.

mod common;

use common::star;
use leyden::charge::{Charging, Request, System, Workspace};
use leyden::merit::{ChargingTime, End, Optimum, SearchRange, Side, minimise};
use leyden::model::Cell;

/// Searches gamma between 0.001 g and 100 g for a star of N qubits.
fn search(cells: usize, f: f64, read: fn(&ChargingTime) -> f64) -> Optimum {
    let workspace = Workspace::default();
    let request = Request {
        times: Vec::new(),

        tolerance: 1e-8,
        verify: false,
        detail: leyden::asymptote::Detail::Times,
        memory_limit: 4e9,
        ..Request::default()
    };
    let range = SearchRange { from: 0.001, to: 100.0, log: true };
    minimise(&[range], &mut |x| {
        let charging: Charging = star(cells, Cell::Qubit, f, x[0]).charge_in(&request, &workspace).unwrap();
        charging.charging_time.map_or(f64::NAN, |times| read(&times))
    })
    .unwrap()
}

fn settling(times: &ChargingTime) -> f64 {
    times.settling.unwrap_or(f64::NAN)
}

fn spectral(times: &ChargingTime) -> f64 {
    times.spectral.map_or(f64::NAN, |found| found.time)
}

#[test]
fn settling_time_is_least_just_above_a_jump() {
    let cases = [
        (1, 0.425_820_0, 1.910_836_3),
        (2, 0.123_226_6, 11.352_554_6),
        (3, 0.023_060_7, 72.771_338),
        (4, 0.002_953_75, 546.486_3),
    ];
    for (cells, gamma, time) in cases {
        let found = search(cells, 0.5, settling);
        let jump = found.jump.unwrap();
        assert_eq!(jump.side, Side::Above, "N = {cells}");
        assert!((jump.position / gamma - 1.0).abs() < 3e-6, "N = {cells}: {}", jump.position);
        assert!((found.value / time - 1.0).abs() < 1e-7, "N = {cells}: {}", found.value);
        if cells == 1 {
            assert!((jump.beyond - 9.6066).abs() < 1e-4, "{}", jump.beyond);
        }
    }
}

#[test]
fn strong_drive_settles_in_nearly_the_same_time_for_any_star() {
    for (cells, time) in [(1, 1.395_983_5), (2, 1.388_587_4), (3, 1.377_021_4), (4, 1.375_068_2)] {
        let found = search(cells, 10.0, settling);
        assert!((found.value / time - 1.0).abs() < 1e-7, "N = {cells}: {}", found.value);
    }
}

#[test]
fn spectral_optimum_is_critical_damping_of_the_slowest_mode() {
    for (cells, time) in [(1, 2.414_214), (2, 9.097_835), (3, 52.266_387), (4, 409.043_754)] {
        let found = search(cells, 0.5, spectral);
        assert!((found.value / time - 1.0).abs() < 2e-7, "N = {cells}: {}", found.value);
        // gamma* = 4 w_min and tau* = 1/w_min.
        assert!((found.at[0] * found.value / 4.0 - 1.0).abs() < 1e-9, "N = {cells}");
        assert!(found.jump.is_none() && found.ends.is_empty());
    }
    // One cell: w_min = min(g, sqrt(4F^2+g^2) - g).
    let exact = 2f64.sqrt() - 1.0;
    assert!((search(1, 0.5, spectral).at[0] / (4.0 * exact) - 1.0).abs() < 1e-12);
}

#[test]
fn first_crossing_has_no_optimum_inside() {
    let found = search(1, 0.5, |times| times.first.unwrap_or(f64::NAN));
    assert_eq!(found.ends, [(0, End::From)]);
    assert_eq!(found.at[0], 0.001);
}
