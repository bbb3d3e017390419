//! A text as a tree, with the places of its pieces. Sums and products hold all their members: long ones are not deep.

use std::ops::Range;

use leyden::Complex64;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) place: Range<usize>,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Number(Complex64),
    Name(String),
    /// `name[index]`
    Member(Word, Box<Node>),
    /// A function or an operator with its arguments.
    Call(Word, Vec<Node>),
    /// The name of a file.
    Text(String),
    Sum(Vec<Addend>),
    Product(Vec<Factor>),
    Negative(Box<Node>),
    Power(Box<Node>, Box<Node>),
    /// `sum(.., body)`
    Over(Box<Over>),
    /// `h.c.`: only as an addend.
    Adjoint,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) place: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Addend {
    pub(crate) negative: bool,
    pub(crate) node: Node,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Factor {
    pub(crate) divides: bool,
    pub(crate) node: Node,
}

/// A sum over members of a part.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Over {
    pub(crate) indices: Vec<Word>,
    pub(crate) of: Members,
    pub(crate) part: Word,
    pub(crate) body: Node,
}

/// Which members the indices of a sum stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Members {
    /// `i in part`
    Each,
    /// `i < j in part`
    Pairs,
    /// `(i, j) in edges(part)`
    Edges,
}

impl Node {
    /// The pieces of which it is made.
    fn inner(&self) -> Vec<&Node> {
        match &self.kind {
            Kind::Number(_) | Kind::Name(_) | Kind::Text(_) | Kind::Adjoint => Vec::new(),
            Kind::Member(_, index) => vec![index],
            Kind::Call(_, arguments) => arguments.iter().collect(),
            Kind::Sum(addends) => addends.iter().map(|addend| &addend.node).collect(),
            Kind::Product(factors) => factors.iter().map(|factor| &factor.node).collect(),
            Kind::Negative(inner) => vec![inner],
            Kind::Power(base, exponent) => vec![base, exponent],
            Kind::Over(over) => vec![&over.body],
        }
    }

    /// The names of files in it.
    pub(crate) fn files(&self) -> Vec<String> {
        match &self.kind {
            Kind::Text(file) => vec![file.clone()],
            _ => self.inner().into_iter().flat_map(Node::files).collect(),
        }
    }

    /// All names that it uses but bound indices; functions and operators are not among them.
    pub(crate) fn free_names(&self) -> Vec<Word> {
        let mut found = Vec::new();
        self.collect(&mut Vec::new(), &mut found);
        found
    }

    fn collect(&self, bound: &mut Vec<String>, found: &mut Vec<Word>) {
        let before = bound.len();
        match &self.kind {
            Kind::Name(name) if !bound.contains(name) => {
                found.push(Word { text: name.clone(), place: self.place.clone() });
            }
            Kind::Member(part, _) => found.push(part.clone()),
            Kind::Over(over) => {
                found.push(over.part.clone());
                bound.extend(over.indices.iter().map(|word| word.text.clone()));
            }
            _ => {}
        }
        self.inner().into_iter().for_each(|inner| inner.collect(bound, found));
        bound.truncate(before);
    }
}
