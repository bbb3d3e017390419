//! Noise with memory: the hierarchy against closed forms, anchors of independent sums, and its limits.

use leyden::asymptote::Detail;
use leyden::charge::{Charging, System};
use leyden::model::{ChargerBattery, FieldMemory, FieldNoise};
use leyden::{Method, Request, Times};

fn field(noise: FieldNoise, correlation_time: f64) -> FieldMemory {
    FieldMemory { noise, correlation_time, start: None }
}

fn pair(gamma: f64, noise: FieldNoise, correlation_time: f64) -> ChargerBattery {
    ChargerBattery::star(1).driven(0.5).dephased(gamma).remembering(field(noise, correlation_time))
}

fn charged(model: &ChargerBattery, times: Vec<f64>) -> Charging {
    let request = Request { tolerance: 1e-11, ..Times::from(times).into() };
    model.charge(&request).unwrap()
}

#[test]
fn anchors_of_the_pair() {
    for (noise, expected) in [
        (FieldNoise::OrnsteinUhlenbeck, [[0.3472809928, 0.2930519454], [0.4823247599, 0.1715079527]]),
        (FieldNoise::Telegraph, [[0.3438384688, 0.2852137337], [0.4640747315, 0.1698261332]]),
    ] {
        let run = charged(&pair(1.0, noise, 0.5), vec![2.0, 5.0]);
        println!("{}", run.reason);
        println!("{:?} {:?} {:?}", run.charging_time, run.asymptote.limit.as_ref().map(|m| m.energy), run.asymptote.why());
        assert_eq!(run.method, Method::Hierarchy);
        for (k, [energy, ergotropy]) in expected.into_iter().enumerate() {
            assert!((run.at(k).energy - energy).abs() < 6e-11, "{noise:?} {k}: {}", run.at(k).energy);
            assert!((run.at(k).ergotropy.global - ergotropy).abs() < 6e-11, "{noise:?} {k}");
        }
    }
}
