//! What the rates of noise mean: every channel, alone and together, on every kind of charger and cell, by its closed form.

mod common;

use common::charge;
use leyden::model::{Cell, ChargerBattery, Cutoff, NoiseRates};
use leyden::space::InitialState;
use leyden::{Hermitian, MasterEquation, Operator, Times};

const TIMES: [f64; 5] = [0.0, 0.2, 0.9, 1.7, 6.0];

/// Rates down and up: k(n+1), and k n beside what pumps.
fn cases() -> Vec<(NoiseRates, f64, f64)> {
    let of = |relaxation, thermal_occupation, pumping| {
        let rates = NoiseRates { dephasing: 0.6, relaxation, thermal_occupation, pumping };
        (rates, relaxation * (thermal_occupation + 1.0), relaxation * thermal_occupation + pumping)
    };
    vec![of(0.4, 0.0, 0.0), of(0.4, 0.7, 0.0), of(0.0, 0.0, 0.3), of(0.4, 0.7, 0.3), of(0.4, 0.0, 0.3)]
}

fn near(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-10, "{what}: {found} for {expected}");
}

/// An idle charger beside cells that nothing couples to it.
fn apart(cells: usize) -> ChargerBattery {
    let mut model = ChargerBattery::star(cells);
    model.coupling.strengths = vec![0.0; cells];
    model
}

#[test]
fn qubits_relax_to_the_ratio_of_their_rates() {
    for (noise, down, up) in cases() {
        for cells in [1, 2, 3] {
            for start in [InitialState::Ground, InitialState::Excited] {
                let mut model = apart(cells);
                (model.battery.noise, model.initial.battery) = (noise, start.clone());
                let p0 = if start == InitialState::Ground { 0.0 } else { 1.0 };
                let run = charge(&model, "exponential", &TIMES);
                let what = format!("{cells} cells, {noise:?}, {start:?}");
                for (i, t) in TIMES.iter().enumerate() {
                    let p = up / (up + down) + (p0 - up / (up + down)) * (-(up + down) * t).exp();
                    let (n, merits) = (cells as f64, run.at(i));
                    near(merits.energy, n * p, &what);
                    near(run.series.power[i], n * (up - (up + down) * p), &what);
                    near(merits.fluctuation, (n * p * (1.0 - p)).sqrt(), &what);
                    near(merits.purity, (p * p + (1.0 - p).powi(2)).powi(cells as i32), &what);
                    near(merits.ergotropy.local, n * (2.0 * p - 1.0).max(0.0), &what);
                }
                if let Ok(limit) = run.limit() {
                    near(limit.energy, cells as f64 * up / (up + down), &what);
                }
            }
        }
    }
}

#[test]
fn oscillators_gain_at_k_nbar_and_pumping() {
    // <n>' = -(down - up) <n> + up.
    for (noise, down, up) in cases().into_iter().filter(|(_, down, up)| down > up) {
        let mut model = apart(1);
        model.battery.cell = Cell::Oscillator(Cutoff::Levels(70));
        (model.battery.noise, model.initial.battery) = (noise, InitialState::Fock(2));
        let run = charge(&model, "taylor", &TIMES[..4]);
        for (i, t) in TIMES[..4].iter().enumerate() {
            let rest = up / (down - up);
            let n = rest + (2.0 - rest) * (-(down - up) * t).exp();
            assert!((run.at(i).energy - n).abs() < 2e-8, "{noise:?} at {t}: {} {n}", run.at(i).energy);
        }
    }
}

#[test]
fn roles_may_be_exchanged_and_channels_written_by_hand() {
    for (noise, down, up) in cases() {
        let mut model = ChargerBattery::star(1).with_charger_in(InitialState::Excited);
        model.charger.noise = noise;
        model.battery.noise = NoiseRates { relaxation: 0.2, ..NoiseRates::default() };
        model.charger.detuning = 0.3;
        let run = charge(&model, "exponential", &TIMES);
        // d rho/dt = -i[H, rho] + sum gamma D[L], L = n, sigma^-, sigma^+ of the charger, first on the slow index.
        let of = |on: usize, operator: Operator| operator.on_site(on, 2);
        let (c, b) = (of(0, Operator::spin_lowering(2)), of(1, Operator::spin_lowering(2)));
        let number = of(0, Operator::number(2));
        let h = (c.adjoint() * b.clone()).plus_adjoint() + 0.3 * number.clone();
        let hand = |h_b: Operator, h: Operator, c: Operator, b: Operator, number: Operator, start: usize| {
            MasterEquation::new(h, h_b)
                .with_channel(noise.dephasing, number)
                .with_channel(down, c.clone())
                .with_channel(up, c.adjoint())
                .with_channel(0.2, b)
                .starting_in(Hermitian::level(4, start))
                .charge(&Times::from(TIMES.to_vec()).into())
                .unwrap()
        };
        let by_hand = hand(Operator::number(2), h, c, b, number, 2);
        // Exchanged: the damped qubit is the battery of the other one, and starts excited.
        let mut exchanged = ChargerBattery::star(1).with_battery_in(InitialState::Excited);
        (exchanged.charger.noise, exchanged.battery.noise) = (model.battery.noise, noise);
        exchanged.battery.detuning = 0.3;
        let (c, b) = (of(1, Operator::spin_lowering(2)), of(0, Operator::spin_lowering(2)));
        let number = of(1, Operator::number(2));
        let h = (c.adjoint() * b.clone()).plus_adjoint() + 0.3 * number.clone();
        let by_hand_exchanged = hand(1.3 * Operator::number(2), h, c, b, number, 1);
        let exchanged = charge(&exchanged, "exponential", &TIMES);
        for i in 0..TIMES.len() {
            near(run.at(i).energy, by_hand.at(i).energy, &format!("{noise:?}"));
            near(run.at(i).ergotropy.global, by_hand.at(i).ergotropy.global, &format!("{noise:?}"));
            near(run.series.power[i], by_hand.series.power[i], &format!("{noise:?}"));
            near(exchanged.at(i).energy, by_hand_exchanged.at(i).energy, &format!("{noise:?}, exchanged"));
        }
    }
}

#[test]
fn coherences_decay_at_half_of_every_rate() {
    // A qubit driven on resonance: Gamma = (gamma + down + up)/2 and p_e = (up + 2F^2/Gamma)/(up + down + 4F^2/Gamma).
    for (noise, down, up) in cases() {
        let (f, lower) = (0.35, Operator::spin_lowering(2));
        let found = MasterEquation::new(f * lower.plus_adjoint(), Operator::number(2))
            .with_channel(noise.dephasing, Operator::number(2))
            .with_channel(down, lower.clone())
            .with_channel(up, lower.adjoint())
            .charge(&Times::from(vec![400.0]).into())
            .unwrap();
        let width = 0.5 * (noise.dephasing + down + up);
        let p = (up + 2.0 * f * f / width) / (up + down + 4.0 * f * f / width);
        near(found.last().energy, p, &format!("{noise:?}"));
        near(found.limit().unwrap().energy, p, &format!("{noise:?}"));
    }
}

#[test]
fn a_charger_that_is_pumped_alone_has_no_exact_method() {
    let pumped = NoiseRates { dephasing: 0.6, pumping: 0.3, ..NoiseRates::default() };
    let mut qubit = ChargerBattery::star(2).driven(0.5);
    qubit.charger.noise = pumped;
    let (found, expected) = (charge(&qubit, "auto", &TIMES), charge(&qubit, "taylor", &TIMES));
    assert!(found.method.is_general());
    for (a, b) in found.series.energy().iter().zip(expected.series.energy()) {
        assert!((a - b).abs() < 1e-8, "{a} {b}");
    }
    let mut oscillators = ChargerBattery::oscillators().driven(0.1);
    oscillators.charger.noise = NoiseRates { relaxation: 1.0, ..pumped };
    assert!(charge(&oscillators, "auto", &TIMES[..3]).method.is_general());
}
