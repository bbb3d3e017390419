//! Which addend makes a Hamiltonian not Hermitian.

use leyden::parts::{NotHermitian, Parts, Terms};

use crate::error::{Read, TextError};
use crate::evaluate::Evaluation;
use crate::tree::{Kind, Node};

/// Goes down to the smallest addend, or body of a sum, that differs from its adjoint where the whole does.
pub(crate) struct Blame<'a, 'b> {
    pub(crate) evaluation: Evaluation<'a>,
    pub(crate) parts: &'b Parts,
    pub(crate) difference: NotHermitian,
    pub(crate) end: f64,
}

impl Blame<'_, '_> {
    pub(crate) fn error(&mut self, tree: &Node) -> Read<TextError> {
        let (node, anti) = self.smallest(tree)?;
        let said = self.evaluation.role.said();
        let title = format!("{said} must be Hermitian, but this addend is not");
        let help = match anti {
            true => "it is minus its own adjoint: multiply it by `1i`",
            false => "add its adjoint: `+ h.c.` in its parenthesis, or in the body of its sum",
        };
        Ok(TextError::new(&node.place, title, "not Hermitian").with_help(help))
    }

    fn terms(&mut self, node: &Node) -> Read<Terms> {
        Ok(self.evaluation.value(node)?.into_terms())
    }

    fn blames(&mut self, node: &Node) -> Read<bool> {
        let terms = self.terms(node)?;
        Ok(self.parts.is_to_blame(&terms, &self.difference))
    }

    /// The node, and whether it is minus its adjoint.
    fn smallest<'n>(&mut self, node: &'n Node) -> Read<(&'n Node, bool)> {
        match &node.kind {
            // With h.c. all of it is one addend: A - h.c. is minus its adjoint.
            Kind::Sum(addends) if addends.iter().all(|addend| addend.node.kind != Kind::Adjoint) => {
                for addend in addends {
                    if self.blames(&addend.node)? {
                        return self.smallest(&addend.node);
                    }
                }
            }
            Kind::Negative(inner) => return self.smallest(inner),
            Kind::Over(over) => {
                let part = self.evaluation.bound_part(over)?;
                for members in self.evaluation.members(over, part) {
                    let before = self.evaluation.indices.len();
                    self.evaluation.bind(over, part, members);
                    let found = match self.blames(&over.body) {
                        Ok(true) => Some(self.smallest(&over.body)),
                        Ok(false) => None,
                        Err(error) => Some(Err(error)),
                    };
                    self.evaluation.indices.truncate(before);
                    if let Some(found) = found {
                        return found;
                    }
                }
            }
            _ => {}
        }
        let terms = self.terms(node)?;
        let anti = self.parts.not_hermitian(&terms.scaled(leyden::Complex64::I), self.end) == Some(None);
        Ok((node, anti))
    }
}
