//! Text -> tree: recursive descent, one level of the stack for each parenthesis.

use std::ops::Range;

use crate::error::{Read, TextError};
use crate::tokens::{Placed, Token, tokens};
use crate::tree::{Addend, Factor, Kind, Members, Node, Over, Word};

/// Longest text, in bytes.
pub const LONGEST: usize = 1_000_000;
/// Most parentheses, and powers of powers, in each other.
pub const DEEPEST: usize = 250;

/// What may stand where an operand is missing.
const OPERAND: &str = "a number, a name, a function or `(`";

pub(crate) fn parse(text: &str) -> Read<Node> {
    if text.len() > LONGEST {
        let title = format!("a text must have at most {LONGEST} bytes, but has {}", text.len());
        return Err(TextError::new(&(0..text.len()), title, "too long"));
    }
    let tokens = tokens(text)?;
    let mut parser =
        Parser { tokens: &tokens, at: 0, depth: 0, end: text.trim_end_matches(['\n', '\r']).len() };
    let tree = parser.scope()?;
    match parser.at == tokens.len() {
        true => Ok(tree),
        false => Err(parser.missing("an operator")),
    }
}

struct Parser<'a> {
    tokens: &'a [Placed],
    at: usize,
    depth: usize,
    end: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn place(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.end..self.end, |(_, place)| place.clone())
    }

    /// Where the last word ends.
    fn end_of_last(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |last| self.tokens[last].1.end)
    }

    fn take(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(&Token::Sign(sign));
        self.at += usize::from(found);
        found
    }

    /// One of these signs.
    fn take_any(&mut self, signs: [char; 2]) -> Option<char> {
        signs.into_iter().find(|sign| self.take(*sign))
    }

    fn expect(&mut self, sign: char, said: &str) -> Read<()> {
        if self.take(sign) { Ok(()) } else { Err(self.missing(said)) }
    }

    /// What should stand here, but does not.
    fn missing(&self, wanted: &str) -> TextError {
        let (found, help) = match self.peek() {
            None => ("the text ends".into(), None),
            Some(Token::Sign(sign)) => (format!("there is `{sign}`"), None),
            Some(Token::Adjoint) => ("there is `h.c.`".into(), None),
            Some(Token::Name(name)) => (format!("there is `{name}`"), Some("products are written with `*`")),
            Some(Token::Text(_)) => {
                ("there is the name of a file".into(), Some("write samples(\"file.csv\", t)"))
            }
            Some(Token::Number(_)) => ("there is a number".into(), Some("products are written with `*`")),
        };
        let error = TextError::new(
            &self.place(),
            format!("{wanted} should stand here, but {found}"),
            "not an expression",
        );
        match help {
            Some(help) if self.at > 0 => error.with_help(help),
            _ => error,
        }
    }

    /// One level further down.
    fn deeper<T>(&mut self, place: &Range<usize>, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth == DEEPEST {
            let title = format!("at most {DEEPEST} parentheses and powers may stand in each other");
            return Err(TextError::new(place, title, "one too many"));
        }
        self.depth += 1;
        let read = read(self)?;
        self.depth -= 1;
        Ok(read)
    }

    /// A sum: the whole text, what stands in a parenthesis, an argument or the body of a sum. `h.c.` refers to it.
    fn scope(&mut self) -> Read<Node> {
        let start = self.place().start;
        let mut addends: Vec<Addend> = Vec::new();
        let mut negative = false;
        loop {
            let mut node = self.product()?;
            // - h.c.
            while let Kind::Negative(inner) = &node.kind
                && inner.kind == Kind::Adjoint
            {
                node = (**inner).clone();
                negative = !negative;
            }
            if node.kind == Kind::Adjoint && addends.iter().any(|addend| addend.node.kind == Kind::Adjoint) {
                let title = "`h.c.` may stand once in a parenthesis";
                return Err(TextError::new(&node.place, title, "the second"));
            }
            addends.push(Addend { negative, node });
            match self.take_any(['+', '-']) {
                Some(sign) => negative = sign == '-',
                None => break,
            }
        }
        match addends.as_slice() {
            [Addend { node, .. }] if node.kind == Kind::Adjoint => {
                let title =
                    "`h.c.` is the adjoint of the rest of its parenthesis, but nothing else stands there";
                Err(TextError::new(&node.place, title, "adjoint of what?").with_help("write `A + h.c.`"))
            }
            [_] => Ok(addends.remove(0).node),
            _ => Ok(Node { place: start..self.end_of_last(), kind: Kind::Sum(addends) }),
        }
    }

    fn product(&mut self) -> Read<Node> {
        let start = self.place().start;
        let mut factors = vec![Factor { divides: false, node: self.unary()? }];
        while let Some(sign) = self.take_any(['*', '/']) {
            factors.push(Factor { divides: sign == '/', node: self.unary()? });
        }
        if factors.len() == 1 {
            return Ok(factors.remove(0).node);
        }
        factors.iter().try_for_each(|factor| not_adjoint(&factor.node))?;
        Ok(Node { place: start..self.end_of_last(), kind: Kind::Product(factors) })
    }

    /// Signs before a power.
    fn unary(&mut self) -> Read<Node> {
        let start = self.place().start;
        let mut negative = false;
        while let Some(sign) = self.take_any(['-', '+']) {
            negative ^= sign == '-';
        }
        let node = self.power()?;
        if !negative {
            return Ok(node);
        }
        Ok(Node { place: start..node.place.end, kind: Kind::Negative(Box::new(node)) })
    }

    fn power(&mut self) -> Read<Node> {
        let base = self.operand()?;
        let place = self.place();
        if !self.take('^') {
            return Ok(base);
        }
        not_adjoint(&base)?;
        let exponent = self.deeper(&place, Self::unary)?;
        not_adjoint(&exponent)?;
        let place = base.place.start..exponent.place.end;
        Ok(Node { place, kind: Kind::Power(Box::new(base), Box::new(exponent)) })
    }

    fn operand(&mut self) -> Read<Node> {
        let place = self.place();
        let Some(token) = self.peek().cloned() else { return Err(self.missing(OPERAND)) };
        let kind = match token {
            Token::Number(x) => Kind::Number(x),
            Token::Adjoint => Kind::Adjoint,
            Token::Text(file) => Kind::Text(file),
            Token::Sign('(') => {
                self.at += 1;
                let inside = self.deeper(&place, Self::scope)?;
                self.expect(')', "`)` or an operator")?;
                return Ok(Node { place: place.start..self.end_of_last(), kind: inside.kind });
            }
            Token::Name(text) => {
                self.at += 1;
                return self.named(Word { text, place });
            }
            Token::Sign(_) => return Err(self.missing(OPERAND)),
        };
        self.at += 1;
        Ok(Node { place, kind })
    }

    /// What begins with a name.
    fn named(&mut self, word: Word) -> Read<Node> {
        let (start, place) = (word.place.start, self.place());
        let kind = if self.take('[') {
            let index = self.deeper(&place, Self::scope)?;
            self.expect(']', "`]` or an operator")?;
            Kind::Member(word, Box::new(index))
        } else if self.take('(') {
            match word.text.as_str() {
                "sum" => Kind::Over(Box::new(self.deeper(&place, Self::over)?)),
                _ => Kind::Call(word, self.deeper(&place, Self::arguments)?),
            }
        } else {
            Kind::Name(word.text)
        };
        Ok(Node { place: start..self.end_of_last(), kind })
    }

    fn arguments(&mut self) -> Read<Vec<Node>> {
        let mut arguments = Vec::new();
        if self.take(')') {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.scope()?);
            if !self.take(',') {
                self.expect(')', "`)`, `,` or an operator")?;
                return Ok(arguments);
            }
        }
    }

    /// `i in part, body)`, `i < j in part, body)` or `(i, j) in edges(part), body)`.
    fn over(&mut self) -> Read<Over> {
        let (indices, of) = if self.take('(') {
            let first = self.word("the name of an index")?;
            self.expect(',', "`,`")?;
            let second = self.word("the name of an index")?;
            self.expect(')', "`)`")?;
            (vec![first, second], Members::Edges)
        } else {
            let first = self.word("the name of an index, as in `sum(i in part, ...)`,")?;
            match self.take('<') {
                true => (vec![first, self.word("the name of an index")?], Members::Pairs),
                false => (vec![first], Members::Each),
            }
        };
        match self.peek() {
            Some(Token::Name(word)) if word == "in" => self.at += 1,
            _ => {
                let forms =
                    "`sum(i in part, ...)`, `sum(i < j in part, ...)`, `sum((i, j) in edges(part), ...)`";
                return Err(self.missing("`in`").with_help(format!("sums are {forms}")));
            }
        }
        let part = if of == Members::Edges {
            let place = self.place();
            let word = self.word("`edges(part)`")?;
            if word.text != "edges" {
                let title = format!("`edges(part)` should stand here, but there is `{}`", word.text);
                return Err(TextError::new(&place, title, "not edges")
                    .with_help(format!("write `edges({})`", word.text)));
            }
            self.expect('(', "`(`")?;
            let part = self.word("the name of a part")?;
            self.expect(')', "`)`")?;
            part
        } else {
            let place = self.place();
            let part = self.word("the name of a part")?;
            if part.text == "edges" && self.peek() == Some(&Token::Sign('(')) {
                let title = "an edge has two ends";
                return Err(TextError::new(&place, title, "edges")
                    .with_help("write `sum((i, j) in edges(part), ...)`"));
            }
            part
        };
        self.expect(',', "`,` and what is summed")?;
        let body = self.scope()?;
        self.expect(')', "`)` or an operator")?;
        Ok(Over { indices, of, part, body })
    }

    fn word(&mut self, wanted: &str) -> Read<Word> {
        let place = self.place();
        let Some(Token::Name(text)) = self.peek() else { return Err(self.missing(wanted)) };
        let word = Word { text: text.clone(), place };
        self.at += 1;
        Ok(word)
    }
}

fn not_adjoint(node: &Node) -> Read<()> {
    match &node.kind {
        Kind::Negative(inner) => return not_adjoint(inner),
        Kind::Adjoint => {}
        _ => return Ok(()),
    }
    let title = "`h.c.` is an addend: the adjoint of everything else in its parenthesis";
    let help = "put the sum in a parenthesis of its own, as in `2*(A + h.c.)`";
    Err(TextError::new(&node.place, title, "in a product").with_help(help))
}
