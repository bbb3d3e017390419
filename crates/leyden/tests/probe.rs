mod common;
use common::{charge, star};
use leyden::model::*;
fn show(name: &str, m: &ChargerBattery, method: &str) {
    let t0 = std::time::Instant::now();
    let run = charge(m, method, &[0.0, 10.0, 50.0, 100.0, 500.0]);
    let a = &run.asymptote;
    println!("== {name} {} {:?} levels {:?}", run.method, t0.elapsed(), run.levels);
    println!("  E {:?} erg {:?}", run.series.energy, run.series.global);
    println!(
        "  limit {:?} unique {:?} conserved {:?} cert {} res {:?} slow {:?} why {:?}",
        a.limit.map(|l| (l.energy, l.ergotropy.global, l.ergotropy.collective, l.ergotropy.local)),
        a.unique,
        a.conserved,
        a.certified,
        a.residual,
        a.slowest_rate,
        a.why
    );
    println!("  values {:?}", &a.conserved_values[..a.conserved_values.len().min(6)]);
    println!(
        "  plateaus {:?}",
        a.plateaus.as_ref().map(|p| p
            .iter()
            .map(|p| (p.energy, p.ergotropy.global, p.from, p.lifetime, p.settling, p.first))
            .collect::<Vec<_>>())
    );
    println!(
        "  rates {:?}",
        a.rates.as_ref().map(|p| p
            .iter()
            .take(4)
            .map(|p| (p.rate, p.frequency, p.energy, p.ergotropy))
            .collect::<Vec<_>>())
    );
    println!(
        "  times {:?}",
        run.charging_time.as_ref().map(|t| (
            t.settling.clone(),
            t.first.clone(),
            t.spectral.clone().map(|s| s.time)
        ))
    );
}
#[test]
fn probe() {
    let pair = |dc: f64, db: f64| {
        let mut m = star(1, Cell::Qubit, 0.5, 1.4);
        m.charger.frequency = 1.0 + dc;
        m.battery.frequencies[0] = 1.0 + db;
        m
    };
    show("pair .1 .1", &pair(0.1, 0.1), "auto");
    show("pair 0 .1", &pair(0.0, 0.1), "auto");
    show("pair .1 0", &pair(0.1, 0.0), "auto");
    show("pair .1 0 taylor", &pair(0.1, 0.0), "taylor");
    for n in [2, 3, 7, 8, 10, 20] {
        let mut m = star(n, Cell::Qubit, 0.5 * (n as f64).sqrt(), 1.4);
        m.battery.frequencies = vec![1.1; n];
        show(&format!("star {n} detuned"), &m, "auto");
    }
    for n in [6, 7, 8, 20] {
        show(&format!("star {n} resonant"), &star(n, Cell::Qubit, 0.5, 1.4), "taylor");
    }
    let mut m = star(1, Cell::Qubit, 0.5, 0.0);
    show("undamped", &m, "auto");
    show("undamped", &m, "taylor");
    m.drive = None;
    m.charger.noise.dephasing = 1.4;
    show("F=0", &m, "auto");
    show("F=0", &m, "taylor");
    let mut m = star(2, Cell::Qubit, 0.5, 1.4);
    m.coupling.strengths = vec![1.0, 0.0];
    show("one vanishing", &m, "auto");
    show("one vanishing", &m, "taylor");
    let mut m = star(2, Cell::Qubit, 0.5, 1.4);
    m.coupling.strengths = vec![1.0, 0.7];
    m.battery.frequencies = vec![1.0, 1.3];
    show("two unequal", &m, "auto");
    m.battery.noise.relaxation = 0.3;
    m.battery.collective_noise = true;
    m.battery.frequencies = vec![1.0, 1.0];
    m.drive = None;
    m.coupling.strengths = vec![1.0, 1.0];
    m.initial.battery = leyden::space::InitialState::Excited;
    show("two dark", &m, "auto");
}
#[test]
fn probe2() {
    for (n, coll) in [(3, true), (10, true), (4, false), (10, false)] {
        let mut m = star(n, Cell::Qubit, 1.5, 1.4);
        m.battery.noise = NoiseRates { dephasing: 0.0, relaxation: 0.1, thermal_occupation: 0.2 };
        m.battery.collective_noise = coll;
        show(&format!("relaxing star {n} {coll}"), &m, "auto");
        m.battery.noise.thermal_occupation = 0.0;
        show(&format!("relaxing star {n} {coll} cold"), &m, "auto");
        m.drive = None;
        m.initial.charger = leyden::space::InitialState::Excited;
        show(&format!("relaxing star {n} {coll} cold undriven"), &m, "auto");
    }
}
#[test]
fn probe3() {
    for n in [8, 10, 20, 40] {
        let mut m = star(n, Cell::Qubit, 0.5 * (n as f64).sqrt(), 1.4);
        m.battery.frequencies = vec![1.1; n];
        show(&format!("star {n} detuned"), &m, "auto");
    }
}
