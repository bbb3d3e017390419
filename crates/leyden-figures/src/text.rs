//! Labels: a small markup, and its layout with the real metrics of the font.
//!
//! | written            | drawn                                                             |
//! |--------------------|-------------------------------------------------------------------|
//! | `*x*`              | letters in italic (variables); digits and signs stay upright      |
//! | `_{...}` or `_x`   | subscript, upright unless it is itself between asterisks          |
//! | `^{...}` or `^x`   | superscript; a sub- and a superscript in a row stand on one another|
//! | `\,`               | thin space                                                        |
//! | `\*` `\_` `\^` `\\`| the character itself                                              |
//! | `-`                | minus sign, except where it joins two upright words               |
//!
//! Greek is written as itself: `*γ*_{C}/*g*` is an italic gamma with an upright index. Nothing is
//! an error: what cannot be markup is drawn as it stands.

use crate::font::{Fonts, Glyph, Style};
use crate::scene::Point;

/// Size of a script relative to its base.
const SCRIPT: f64 = 0.70;
const RAISE: f64 = 0.36;
const LOWER: f64 = 0.17;
/// Scripts nested deeper than this are drawn on the level reached.
const DEEPEST: usize = 3;

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Char(char, Style),
    Script { raised: bool, body: Vec<Node> },
}

/// A glyph at its place, relative to the start of the baseline, y downwards.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) glyph: Glyph,
    /// The character that it is drawn for.
    pub(crate) c: char,
    pub(crate) at: Point,
    pub(crate) size: f64,
}

/// A laid-out label with its extents about the start of the baseline.
#[derive(Clone, Debug, Default)]
pub(crate) struct Label {
    pub(crate) glyphs: Vec<Placed>,
    pub(crate) width: f64,
    pub(crate) ascent: f64,
    pub(crate) descent: f64,
    /// The text without markup, for screen readers and search.
    pub(crate) plain: String,
}

impl Label {
    pub(crate) fn new(fonts: &Fonts, markup: &str, size: f64) -> Self {
        let mut pen = Pen { fonts, label: Self::default(), x: 0.0, last: None };
        pen.run(&parse(markup), size, 0.0);
        pen.label.width = pen.label.width.max(pen.x);
        pen.label
    }

    pub(crate) fn height(&self) -> f64 {
        self.ascent + self.descent
    }
}

/// A label without its markup: for titles and descriptions, which are not drawn.
pub fn plain(markup: &str) -> String {
    let mut out = String::new();
    visit(&parse(markup), &mut |c, _| out.push(c));
    out
}

/// The characters of a label that the embedded font cannot draw; empty means all is well.
pub fn missing_glyphs(markup: &str) -> Vec<char> {
    let fonts = Fonts::embedded();
    let mut missing = Vec::new();
    visit(&parse(markup), &mut |c, style| {
        if fonts.glyph(style, c).is_none() && !missing.contains(&c) {
            missing.push(c);
        }
    });
    missing
}

fn visit(nodes: &[Node], each: &mut impl FnMut(char, Style)) {
    for node in nodes {
        match node {
            Node::Char(c, style) => each(*c, *style),
            Node::Script { body, .. } => visit(body, each),
        }
    }
}

fn parse(markup: &str) -> Vec<Node> {
    let chars: Vec<char> = markup.chars().collect();
    let mut nodes = sequence(&chars, 0);
    minus_signs(&mut nodes);
    nodes
}

fn sequence(chars: &[char], depth: usize) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut italic = false;
    let mut i = 0;
    while i < chars.len() {
        let next = chars.get(i + 1).copied();
        match (chars[i], next) {
            ('\\', Some(',')) => {
                nodes.push(Node::Char('\u{2009}', Style::Upright));
                i += 2;
            }
            ('\\', Some(c @ ('*' | '_' | '^' | '\\' | '{' | '}'))) => {
                nodes.push(Node::Char(c, Style::Upright));
                i += 2;
            }
            ('*', _) if italic || chars[i + 1..].contains(&'*') => {
                italic = !italic;
                i += 1;
            }
            (sign @ ('_' | '^'), Some(first)) if depth < DEEPEST => {
                let (body, used) = match closing(chars, i + 1) {
                    Some(end) => (&chars[i + 2..end], end + 1 - i),
                    None if first == '{' => (&chars[i + 1..i + 1], 1),
                    None => (&chars[i + 1..i + 2], 2),
                };
                if body.is_empty() && used == 1 {
                    nodes.push(Node::Char(sign, Style::Upright));
                } else {
                    nodes.push(Node::Script { raised: sign == '^', body: sequence(body, depth + 1) });
                }
                i += used;
            }
            (c, _) => {
                let style = if italic && c.is_alphabetic() { Style::Italic } else { Style::Upright };
                nodes.push(Node::Char(c, style));
                i += 1;
            }
        }
    }
    nodes
}

/// Index of the brace that closes the one at `open`.
fn closing(chars: &[char], open: usize) -> Option<usize> {
    if chars.get(open) != Some(&'{') {
        return None;
    }
    let mut depth = 0usize;
    let mut i = open;
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 1,
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(i);
                }
            }
            _ => {}
        }
        i += 1;
    }
    None
}

fn minus_signs(nodes: &mut [Node]) {
    let word = |node: Option<&Node>, digits: bool| {
        matches!(node, Some(Node::Char(c, Style::Upright))
            if c.is_alphabetic() || (digits && c.is_numeric()))
    };
    for i in 0..nodes.len() {
        let before = i.checked_sub(1).and_then(|k| nodes.get(k));
        let joins = word(before, true) && word(nodes.get(i + 1), false);
        match &mut nodes[i] {
            Node::Char(c @ '-', _) if !joins => *c = '\u{2212}',
            Node::Script { body, .. } => minus_signs(body),
            Node::Char(..) => {}
        }
    }
}

struct Pen<'a> {
    fonts: &'a Fonts,
    label: Label,
    x: f64,
    /// The last glyph on the line, its size, and how far it leans over its own advance.
    last: Option<(Glyph, f64, f64)>,
}

impl Pen<'_> {
    fn run(&mut self, nodes: &[Node], size: f64, baseline: f64) {
        let mut script: Option<(bool, f64, f64)> = None;
        for node in nodes {
            match node {
                Node::Char(c, style) => {
                    if script.take().is_some() {
                        self.last = None;
                    }
                    self.put(*c, *style, size, baseline);
                }
                Node::Script { raised, body } => {
                    let (base, lean) = match script {
                        // The second of a pair starts where the first did.
                        Some((other, x, lean)) if other != *raised => (x, lean),
                        _ => (self.x, self.last.map_or(0.0, |(_, _, lean)| lean)),
                    };
                    let end = self.x;
                    let shift = if *raised { lean + 0.04 * size } else { 0.02 * size };
                    self.x = base + shift;
                    self.last = None;
                    let rise = if *raised { -RAISE } else { LOWER };
                    self.run(body, SCRIPT * size, baseline + rise * size);
                    self.x = end.max(self.x + 0.03 * size);
                    self.last = None;
                    script = Some((*raised, base, lean));
                }
            }
        }
    }

    fn put(&mut self, c: char, style: Style, size: f64, baseline: f64) {
        let glyph = self.fonts.glyph(style, c).unwrap_or(Glyph::MISSING);
        let metrics = self.fonts.metrics(glyph);
        if let Some((left, left_size, lean)) = self.last {
            if left.style == Style::Italic && glyph.style == Style::Upright {
                self.x += lean.min(0.12 * left_size);
            } else {
                self.x += size * self.fonts.kerning(left, glyph);
            }
        }
        self.label.plain.push(c);
        if metrics.right > 0.0 {
            self.label.glyphs.push(Placed { glyph, c, at: Point { x: self.x, y: baseline }, size });
            self.label.width = self.label.width.max(self.x + size * metrics.right);
            self.label.ascent = self.label.ascent.max(size * metrics.top - baseline);
            self.label.descent = self.label.descent.max(baseline - size * metrics.bottom);
        }
        self.x += size * metrics.advance;
        let lean = (size * (metrics.right - metrics.advance)).max(0.0);
        self.last = Some((glyph, size, lean));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(markup: &str) -> Label {
        Label::new(&Fonts::embedded(), markup, 10.0)
    }

    #[test]
    fn variables_are_italic_and_their_index_upright() {
        let l = label("*γ*_{C}");
        assert_eq!(l.plain, "γC");
        assert_eq!(l.glyphs[0].glyph.style, Style::Italic);
        assert_eq!(l.glyphs[1].glyph.style, Style::Upright);
        assert!(l.glyphs[1].at.y > 0.0 && l.glyphs[1].size < 10.0);
        // Digits stay upright between asterisks.
        let l = label("*R = 1*");
        assert_eq!(l.glyphs[0].glyph.style, Style::Italic);
        assert_eq!(l.glyphs[2].glyph.style, Style::Upright);
    }

    #[test]
    fn scripts_in_a_row_stand_on_one_another() {
        let l = label("*E*_{B}^{2}");
        assert!((l.glyphs[1].at.x - l.glyphs[2].at.x).abs() < 2.0);
        assert!(l.glyphs[1].at.y > 0.0 && l.glyphs[2].at.y < 0.0);
    }

    /// Hyphens become minus signs unless they join words; broken markup is drawn as it stands.
    #[test]
    fn signs_are_drawn_as_they_are_meant() {
        for (markup, drawn) in [
            ("10^{-3}", "10\u{2212}3"),
            ("1 - *a*/*N*", "1 \u{2212} a/N"),
            ("two-level", "two-level"),
            ("*N*-1", "N\u{2212}1"),
            ("a*b", "a*b"),
            ("a_{b", "a_{b"),
            ("a^", "a^"),
            ("a}\\", "a}\\"),
            (r"2\*3\_4", "2*3_4"),
        ] {
            assert_eq!(label(markup).plain, drawn);
        }
        label(&"^{".repeat(5000));
        label(&"_".repeat(5000));
    }

    #[test]
    fn characters_without_a_glyph_are_reported() {
        assert_eq!(missing_glyphs("*ℰ*/*N**ω* 日"), vec!['ℰ', '日']);
        assert!(missing_glyphs("*E*_{B}/*N**ω*_{0} ≤ 1").is_empty());
    }
}
