//! Our side of the benchmark in `compare.py`: one case, timed inside the process, as JSON on standard output.
//!
//! `leyden-peers CASE REPEATS TOLERANCE` prints the seconds of CPU time of every repeat (after one that is not counted; with 0 repeats of that one), the method and
//! the values, one list per quantity. Operators, time grids and the tree of a scenario are made beforehand, as the operators of the peers are. Inside the clock is everything that a
//! new point of a sweep needs: the model of a scenario with its matrices, the generator, the choice of the method, the run.
//!
//! A CASE that ends in `.toml` is a scenario: E_B and the global ergotropy at all times, with all other figures of merit of the states. `limit:FILE.toml` is E_B
//! and the global ergotropy of its limit, `spectrum:FILE.toml` E_B of the limit and the slowest rate on the way, with all slow modes. `chain-10` and `cat` are master equations of
//! one's own.

mod clock;

use std::error::Error;
use std::ops::ControlFlow;

use leyden::asymptote::Detail;
use leyden::charge::{Request, System, Workspace};
use leyden::evolve::{Outcome, choose};
use leyden::lindblad::{Channel, Generator, Lindbladian};
use leyden::merit::{BatteryState, global_ergotropy};
use leyden::model::ChargerBattery;
use leyden::operator::{Hermitian, Operator};
use leyden::{MasterEquation, Times};
use leyden_scenario::{Scenario, with_overrides};
use serde_json::json;

/// What a case computes: its method, and one list of values per quantity.
type Answer = Result<(String, Vec<Vec<f64>>), Box<dyn Error>>;

const USAGE: &str = "usage: leyden-peers CASE REPEATS TOLERANCE, where CASE is drive-sweep, settling-map, star-100, jaynes-cummings, kerr, two-oscillators, chain-10, cat, [limit:]FILE.toml or \
                     spectrum:FILE.toml";

/// Bytes that a scenario may use.
const MEMORY: f64 = 4.0 * 1024.0 * 1024.0 * 1024.0;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [case, repeats, tolerance] = arguments.as_slice() else { return Err(USAGE.into()) };
    let (repeats, tolerance) = (repeats.parse()?, tolerance.parse()?);
    match case.as_str() {
        "drive-sweep" => {
            let (drives, times) = (grid(0.05, 5.0, 1000), grid(0.0, 40.0, 101));
            report(repeats, || drive_sweep(&drives, &times))
        }
        "star-100" => {
            let times = grid(0.0, 40.0, 1001);
            report(repeats, || star(100, &times))
        }
        "jaynes-cummings" => jaynes_cummings().report(repeats, tolerance),
        "kerr" => kerr().report(repeats, tolerance),
        "two-oscillators" => two_oscillators().report(repeats, tolerance),
        "chain-10" => {
            let chain = chain(10);
            let request = Request { detail: Detail::States, tolerance, ..Times::even(0.0, 10.0, 401).into() };
            report(repeats, || charged(&chain, &request))
        }
        "cat" => {
            let cat = cat();
            let request = Request { detail: Detail::States, tolerance, ..Times::even(0.0, 10.0, 101).into() };
            report(repeats, || charged(&cat, &request))
        }
        "settling-map" => {
            let (drives, gammas) = (log_grid(0.1, 10.0, 21), log_grid(0.1, 10.0, 21));
            report(repeats, || settling_map(&drives, &gammas))
        }
        file if file.ends_with(".toml") => {
            let (detail, file) = match file.split_once(':') {
                Some(("limit", file)) => (Detail::Limit, file),
                Some(("spectrum", file)) => (Detail::Spectrum, file),
                _ => (Detail::States, file),
            };
            let scenario = scenario(file, tolerance)?;
            let request = Request {
                detail,
                ledger: false,
                bounds: false,
                ..leyden_results::request(&scenario, false, MEMORY)
            };
            report(repeats, || match detail {
                Detail::States => charged(&scenario.system, &request),
                _ => settled(&scenario.system, &request),
            })
        }
        _ => Err(USAGE.into()),
    }
}

/// Runs once to warm up and `repeats` times by the clock; without repeats the first run counts.
fn report(repeats: usize, run: impl Fn() -> Answer) -> Result<(), Box<dyn Error>> {
    let start = clock::cpu_seconds();
    let (method, values) = run()?;
    let first = clock::cpu_seconds() - start;
    let mut seconds = Vec::with_capacity(repeats.max(1));
    if repeats == 0 {
        seconds.push(first);
    }
    for _ in 0..repeats {
        let start = clock::cpu_seconds();
        std::hint::black_box(run()?);
        seconds.push(clock::cpu_seconds() - start);
    }
    println!("{}", json!({ "method": method, "seconds": seconds, "values": values }));
    Ok(())
}

/// A scenario file at a tolerance.
fn scenario(file: &str, tolerance: f64) -> Result<Scenario, Box<dyn Error>> {
    let text = with_overrides(&std::fs::read_to_string(file)?, &[format!("method.tolerance={tolerance:e}")])?;
    Scenario::parse(file, &text).map_err(|report| report.to_string().into())
}

/// E_B and global ergotropy of a system, with all other figures of merit of every time; long times, ledger and rates of change are left out, as the peer
/// knows none.
fn charged(system: &dyn System, request: &Request) -> Answer {
    let charging = system.charge(request)?;
    match charging.outcome {
        Outcome::Converged => {
            let series = &charging.series;
            Ok((charging.method.name().into(), vec![series.energy(), series.ergotropy()]))
        }
        outcome => Err(format!("the run ended as {outcome:?}").into()),
    }
}

/// E_B of the limit and the global ergotropy, or with the slow modes the slowest rate in its place.
fn settled(system: &dyn System, request: &Request) -> Answer {
    let charging = system.charge(request)?;
    let limit = charging.limit().map_err(|why| why.to_string())?;
    let second = match request.detail {
        Detail::Limit => limit.ergotropy.global,
        _ => charging.asymptote.slowest_rate.map_err(|why| why.to_string())?.rate,
    };
    Ok(("long times".into(), vec![vec![limit.energy], vec![second]]))
}

/// A chain of spins whose coupling is switched on: H_B = sum_i n_i, H = H_B + 0.9 sum_i X_i X_{i+1} (the Ising chain in a transverse field), closed.
fn chain(sites: usize) -> MasterEquation {
    let x = |site| Operator::spin_lowering(2).plus_adjoint().on_site(site, sites);
    let energy = (0..sites).map(|site| Operator::number(2).on_site(site, sites)).sum::<Operator>();
    let bonds = (1..sites).map(|site| 0.9 * (x(site - 1) * x(site))).sum::<Operator>();
    MasterEquation::new(&energy + &bonds, energy)
}

/// An oscillator under a two-photon drive that loses photons in pairs, and a few one by one: L = a^2 and a, H = 2 (a^2 + a^dag^2). It ends near
/// coherent states of |alpha|^2 = 4.
fn cat() -> MasterEquation {
    let a = Operator::annihilation(40);
    let pair = &a * &a;
    MasterEquation::new(2.0 * pair.plus_adjoint(), Operator::number(40))
        .with_channel(1.0, pair)
        .with_channel(0.01, a)
}

/// `count` equally spaced numbers from `start` to `end`.
fn grid(start: f64, end: f64, count: usize) -> Vec<f64> {
    (0..count).map(|i| start + (end - start) * i as f64 / (count - 1) as f64).collect()
}

/// `count` numbers from `start` to `end`, equally spaced in their logarithm.
fn log_grid(start: f64, end: f64, count: usize) -> Vec<f64> {
    grid(start.ln(), end.ln(), count).into_iter().map(f64::exp).collect()
}

/// A dephased qubit on `cells` qubits, everything resonant with the drive; g = 1, gamma = 1.
fn charger_on_cells(cells: usize, amplitude: f64) -> ChargerBattery {
    ChargerBattery::star(cells).dephased(1.0).driven(amplitude)
}

/// E_B and global ergotropy of one cell, drive by drive.
fn drive_sweep(drives: &[f64], times: &[f64]) -> Answer {
    let room = || Vec::with_capacity(drives.len() * times.len());
    let (mut energies, mut ergotropies) = (room(), room());
    for &amplitude in drives {
        let model = charger_on_cells(1, amplitude);
        let (blocks, space) = model.rabi_blocks(model.rabi_levels())?;
        blocks.states(times, &mut |_, _, sectors, _, energy| {
            energies.push(energy);
            ergotropies.push(global_ergotropy(&BatteryState::new(&space, sectors)));
        });
    }
    Ok(("rabi-blocks".into(), vec![energies, ergotropies]))
}

/// Settling time of two qubits, drive by drive and for each at every dephasing.
fn settling_map(drives: &[f64], gammas: &[f64]) -> Answer {
    let (workspace, request) =
        (Workspace::default(), Request { detail: Detail::Times, ..Request::default() });
    let mut times = Vec::with_capacity(drives.len() * gammas.len());
    for &amplitude in drives {
        for &gamma in gammas {
            let pair = ChargerBattery::star(1).dephased(gamma).driven(amplitude);
            let charging = pair.charge_in(&request, &workspace)?;
            let settling = charging.charging_time.and_then(|time| time.settling);
            times.push(settling.map_err(|why| why.to_string())?);
        }
    }
    Ok(("rabi-blocks".into(), vec![times]))
}

/// E_B of a star.
fn star(cells: usize, times: &[f64]) -> Answer {
    let model = charger_on_cells(cells, 0.5);
    let (blocks, _) = model.rabi_blocks(model.rabi_levels())?;
    Ok(("rabi-blocks".into(), vec![blocks.energies(times)?]))
}

/// A master equation for the general methods, from the vacuum.
struct Problem {
    lindbladian: Lindbladian,
    observables: Vec<Hermitian>,
    times: Vec<f64>,
}

impl Problem {
    fn new(hamiltonian: Operator, channels: Vec<Channel>, observables: &[Operator], times: Vec<f64>) -> Self {
        Problem {
            lindbladian: Lindbladian::new(hamiltonian, channels)
                .expect("the Hamiltonians here are Hermitian"),
            observables: observables.iter().map(Hermitian::from_operator).collect(),
            times,
        }
    }

    fn report(&self, repeats: usize, tolerance: f64) -> Result<(), Box<dyn Error>> {
        report(repeats, || self.expectations(tolerance))
    }

    /// Expectation values by the method that the library picks.
    fn expectations(&self, tolerance: f64) -> Answer {
        let generator = Generator::new(&self.lindbladian);
        let method = choose(&generator, &self.times, tolerance).method;
        let vacuum = Hermitian::level(generator.dim(), 0);
        let mut values = vec![Vec::with_capacity(self.times.len()); self.observables.len()];
        let outcome = method.evolve(&generator, &vacuum, &self.times, &mut |_, _, s| {
            for (list, observable) in values.iter_mut().zip(&self.observables) {
                list.push(s.iter().zip(observable.s()).map(|(a, b)| a * b).sum());
            }
            ControlFlow::Continue(())
        })?;
        if outcome != Outcome::Converged {
            return Err(format!("the evolution ended as {outcome:?}").into());
        }
        Ok((method.method().name().into(), values))
    }
}

/// Decay at rate `gamma` into a bath of occupation `n`.
fn thermal(lower: &Operator, gamma: f64, n: f64) -> [Channel; 2] {
    [
        Channel { rate: gamma * (n + 1.0), jump: lower.clone() },
        Channel { rate: gamma * n, jump: lower.adjoint() },
    ]
}

/// A driven cavity of 20 levels with a qubit, both damped.
fn jaynes_cummings() -> Problem {
    let a = Operator::annihilation(20).kron(&Operator::identity(2));
    let s = Operator::identity(20).kron(&Operator::spin_lowering(2));
    let h = 0.1 * (&a * &s.adjoint()).plus_adjoint() + 0.07 * a.plus_adjoint();
    let channels = [thermal(&a, 0.05, 0.01), thermal(&s, 0.05, 0.01)].concat();
    let numbers = [&a.adjoint() * &a, &s.adjoint() * &s];
    Problem::new(h, channels, &numbers, grid(0.0, 200.0, 100))
}

/// A driven Kerr oscillator of 50 levels.
fn kerr() -> Problem {
    let a = Operator::annihilation(50);
    let number = &a.adjoint() * &a;
    let pairs = &(&a.adjoint() * &a.adjoint()) * &(&a * &a);
    let h = 0.1 * &number + (-0.5 * 0.05) * pairs + 2.0 * a.plus_adjoint();
    Problem::new(h, thermal(&a, 1.0, 0.2).to_vec(), &[number], grid(0.0, 10.0, 100))
}

/// A driven and dephased oscillator of 15 levels charging one of 25.
fn two_oscillators() -> Problem {
    let c = Operator::annihilation(15).kron(&Operator::identity(25));
    let b = Operator::identity(15).kron(&Operator::annihilation(25));
    let (n_c, n_b) = (&c.adjoint() * &c, &b.adjoint() * &b);
    let h = 0.1 * &n_c + -0.1 * &n_b + (&c.adjoint() * &b).plus_adjoint() + 0.5 * c.plus_adjoint();
    let channels = vec![Channel { rate: 0.25, jump: n_c.clone() }];
    Problem::new(h, channels, &[n_b, n_c], grid(0.0, 10.0, 21))
}
