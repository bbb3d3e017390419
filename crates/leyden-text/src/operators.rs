//! Operators of members, and functions of numbers.

use std::ops::Range;

use leyden::lindblad::{Elementary, TimeFunction};
use leyden::parts::{Letter, PartKind, Terms};

use crate::error::{Read, TextError, backquoted};
use crate::evaluate::Evaluation;
use crate::tree::{Kind, Node, Word};
use crate::words::{self, Function};

impl Evaluation<'_> {
    /// `Z(i)`, `P(o, 0)`, `T(cells[2], 0, 1)`.
    pub(crate) fn operator(
        &mut self,
        word: &Word,
        letter: Option<Letter>,
        arguments: &[Node],
        place: &Range<usize>,
    ) -> Read<Terms> {
        let name = word.text.as_str();
        let (count, form) = match name {
            "P" => (2, "P(member, level)".to_string()),
            "T" => (3, "T(member, level, level)".to_string()),
            name => (1, format!("{name}(member)")),
        };
        let Some((member, levels)) = arguments.split_first().filter(|_| arguments.len() == count) else {
            let given = arguments.len();
            let title =
                format!("the operator `{name}` has the form `{form}`, but has {given} arguments here");
            return Err(TextError::new(place, title, "wrong number of arguments"));
        };
        let (part, site) = self.member(name, member)?;
        let kind = self.scope.parts[part].part.kind;
        let letter = match (letter, levels) {
            (Some(letter), _) => letter,
            (None, [level]) => {
                let level = self.level(level, kind)?;
                Letter::Transition(level, level)
            }
            (None, [to, from]) => Letter::Transition(self.level(to, kind)?, self.level(from, kind)?),
            (None, _) => unreachable!("`P` has one level, `T` two"),
        };
        if !kind.has(letter) {
            let part = &self.scope.parts[part].part.name;
            let title = format!("`{name}` does not act on `{part}`, {}", article(kind));
            let help =
                format!("operators of {} are {}", article(kind), backquoted(words::operators_of(kind)));
            return Err(TextError::new(&word.place, title, "of another kind").with_help(help));
        }
        Ok(letter.on(site))
    }

    fn level(&mut self, node: &Node, kind: PartKind) -> Read<usize> {
        let level = self.whole(node, "a level")?;
        let levels = kind.levels();
        let allowed = levels.map_or("0 on".into(), |levels| format!("0 to {}", levels - 1));
        let found = usize::try_from(level).ok().filter(|level| levels.is_none_or(|levels| *level < levels));
        // Oscillators are cut, but no level beyond any number is meant.
        found.filter(|level| *level <= 1_000_000).ok_or_else(|| {
            let at = self.at();
            let title = format!("levels of {} count from {allowed}, but this is {level}{at}", article(kind));
            TextError::new(&node.place, title, "no such level")
        })
    }

    /// The part and the site that an argument names.
    fn member(&mut self, operator: &str, node: &Node) -> Read<(usize, usize)> {
        let error = |title: String, label: &str| TextError::new(&node.place, title, label);
        match &node.kind {
            Kind::Name(name) => {
                if let Some(index) = self.index(name) {
                    return Ok((index.part, self.scope.parts[index.part].first_site + index.member));
                }
                let Some(part) = self.scope.part(name) else {
                    if self.scope.parameters.contains_key(name) {
                        return Err(error(
                            format!("`{name}` is a parameter, no member of a part"),
                            "no member",
                        ));
                    }
                    let error = self.unknown_part(name, &node.place);
                    return Err(match self.indices.is_empty() {
                        true => error,
                        false => {
                            TextError { title: format!("`{name}` is no index of a sum and no part"), ..error }
                        }
                    });
                };
                let named = &self.scope.parts[part];
                if named.part.count != 1 {
                    let title =
                        format!("`{name}` has {} members, but `{operator}` acts on one", named.part.count);
                    let help = format!("write `{operator}({name}[1])`, or `sum(i in {name}, {operator}(i))`");
                    return Err(error(title, "which member?").with_help(help));
                }
                Ok((part, named.first_site))
            }
            Kind::Member(word, index) => {
                let part =
                    self.scope.part(&word.text).ok_or_else(|| self.unknown_part(&word.text, &word.place))?;
                let number = self.whole(index, "the number of a member")?;
                let named = &self.scope.parts[part];
                let count = named.part.count;
                let member = usize::try_from(number).ok().filter(|number| (1..=count).contains(number));
                let Some(member) = member else {
                    let members = if count == 1 { "1 member".into() } else { format!("{count} members") };
                    let title =
                        format!("`{}` has {members}, but this is number {number}{}", word.text, self.at());
                    let help = match self.indices.is_empty() {
                        _ if number == 0 => "members count from 1",
                        true => return Err(TextError::new(&index.place, title, "no such member")),
                        false => "neighbours on a graph are `sum((i, j) in edges(part), ...)`",
                    };
                    return Err(TextError::new(&index.place, title, "no such member").with_help(help));
                };
                Ok((part, named.first_site + member - 1))
            }
            _ => {
                let title = format!("`{operator}` acts on a member, but this is none");
                let parts = &self.scope.parts;
                let index = self.indices.last().map(|index| &parts[index.part].part.name);
                let example = index.or(parts.first().map(|named| &named.part.name));
                let example = example.map_or("part", String::as_str);
                let inside = match self.indices.last() {
                    Some(index) => format!("{}+1", index.name),
                    None => "2".into(),
                };
                Err(error(title, "no member").with_help(format!("write `{operator}({example}[{inside}])`")))
            }
        }
    }

    /// A function of numbers.
    pub(crate) fn called(
        &mut self,
        word: &Word,
        function: Function,
        arguments: &[Node],
        place: &Range<usize>,
    ) -> Read<TimeFunction> {
        let name = word.text.as_str();
        let wrong = |form: &str| {
            let given = arguments.len();
            let title = format!("`{name}` has the form `{form}`, but has {given} arguments here");
            Err(TextError::new(place, title, "wrong number of arguments"))
        };
        let said = format!("the argument of `{name}`");
        match (function, arguments) {
            (Function::Of(elementary), [x]) => {
                let value = self.function(x, &said)?;
                match elementary {
                    Elementary::Step | Elementary::Ramp => real(&value, x, name)?,
                    Elementary::Sqrt if value.constant().is_some_and(|x| x.im == 0.0 && x.re < 0.0) => {
                        let title = format!("the root of a negative number{}", self.at());
                        return Err(TextError::new(&x.place, title, "negative")
                            .with_help("the imaginary unit is `1i`"));
                    }
                    _ => {}
                }
                Ok(value.then(elementary))
            }
            (Function::Asinh, [x]) => match self.function(x, &said)?.constant() {
                Some(value) if value.im == 0.0 => Ok(value.re.asinh().into()),
                _ => Err(TextError::new(&x.place, format!("{said} must be a real constant"), "not constant")),
            },
            (Function::Gaussian, [x, width]) => {
                let value = self.function(x, &said)?;
                let of_width = self.function(width, "the width of `gaussian`")?;
                if of_width.constant() == Some(leyden::Complex64::ZERO) {
                    return Err(TextError::new(
                        &width.place,
                        format!("the width is zero{}", self.at()),
                        "zero",
                    ));
                }
                Ok(value.gaussian(of_width))
            }
            (Function::Samples, [file, x]) => {
                let Kind::Text(path) = &file.kind else {
                    let title = "`samples` reads a file, whose name stands in quotes";
                    return Err(TextError::new(&file.place, title, "no file")
                        .with_help("write samples(\"file.csv\", t)"));
                };
                let refused =
                    |why: String| TextError::new(&file.place, format!("\"{path}\": {why}"), "not read");
                let loader = self.scope.loader.ok_or_else(|| refused("files cannot be read here".into()))?;
                let samples = loader(path).map_err(refused)?;
                let value = self.function(x, &said)?;
                real(&value, x, name)?;
                Ok(value.sampled(samples))
            }
            (Function::Gaussian, _) => wrong("gaussian(x, width)"),
            (Function::Samples, _) => wrong("samples(\"file.csv\", t)"),
            _ => wrong(&format!("{name}(x)")),
        }
    }
}

fn real(value: &TimeFunction, node: &Node, function: &str) -> Read<()> {
    if value.is_real() {
        return Ok(());
    }
    Err(TextError::new(&node.place, format!("the argument of `{function}` must be real"), "complex"))
}

/// "a qubit", "an oscillator".
fn article(kind: PartKind) -> String {
    match kind {
        PartKind::Oscillator(_) => "an oscillator".into(),
        PartKind::Qudit(levels) | PartKind::Spin(levels) => format!("a {} of {levels} levels", kind.name()),
        PartKind::Qubit => "a qubit".into(),
    }
}
