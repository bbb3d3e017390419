//! Hamiltonians, channels and functions of time as text.
//!
//! ```text
//! sum(i < j in cells, J/abs(i-j)*(X(i)*X(j) + Y(i)*Y(j) + D*Z(i)*Z(j))) + h*sum(i in cells, X(i))
//! ```
//!
//! # Grammar
//!
//! ```text
//! expression = product { ("+" | "-") product }
//! product    = signed { ("*" | "/") signed }
//! signed     = { "-" | "+" } power
//! power      = operand [ "^" signed ]
//! operand    = number | number "i" | name | "(" expression ")" | "h.c."
//!            | name "(" [ expression { "," expression } ] ")"        a function or an operator
//!            | name "[" expression "]"                               a member of a part, from 1
//!            | "sum" "(" name "in" part "," expression ")"           over all members
//!            | "sum" "(" name "<" name "in" part "," expression ")"  over all pairs
//!            | "sum" "(" "(" name "," name ")" "in" "edges" "(" part ")" "," expression ")"
//! ```
//!
//! `^` binds to the right and above the unary minus, -2^2 = -4; that binds above `*` and `/`, and those above `+` and `-`. The imaginary unit is
//! `1i`. `h.c.` is the adjoint of everything else in its parenthesis, in the body of its sum or in the whole text; `A - h.c.` is A minus its
//! adjoint. A number beside operators is one times the identity.
//!
//! | operator | of | |
//! | --- | --- | --- |
//! | `X(p) Y(p) Z(p)` | qubits | Pauli: Z of the excited state is +1, Y = -1i (sp - sm) |
//! | `sp(p) sm(p)` | qubits, qudits, spins | up and down, S^+ and S^- of a spin of so many levels |
//! | `n(p)` | all | the number of the level, from 0 |
//! | `a(p) ad(p)` | oscillators | a and a^dag |
//! | `Sx(p) Sy(p) Sz(p)` | spins | |
//! | `P(p, k)`, `T(p, k, l)` | all | `|k><k|` and `|k><l|`, levels from 0 |
//!
//! where p is a part of one member, an index of a sum, or a member such as `cells[3]` or `cells[i+1]`. In arithmetic an index is its number,
//! from 1.
//!
//! | function | |
//! | --- | --- |
//! | `sqrt(x) exp(x) sin(x) cos(x) abs(x)`, `pi` | of real or complex x |
//! | `gaussian(x, width)` | e^{-x^2 / 2 width^2} |
//! | `sech(x)` | 1/cosh x |
//! | `step(x)` | 0 below 0, else 1 |
//! | `ramp(x)` | 0 below 0, 1 above 1, x between |
//! | `samples("file.csv", x)` | linear between the rows x, y of a file, 0 outside |
//! | `asinh(x)` | of a constant |
//!
//! # From a text to numbers
//!
//! ```
//! use leyden::parts::{Graph, Part, PartKind};
//! use leyden_text::{Role, Scope, Text};
//!
//! let cells = Part::new("cells", PartKind::Qubit, 3);
//! let scope = Scope::new([(cells, Graph::Chain)]).with_parameters([("J".into(), 0.5)].into());
//! let text = Text::parse("J*sum((i, j) in edges(cells), sp(i)*sm(j) + h.c.)")?;
//! assert_eq!(text.terms(&scope, Role::Charging)?.len(), 4);
//! # Ok::<(), leyden_text::TextError>(())
//! ```
//!
//! A text is read without recursion but for its parentheses, of which at most [`DEEPEST`] may stand in each other. It has at most [`LONGEST`]
//! bytes, and makes at most [`MOST_TERMS`] products of operators.

mod error;
mod evaluate;
mod grammar;
mod hermitian;
mod operators;
mod parameters;
mod print;
mod samples;
mod scenario;
mod scope;
mod sums;
mod tokens;
mod tree;
mod value;
mod words;

use std::collections::BTreeSet;
use std::ops::Range;

use leyden::Complex64;
use leyden::lindblad::TimeFunction;
use leyden::parts::{Letter, Parts, Term, Terms};

pub use error::TextError;
pub use evaluate::MOST_TERMS;
pub use grammar::{DEEPEST, LONGEST};
pub use parameters::{Parameter, parameters};
pub use print::{FileNames, printed, printed_function};
pub use samples::samples;
pub use scenario::scenario_of;
pub use scope::{Loader, Role, Scope, is_name};
pub use words::reserved;

use error::Read;
use evaluate::Evaluation;
use hermitian::Blame;
use value::Value;

/// A text whose form is right.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    tree: tree::Node,
    length: usize,
}

impl Text {
    /// Reads a text.
    ///
    /// # Errors
    /// What is wrong with its form.
    pub fn parse(text: &str) -> Read<Self> {
        Ok(Text { tree: grammar::parse(text)?, length: text.len() })
    }

    /// The names that it uses, with their places: parameters and parts; what the language defines and indices that it binds are not among
    /// them.
    pub fn names(&self) -> Vec<(String, Range<usize>)> {
        let named =
            self.tree.free_names().into_iter().filter(|word| !["pi", "t"].contains(&word.text.as_str()));
        named.map(|word| (word.text, word.place)).collect()
    }

    /// The files whose samples it takes.
    pub fn files(&self) -> Vec<String> {
        self.tree.files()
    }

    /// All of it.
    fn whole(&self) -> Range<usize> {
        0..self.length
    }

    /// As operators, equal products gathered. A part that H_B names stays part of it where its coefficients are 0.
    ///
    /// # Errors
    /// What is wrong with a name, a number or an operator.
    pub fn terms(&self, scope: &Scope<'_>, role: Role) -> Read<Terms> {
        let mut terms = Evaluation::new(scope, role).value(&self.tree)?.into_terms().gathered();
        if role == Role::Battery {
            let sites = terms.sites();
            let named: BTreeSet<usize> =
                self.names().iter().filter_map(|(name, _)| scope.part(name)).collect();
            for (site, count) in named.into_iter().map(|part| scope.sites_of(part)) {
                if !sites.iter().any(|found| (site..site + count).contains(found)) {
                    terms = terms
                        + Terms::of(vec![Term {
                            coefficient: TimeFunction::ZERO,
                            factors: vec![(site, vec![Letter::Number])],
                        }]);
                }
            }
        }
        Ok(terms)
    }

    /// The same, of a Hamiltonian: `parts` are those of the scope. Functions of time are looked at up to the time `end`.
    ///
    /// # Errors
    /// The same, and the addend that is not Hermitian.
    pub fn hamiltonian(&self, scope: &Scope<'_>, role: Role, parts: &Parts, end: f64) -> Read<Terms> {
        let terms = self.terms(scope, role)?;
        let Some(difference) = parts.not_hermitian(&terms, end).flatten() else { return Ok(terms) };
        let evaluation = Evaluation::new(scope, role);
        Err(Blame { evaluation, parts, difference, end }.error(&self.tree)?)
    }

    /// As a function of time.
    ///
    /// # Errors
    /// What is wrong, or an operator.
    pub fn function(&self, scope: &Scope<'_>, role: Role) -> Read<TimeFunction> {
        Evaluation::new(scope, role).function(&self.tree, role.said())
    }

    /// As a constant.
    ///
    /// # Errors
    /// What is wrong, an operator, or what depends on time.
    pub fn constant(&self, scope: &Scope<'_>, role: Role) -> Read<Complex64> {
        match self.function(scope, role)?.constant() {
            Some(x) => Ok(x),
            None => Err(TextError::new(
                &self.whole(),
                format!("{} must not depend on time", role.said()),
                "moves",
            )),
        }
    }

    /// Whether it is made of operators.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn has_operators(&self, scope: &Scope<'_>, role: Role) -> Read<bool> {
        Ok(matches!(Evaluation::new(scope, role).value(&self.tree)?, Value::Terms(_)))
    }
}
