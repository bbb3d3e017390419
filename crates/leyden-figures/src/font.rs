//! The embedded typeface: Libertinus Serif, upright and italic, from the `typst-assets` crate.
//!
//! Text is drawn as glyph outlines, so a figure needs no installed font and looks the same in a
//! browser and as PNG; a PDF holds the faces themselves. Only the two faces used here end up in a release binary.

use std::fmt::Write;

use ttf_parser::gpos::{PairAdjustment, PositioningSubtable};
use ttf_parser::{Face, GlyphId, OutlineBuilder, Tag};

/// Font units per em of both faces.
pub(crate) const UNITS_PER_EM: f64 = 1000.0;
/// Height of a digit, in em: tick labels are centred on it.
pub(crate) const DIGIT_HEIGHT: f64 = 0.61;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Style {
    Upright,
    Italic,
}

/// A glyph of one of the two faces; ordered, so that it can name itself in the SVG.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Glyph {
    pub(crate) style: Style,
    pub(crate) id: u16,
}

impl Glyph {
    /// The box drawn for a character that neither face has.
    pub(crate) const MISSING: Self = Self { style: Style::Upright, id: 0 };
}

/// Extents of a glyph in em, y upwards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Metrics {
    pub(crate) advance: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
}

pub(crate) struct Fonts {
    upright: Face<'static>,
    italic: Face<'static>,
}

impl Fonts {
    pub(crate) fn embedded() -> Self {
        let mut files = typst_assets::fonts();
        let mut face = |skip: usize| {
            files
                .nth(skip)
                .and_then(|data| Face::parse(data, 0).ok())
                .expect("the pinned font crate holds the faces the tests have seen")
        };
        // Order within the pinned crate: Regular, Bold, Italic. A test checks what was taken.
        Self { upright: face(0), italic: face(1) }
    }

    pub(crate) fn face(&self, style: Style) -> &Face<'static> {
        match style {
            Style::Upright => &self.upright,
            Style::Italic => &self.italic,
        }
    }

    /// The glyph of a character: from the other face where this one lacks it, else `None`.
    pub(crate) fn glyph(&self, style: Style, c: char) -> Option<Glyph> {
        [style, Style::Upright, Style::Italic].into_iter().find_map(|style| {
            let id = self.face(style).glyph_index(c)?.0;
            Some(Glyph { style, id })
        })
    }

    pub(crate) fn metrics(&self, glyph: Glyph) -> Metrics {
        let face = self.face(glyph.style);
        let id = GlyphId(glyph.id);
        let em = |units: i16| f64::from(units) / UNITS_PER_EM;
        let advance = f64::from(face.glyph_hor_advance(id).unwrap_or(0)) / UNITS_PER_EM;
        let bounds = face.glyph_bounding_box(id);
        Metrics {
            advance,
            right: bounds.map_or(0.0, |b| em(b.x_max)),
            top: bounds.map_or(0.0, |b| em(b.y_max)),
            bottom: bounds.map_or(0.0, |b| em(b.y_min)),
        }
    }

    /// The kerning between two neighbours, in em.
    pub(crate) fn kerning(&self, left: Glyph, right: Glyph) -> f64 {
        if left.style != right.style {
            return 0.0;
        }
        let units = self.pair_adjustment(left, right).unwrap_or(0);
        f64::from(units) / UNITS_PER_EM
    }

    /// The sum over all lookups that the font's default script names for kerning.
    fn pair_adjustment(&self, left: Glyph, right: Glyph) -> Option<i32> {
        let table = self.face(left.style).tables().gpos?;
        let script = table.scripts.find(Tag::from_bytes(b"DFLT"))?;
        let features = script.default_language?.feature_indices.into_iter();
        let kern = features
            .filter_map(|index| table.features.get(index))
            .find(|feature| feature.tag == Tag::from_bytes(b"kern"))?;
        let (a, b) = (GlyphId(left.id), GlyphId(right.id));
        let lookups = kern.lookup_indices.into_iter();
        let values = lookups.filter_map(|index| {
            let lookup = table.lookups.get(index)?;
            let mut subtables = lookup.subtables.into_iter::<PositioningSubtable>();
            subtables.find_map(|subtable| pair_value(&subtable, a, b))
        });
        Some(values.map(i32::from).sum())
    }

    /// The outline as SVG path data in font units, y downwards.
    pub(crate) fn outline(&self, glyph: Glyph) -> String {
        let mut path = PathData(String::new());
        self.face(glyph.style).outline_glyph(GlyphId(glyph.id), &mut path);
        path.0
    }
}

fn pair_value(subtable: &PositioningSubtable<'_>, a: GlyphId, b: GlyphId) -> Option<i16> {
    let PositioningSubtable::Pair(pair) = subtable else { return None };
    let (value, _) = match pair {
        PairAdjustment::Format1 { coverage, sets } => sets.get(coverage.get(a)?)?.get(b)?,
        PairAdjustment::Format2 { coverage, classes, matrix } => {
            coverage.get(a)?;
            matrix.get((classes.0.get(a), classes.1.get(b)))?
        }
    };
    Some(value.x_advance)
}

struct PathData(String);

impl PathData {
    fn push(&mut self, command: char, coordinates: &[f32]) {
        self.0.push(command);
        for (i, pair) in coordinates.chunks(2).enumerate() {
            let gap = if i == 0 { "" } else { " " };
            // A glyph lives on a grid of 1000 units; rounding to it is invisible.
            let _ = write!(self.0, "{gap}{:.0} {:.0}", pair[0], 0.0 - pair[1]);
        }
    }
}

impl OutlineBuilder for PathData {
    fn move_to(&mut self, x: f32, y: f32) {
        self.push('M', &[x, y]);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.push('L', &[x, y]);
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.push('Q', &[x1, y1, x, y]);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.push('C', &[x1, y1, x2, y2, x, y]);
    }
    fn close(&mut self) {
        self.0.push('Z');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_faces_are_the_ones_meant() {
        let fonts = Fonts::embedded();
        assert!(!fonts.upright.is_italic() && !fonts.upright.is_bold());
        assert!(fonts.italic.is_italic() && !fonts.italic.is_bold());
        for face in [&fonts.upright, &fonts.italic] {
            assert_eq!(f64::from(face.units_per_em()), UNITS_PER_EM);
        }
    }

    #[test]
    fn greek_digits_and_mathematics_are_covered() {
        let fonts = Fonts::embedded();
        let needed = "0123456789.,+\u{2212}\u{d7}\u{b7}/=()[]<>\u{2264}\u{2265}\u{2248}\u{b1}\
            \u{221e}\u{221a}\u{221d}\u{210f}\u{2009}\u{27e8}\u{27e9}\u{2192}\u{2013}\u{2020}\
            abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\
            αβγδεζηθικλμνξοπρστυφχψωϕϑΓΔΘΛΞΠΣΥΦΨΩ%'|no data";
        for style in [Style::Upright, Style::Italic] {
            let missing: String = needed.chars().filter(|&c| fonts.glyph(style, c).is_none()).collect();
            assert!(missing.is_empty(), "missing {missing:?} in {style:?}");
        }
    }

    #[test]
    fn pairs_are_kerned() {
        let fonts = Fonts::embedded();
        let glyph = |c| fonts.glyph(Style::Upright, c).unwrap();
        assert!(fonts.kerning(glyph('A'), glyph('V')) < -0.02);
        assert_eq!(fonts.kerning(glyph('0'), glyph('0')), 0.0);
    }
}
