//! What a text may name: parts, parameters, bound indices; and what it is for.

use std::collections::BTreeMap;
use std::sync::Arc;

use leyden::lindblad::Samples;
use leyden::parts::{Graph, Part};
use winnow::Parser;
use winnow::stream::LocatingSlice;

/// Reads the samples of a file, or says why it cannot.
pub type Loader<'a> = &'a dyn Fn(&str) -> Result<Samples, String>;

/// What the names of a text mean.
#[derive(Clone)]
pub struct Scope<'a> {
    pub(crate) parts: Arc<[Named]>,
    pub(crate) parameters: BTreeMap<String, f64>,
    pub(crate) indices: Vec<Index>,
    pub(crate) loader: Option<Loader<'a>>,
}

/// A part with its place among the sites.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) part: Part,
    pub(crate) graph: Graph,
    pub(crate) first_site: usize,
}

/// An index with the member for which it stands, from 0.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    pub(crate) name: String,
    pub(crate) part: usize,
    pub(crate) member: usize,
}

impl<'a> Scope<'a> {
    /// Parts with their graphs, in the order of the tensor product.
    pub fn new(parts: impl IntoIterator<Item = (Part, Graph)>) -> Self {
        let mut first_site = 0;
        let named = |(part, graph): (Part, Graph)| {
            let named = Named { graph, first_site, part };
            first_site += named.part.count;
            named
        };
        let parts = parts.into_iter().map(named).collect();
        Scope { parts, parameters: BTreeMap::new(), indices: Vec::new(), loader: None }
    }

    /// With the values of parameters.
    pub fn with_parameters(mut self, parameters: BTreeMap<String, f64>) -> Self {
        self.parameters = parameters;
        self
    }

    /// With what reads `samples`.
    pub fn with_loader(mut self, loader: Loader<'a>) -> Self {
        self.loader = Some(loader);
        self
    }

    /// With the index `i` standing for a member of a part, both from 0.
    pub fn at_member(mut self, part: usize, member: usize) -> Self {
        self.indices.push(Index { name: "i".into(), part, member });
        self
    }

    pub(crate) fn part(&self, name: &str) -> Option<usize> {
        self.parts.iter().position(|named| named.part.name == name)
    }

    /// The first site of a part, and how many it has.
    pub(crate) fn sites_of(&self, part: usize) -> (usize, usize) {
        (self.parts[part].first_site, self.parts[part].part.count)
    }
}

/// Whether a text can name it: letters, digits and `_`, beginning with a letter.
pub fn is_name(name: &str) -> bool {
    let mut input = LocatingSlice::new(name);
    !name.contains('.') && crate::tokens::name.parse_next(&mut input).is_ok_and(|read| read == name)
}

/// What a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// H_B.
    Battery,
    /// What is added to H_B.
    Charging,
    /// The operator of a channel.
    Channel,
    /// The rate of a channel.
    Rate,
    /// A parameter.
    Parameter,
    /// A function of time.
    Envelope,
    /// A key that is tied to others.
    Tie,
}

impl Role {
    pub(crate) fn said(self) -> &'static str {
        match self {
            Role::Battery => "the Hamiltonian of the battery",
            Role::Charging => "the Hamiltonian of charging",
            Role::Channel => "the operator of a channel",
            Role::Rate => "the rate of a channel",
            Role::Parameter => "a parameter",
            Role::Envelope => "a function of time",
            Role::Tie => "an expression of keys",
        }
    }

    pub(crate) fn is_constant(self) -> bool {
        !matches!(self, Role::Charging | Role::Envelope)
    }
}
