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
