//! A place of a source where one thing can be changed, and what is written there instead.

use std::ops::Range;

/// How a change becomes a switch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Switch {
    /// An expression has one of two values.
    Value,
    /// A statement runs or not.
    Statement,
    /// A body starts with a `return`.
    Body,
}

/// One possible change of one file.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The path below the root.
    pub(crate) file: String,
    /// The function with the type and the modules that it is in.
    pub(crate) function: String,
    pub(crate) line: usize,
    /// The bytes that are replaced.
    pub(crate) range: Range<usize>,
    pub(crate) operator: &'static str,
    /// What stands there.
    pub(crate) original: String,
    /// What stands there in the mutant.
    pub(crate) mutated: String,
    pub(crate) switch: Switch,
    /// Which of equal changes of the function.
    pub(crate) nth: usize,
}

impl Site {
    /// The crate, by the name of its folder.
    pub(crate) fn krate(&self) -> &str {
        self.file.split('/').nth(1).unwrap_or_default()
    }

    /// What names the mutant as long as its function stays as it is: no line and no number.
    pub(crate) fn key(&self) -> String {
        let Self { file, function, operator, nth, .. } = self;
        let (original, mutated) = (one_line(&self.original), one_line(&self.mutated));
        format!("{file}\t{function}\t{operator}\t{original}\t{mutated}\t{nth}")
    }

    /// Changes of one kind in one function: where one does not compile, the others hardly do.
    pub(crate) fn family(&self) -> String {
        let Self { file, function, operator, .. } = self;
        format!("{file}\t{function}\t{operator}")
    }

    /// The number that chooses the mutant at run time.
    pub(crate) fn number(&self) -> u32 {
        (hash(&self.key()) % 4_000_000_000) as u32 + 1
    }

    /// What is written instead of `range`.
    pub(crate) fn replacement(&self) -> String {
        let Self { original, mutated, .. } = self;
        let on = format!("::mutant::on({})", self.number());
        match self.switch {
            Switch::Value => format!("(if {on} {{ {mutated} }} else {{ {original} }})"),
            Switch::Statement => format!("if !{on} {{ {original} }}"),
            Switch::Body => format!(" if {on} {{ {mutated} }} "),
        }
    }

    /// The change in words of code.
    pub(crate) fn change(&self) -> String {
        let (original, mutated) = (one_line(&self.original), one_line(&self.mutated));
        match self.switch {
            Switch::Value => format!("`{original}` -> `{mutated}`"),
            Switch::Statement => format!("without `{original}`"),
            Switch::Body => format!("`{mutated}` at the start"),
        }
    }
}

/// Text with every white space made one blank.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// FNV-1a with a last mixing: the same on every machine and with every compiler.
pub(crate) fn hash(text: &str) -> u64 {
    let mut hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    for shift in [33, 29, 32] {
        hash = (hash ^ (hash >> shift)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    }
    hash ^ (hash >> 33)
}
