//! Parts to write about.
#![allow(dead_code, unreachable_pub)] // Each test file is compiled alone.

use std::collections::BTreeMap;

use leyden::lindblad::Samples;
use leyden::model::Cutoff;
use leyden::parts::{Graph, Letter, Part, PartKind, Parts, Terms};
use leyden_text::{Role, Scope, Text, TextError};

/// Four cells in a ring, an oscillator, a spin 1, a qutrit, an edge list, a lone qubit.
pub fn parts() -> Vec<(Part, Graph)> {
    vec![
        (Part::new("cells", PartKind::Qubit, 4), Graph::Ring),
        (Part::new("o", PartKind::Oscillator(Cutoff::Auto), 1), Graph::Chain),
        (Part::new("s", PartKind::Spin(3), 2), Graph::Chain),
        (Part::new("d", PartKind::Qudit(3), 1), Graph::Chain),
        (Part::new("q", PartKind::Qubit, 3), Graph::Edges(vec![(2, 0), (0, 1)])),
        (Part::new("one", PartKind::Qubit, 1), Graph::Chain),
    ]
}

/// The first sites of these.
pub const O: usize = 4;
pub const S: usize = 5;
pub const D: usize = 7;
pub const Q: usize = 8;
pub const ONE: usize = 11;

pub fn system() -> Parts {
    Parts::new(parts().into_iter().map(|(part, _)| part).collect(), Letter::Z.on(0), Terms::zero())
}

pub fn loader(path: &str) -> Result<Samples, String> {
    match path {
        "pulse.csv" => Ok(Samples::new(&[(0.0, 1.0), (1.0, 3.0), (3.0, -1.0)]).unwrap()),
        _ => Err("there is no such file".into()),
    }
}

pub fn scope() -> Scope<'static> {
    let parameters = [("J", 0.5), ("h", -2.0), ("zero", 0.0), ("w_1", 1.5), ("half", 0.5)];
    let parameters: BTreeMap<String, f64> = parameters.map(|(name, x)| (name.to_string(), x)).into();
    Scope::new(parts()).with_parameters(parameters).with_loader(&loader)
}

pub fn terms(text: &str) -> Result<Terms, TextError> {
    Text::parse(text)?.terms(&scope(), Role::Charging)
}

pub fn hamiltonian(text: &str) -> Result<Terms, TextError> {
    Text::parse(text)?.hamiltonian(&scope(), Role::Charging, &system(), 5.0)
}

/// Whether two sums are the same at some times.
pub fn same(a: &Terms, b: &Terms) -> bool {
    let difference = (a.clone() - b.clone()).gathered();
    let size =
        |terms: &Terms| terms.list().iter().map(|term| term.coefficient.at(0.37).norm()).fold(0.0, f64::max);
    [0.0, 0.37, 1.9, 4.3].iter().all(|time| {
        difference.list().iter().all(|term| term.coefficient.at(*time).norm() <= 1e-14 * (1.0 + size(a)))
    })
}
