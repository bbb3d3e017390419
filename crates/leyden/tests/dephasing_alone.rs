//! Dephasing by itself, H = L = n: closed forms of a field with memory on parts, and pictures that agree with them.

use leyden::charge::{Charging, Count, Trajectories};
use leyden::evolve::Picture;
use leyden::model::{FieldMemory, FieldNoise};
use leyden::parts::{Letter, Part, PartKind, Parts, Terms};
use leyden::{Complex64, InitialState, Method, Request, Times};

const GAMMA: f64 = 1.3;
const T_C: f64 = 0.7;
const TIMES: [f64; 5] = [0.0, 0.3, 1.0, 2.5, 6.0];

/// Amplitudes of the start.
const START: [f64; 3] = [0.6, 0.48, 0.64];

/// One qutrit with H = n under a field on n.
fn qutrit(memory: Option<FieldMemory>) -> Parts {
    let state = InitialState::superposition(START.map(Complex64::from).to_vec()).unwrap();
    let part = Part::new("system", PartKind::Qudit(3), 1).starting_in(state);
    let parts = Parts::new(vec![part], Letter::Number.on(0) * 1.0, Terms::default());
    match memory {
        Some(memory) => parts.with_field(GAMMA, Letter::Number.on(0) * 1.0, memory),
        None => parts.with_channel(GAMMA, Letter::Number.on(0) * 1.0),
    }
}

fn memory(noise: FieldNoise, start: Option<f64>) -> FieldMemory {
    FieldMemory { noise, correlation_time: T_C, start }
}

/// What is left of the coherence of levels that differ by d, times its phase.
fn coherence(memory: Option<FieldMemory>, d: f64, t: f64) -> Complex64 {
    let sigma = (0.5 * GAMMA / T_C).sqrt();
    let (e, nu) = ((-t / T_C).exp(), 0.5 / T_C);
    match memory {
        None => (-0.5 * GAMMA * d * d * t).exp().into(),
        Some(FieldMemory { noise: FieldNoise::OrnsteinUhlenbeck, start, .. }) => match start {
            None => (-0.5 * GAMMA * d * d * (t - T_C * (1.0 - e))).exp().into(),
            Some(b) => {
                let variance = (sigma * T_C).powi(2) * (2.0 * t / T_C - 3.0 + 4.0 * e - e * e);
                Complex64::from_polar((-0.5 * d * d * variance).exp(), -d * b * T_C * (1.0 - e))
            }
        },
        Some(FieldMemory { noise: FieldNoise::Telegraph, start, .. }) => {
            let mu = Complex64::from(nu * nu - sigma * sigma * d * d).sqrt();
            let turned = Complex64::new(nu, -d * start.unwrap_or(0.0)) / mu;
            (-nu * t).exp() * ((mu * t).cosh() + turned * (mu * t).sinh())
        }
    }
}

/// Tr rho^2 = sum_n p_n^2 + sum over pairs 2 p_m p_n |coherence|^2.
fn purity(memory: Option<FieldMemory>, t: f64) -> f64 {
    let p = START.map(|x| x * x);
    let mut sum: f64 = p.iter().map(|p| p * p).sum();
    for (m, n) in [(1, 0), (2, 1), (2, 0)] {
        sum += 2.0 * p[m] * p[n] * coherence(memory, (m - n) as f64, t).norm_sqr();
    }
    sum
}

fn by(parts: &Parts, request: Request) -> Charging {
    parts.charge(&Request { tolerance: 1e-11, ..request }).unwrap()
}

fn memories() -> Vec<Option<FieldMemory>> {
    let sigma = (0.5 * GAMMA / T_C).sqrt();
    vec![
        None,
        Some(memory(FieldNoise::OrnsteinUhlenbeck, None)),
        Some(memory(FieldNoise::OrnsteinUhlenbeck, Some(-0.8))),
        Some(memory(FieldNoise::Telegraph, None)),
        Some(memory(FieldNoise::Telegraph, Some(sigma))),
        Some(memory(FieldNoise::Telegraph, Some(-0.4 * sigma))),
    ]
}

#[test]
fn the_hierarchy_has_the_closed_forms() {
    let energy = START[1].powi(2) + 2.0 * START[2].powi(2);
    let square = START[1].powi(2) + 4.0 * START[2].powi(2);
    for memory in memories() {
        let run = by(&qutrit(memory), Times::from(TIMES.to_vec()).into());
        let hierarchy = run.method == Method::Hierarchy;
        assert_eq!(hierarchy, memory.is_some());
        for (k, t) in TIMES.into_iter().enumerate() {
            let at = run.at(k);
            assert!((at.purity - purity(memory, t)).abs() < 1e-10, "{memory:?} {t}: {}", at.purity);
            // <H> and <H^2> stay.
            assert!((at.energy - energy).abs() < 1e-13);
            assert!((at.fluctuation.powi(2) - (square - energy * energy)).abs() < 1e-10);
        }
        // The limit does not remember.
        let limit = run.asymptote.limit.as_ref().unwrap();
        let left: f64 = START.iter().map(|x| x.powi(4)).sum();
        assert!((limit.purity - left).abs() < 1e-12 && (limit.energy - energy).abs() < 1e-12);
    }
}

/// A field on several sites of which one is charged: of the kind that nothing built in has.
#[test]
fn a_field_beside_other_channels_is_checked_by_another_method_on_all_sites() {
    let cells = Part::new("cells", PartKind::Qubit, 3).starting_in(InitialState::Excited);
    let sum = |of: &dyn Fn(usize) -> Terms| (0..3).map(of).sum::<Terms>();
    let chain = sum(&|i| Letter::X.on(i) * 0.7) + Letter::Z.on(0) * Letter::Z.on(1) * 0.4;
    for noise in [FieldNoise::Telegraph, FieldNoise::OrnsteinUhlenbeck] {
        let parts = Parts::new(vec![cells.clone()], sum(&|i| Letter::Z.on(i) * 0.5), chain.clone())
            .with_channel(0.1, Letter::Lower.on(2))
            .with_field(0.6, sum(&|i| Letter::Z.on(i) * 0.5), memory(noise, None));
        let run = by(&parts, Request { verify: true, ..Times::even(0.0, 4.0, 5).into() });
        assert_eq!(run.method, Method::Hierarchy);
        let largest = run.verification.unwrap().differences.iter().map(|(_, x)| *x).fold(0.0, f64::max);
        assert!(largest < 1e-8, "{largest}");
    }
}

/// Telegraph noise is a hidden qubit that is turned over: a master equation.
#[test]
fn telegraph_noise_is_that_of_a_hidden_qubit() {
    let sigma = (0.5 * GAMMA / T_C).sqrt();
    let nu = 0.5 / T_C;
    let (x, n) = (|site| Letter::X.on(site) * 0.45, |site| Letter::Number.on(site) * 1.0);
    let remembering = Parts::new(vec![Part::new("q", PartKind::Qubit, 1)], n(0), x(0)).with_field(
        GAMMA,
        n(0),
        memory(FieldNoise::Telegraph, None),
    );
    let hidden = Part::new("hidden", PartKind::Qubit, 1).starting_in(InitialState::Thermal(0.5));
    let parts = vec![Part::new("q", PartKind::Qubit, 1), hidden];
    let whole = Parts::new(parts, n(0), x(0) + Letter::Number.on(0) * Letter::Z.on(1) * sigma)
        .with_channel(nu, Letter::Lower.on(1))
        .with_channel(nu, Letter::Raise.on(1));
    let times = || Times::even(0.0, 8.0, 17);
    let (a, b) = (by(&remembering, times().into()), by(&whole, times().into()));
    for k in 0..17 {
        let (a, b) = (a.at(k), b.at(k));
        assert!((a.energy - b.energy).abs() < 1e-9 && (a.ergotropy.global - b.ergotropy.global).abs() < 1e-9);
    }
}

#[test]
fn pictures_agree_with_the_closed_forms() {
    let exact = |memory, t: f64| purity(memory, t);
    for (memory, picture) in memories()
        .into_iter()
        .map(|memory| (memory, Picture::Field))
        .chain([(None, Picture::Jumps), (None, Picture::Diffusion)])
    {
        let trajectories = Trajectories { picture, count: Count::Fixed(4000), keep: 0 };
        let request = Request {
            method: Some(Method::Trajectories),
            trajectories,
            seed: 11,
            ..Times::from(TIMES.to_vec()).into()
        };
        let run = by(&qutrit(memory), request);
        let sampled = run.trajectories.as_ref().unwrap();
        for (k, t) in TIMES.into_iter().enumerate() {
            // The purity of a mean of M kets is too large by about 1/M.
            let difference = run.at(k).purity - exact(memory, t);
            assert!(difference.abs() < 4.5 / (4000_f64).sqrt(), "{picture:?} {memory:?} {t}: {difference}");
            let energy = START[1].powi(2) + 2.0 * START[2].powi(2);
            let error = (run.at(k).energy - energy).abs();
            assert!(error <= 4.5 * sampled.energy_error[k] + 1e-12, "{picture:?} {t}: {error}");
        }
        // Steps are as long as the times are apart where noise and H commute.
        if let Some(step) = sampled.step.filter(|_| picture == Picture::Field) {
            assert!(step > 0.05, "{picture:?} {step}");
        }
    }
}

#[test]
fn what_is_none_for_a_hierarchy_is_named() {
    let known = memory(FieldNoise::Telegraph, None);
    let qubit =
        || Parts::new(vec![Part::new("q", PartKind::Qubit, 2)], Letter::Number.on(0) * 1.0, Terms::default());
    let said = |parts: Parts| parts.charge(&Times::from(vec![1.0]).into()).unwrap_err().to_string();
    assert!(said(qubit().with_field(1.0, Letter::X.on(0) * 1.0, known)).contains("diagonal with H_B"));
    assert!(said(qubit().with_field(1.0, Letter::Lower.on(0) * 1.0, known)).contains("Hermitian operator"));
    let two =
        qubit().with_field(1.0, Letter::Z.on(0) * 1.0, known).with_field(1.0, Letter::Z.on(1) * 1.0, known);
    assert!(said(two).contains("channel 2 is a second one"));
    let far = FieldMemory { start: Some(9.0), ..known };
    assert!(said(qubit().with_field(1.0, Letter::Z.on(0) * 1.0, far)).contains("mean at t = 0"));
}
