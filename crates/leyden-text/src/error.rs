//! What is wrong with a text, and where.

use std::fmt::{Display, Formatter, Result as Written};
use std::ops::Range;

/// One thing that is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError {
    /// Its bytes in the text.
    pub place: Range<usize>,
    /// What is wrong, one sentence.
    pub title: String,
    /// What to write at the place, a few words.
    pub label: String,
    /// The cure, where there is one.
    pub help: Option<String>,
}

/// A text is read, or this is what is wrong.
pub(crate) type Read<T> = Result<T, TextError>;

impl TextError {
    pub(crate) fn new(place: &Range<usize>, title: impl Into<String>, label: &str) -> Self {
        TextError { place: place.clone(), title: title.into(), label: label.into(), help: None }
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl Display for TextError {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        f.write_str(&self.title)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "; {help}"))
    }
}

impl std::error::Error for TextError {}

/// "`a`, `b`, `c`".
pub(crate) fn backquoted<T: Display>(words: impl IntoIterator<Item = T>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// "did you mean `near`?" where a candidate is close to `word`.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lower = word.to_lowercase();
    let most = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (changes(&lower, &candidate.to_lowercase()), candidate))
        // One letter for another says nothing.
        .filter(|(count, candidate)| *count == 0 || (*count <= most && candidate.len().min(word.len()) > 1))
        .min_by_key(|(count, _)| *count)
        .map(|(_, near)| format!("did you mean `{near}`?"))
}

/// How many letters are to be changed, put in, left out or swapped with their neighbours.
fn changes(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(40).collect(), b.chars().take(40).collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(rows[i - 2][j - 2] + 1);
            }
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_pen_find_their_name() {
        let near = |word| did_you_mean(word, ["cells", "gaussian", "J", "sm", "sp", "D2"]);
        assert_eq!(near("cels").unwrap(), "did you mean `cells`?");
        assert_eq!(near("gausian").unwrap(), "did you mean `gaussian`?");
        assert_eq!(near("j").unwrap(), "did you mean `J`?");
        assert_eq!(near("d1").unwrap(), "did you mean `D2`?");
        assert_eq!((near("x"), near("omega")), (None, None));
        assert_eq!((changes("ab", "ba"), changes("", "abc"), changes("abc", "abc")), (1, 3, 0));
    }
}
