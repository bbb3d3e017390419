//! N masers and N cells with all coherences, against the master equation in the whole space and closed forms.

use leyden::exact::{EngineRun, FullEngines};
use leyden::model::{BathRates, EngineRates, EngineStart, HeatEngine, Signal};

fn set_a() -> HeatEngine {
    HeatEngine {
        hot_frequency: 10.0,
        signal_frequency: 1.0,
        hot_temperature: 10.0,
        cold_temperature: 5.0,
        hot_rate: 1.0,
        cold_rate: 1.0,
        rates: BathRates::Bosonic,
        signal: Signal::Open,
    }
}

#[test]
fn measure() {
    let n: usize = std::env::var("N").unwrap().parse().unwrap();
    let g: f64 = std::env::var("G").unwrap().parse().unwrap();
    let rates = set_a().bath_rates();
    let x = rates.a * rates.c / (rates.b * rates.d);
    let weights: Vec<f64> = (0..=n).map(|n| x.powi(n as i32)).collect();
    let limit =
        weights.iter().enumerate().map(|(n, w)| n as f64 * w).sum::<f64>() / weights.iter().sum::<f64>();
    let clock = std::time::Instant::now();
    let mut run =
        FullEngines::new(n, rates, g / (n as f64).sqrt(), 0.0).start(EngineStart::Steady, false, 1e-8);
    let mean =
        |run: &dyn EngineRun| run.populations().iter().enumerate().map(|(n, p)| n as f64 * p).sum::<f64>();
    let mut t99 = 0.0;
    while mean(&run) < 0.9999 * limit {
        run.advance_to(run.time() + run.stride()).unwrap();
        if t99 == 0.0 && mean(&run) > 0.99 * limit {
            t99 = run.time()
        }
    }
    let seconds = clock.elapsed().as_secs_f64();
    let numbers = FullEngines::dimension(n);
    println!(
        "N {n} g {g} t {} t99 {t99} trace {:.1e} seconds {seconds:.3} applications {} ns {:.2} (of unfolded) {}",
        run.time(),
        run.trace() - 1.0,
        run.applications(),
        seconds * 1e9 / run.applications() as f64 / numbers,
        run.stride()
    );
}
