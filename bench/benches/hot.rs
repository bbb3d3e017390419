//! The paths on which runs spend their time: `cargo bench --package leyden-bench`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use leyden::asymptote::Detail;
use leyden::charge::{Request, System};
use leyden::lindblad::{Channel, Generator, Lindbladian};
use leyden::model::ChargerBattery;
use leyden::operator::Operator;
use leyden::{Method, Times};

fn applications(criterion: &mut Criterion) {
    for levels in [16, 64, 256] {
        let a = Operator::annihilation(levels);
        let channels = vec![Channel { rate: 0.3, jump: a.clone() }];
        let lindbladian = Lindbladian::new(0.7 * a.plus_adjoint(), channels).expect("it is Hermitian");
        let generator = Generator::new(&lindbladian);
        let size = generator.numbers();
        let x: Vec<f64> = (0..size).map(|k| (k as f64).sin()).collect();
        let (mut out, mut scratch) = (vec![0.0; size], vec![0.0; size]);
        criterion.bench_function(&format!("application/{levels}"), |bencher| {
            bencher.iter(|| generator.apply(0.0, black_box(&x), &mut out, &mut scratch));
        });
    }
}

fn runs(criterion: &mut Criterion) {
    let star = |cells: usize| ChargerBattery::star(cells).dephased(1.0).driven(0.5);
    let lossy = |cells: usize| {
        let mut star = star(cells);
        star.battery.noise.relaxation = 0.05;
        star
    };
    let mut run = |name: &str, system: &dyn System, request: Request| {
        criterion.bench_function(name, |bencher| bencher.iter(|| system.charge(black_box(&request)).is_ok()));
    };
    let states = |points: usize| Request { detail: Detail::States, ..Times::even(0.0, 20.0, points).into() };
    let of = |method: Method| Request { method: Some(method), ..states(101) };
    run("pair/101 times", &star(1), states(101));
    run("star of 100/101 times", &star(100), states(101));
    run("star of 1000/11 times", &star(1000), states(11));
    for method in [Method::Taylor, Method::Exponential, Method::Implicit, Method::Explicit] {
        run(&format!("three lossy cells/{method}"), &lossy(3), of(method));
    }
    run("pair/long times", &star(1), Request::default());
    run("three lossy cells/long times", &lossy(3), Request::default());
}

criterion_group!(hot, applications, runs);
criterion_main!(hot);
