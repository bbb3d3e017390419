//! A face in a PDF: the glyphs that a figure uses, how wide they are, and which characters they stand for.

use std::collections::BTreeMap;

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, Str};
use subsetter::GlyphRemapper;
use ttf_parser::{RawFace, Tag};

use super::packed;
use crate::error::FigureError;
use crate::font::{Fonts, Glyph, Style, UNITS_PER_EM};

const IDENTITY: SystemInfo<'_> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };
/// Only programs that replace embedded fonts ask for the width of stems.
const STEM: f32 = 80.0;

pub(super) struct Subset {
    style: Style,
    /// The new numbers of glyphs, which are their codes in texts.
    codes: GlyphRemapper,
    /// What each code stands for.
    characters: BTreeMap<u16, char>,
}

impl Subset {
    pub(super) fn new(style: Style) -> Self {
        Subset { style, codes: GlyphRemapper::new(), characters: BTreeMap::new() }
    }

    pub(super) fn is_used(&self) -> bool {
        !self.characters.is_empty()
    }

    /// The code of a glyph that is drawn for this character.
    pub(super) fn code(&mut self, glyph: Glyph, c: char) -> u16 {
        let code = self.codes.remap(glyph.id);
        self.characters.entry(code).or_insert(c);
        code
    }

    pub(super) fn write(
        &self,
        pdf: &mut Pdf,
        fonts: &Fonts,
        id: Ref,
        number: &mut impl FnMut() -> Ref,
    ) -> Result<(), FigureError> {
        let [descendant, descriptor, characters, program] = [(); 4].map(|()| number());
        let face = fonts.face(self.style);
        let data = subsetter::subset(face.raw_face().data, 0, &self.codes)?;
        // Of an OpenType file with such outlines a PDF takes their table alone.
        let outlines = RawFace::parse(&data, 0).ok().and_then(|face| face.table(Tag::from_bytes(b"CFF ")));
        let outlines = outlines.ok_or(subsetter::Error::CFFError)?;
        let name = self.name();

        let mut font = pdf.type0_font(id);
        font.base_font(Name(format!("{name}-Identity-H").as_bytes()))
            .encoding_predefined(Name(b"Identity-H"));
        font.descendant_font(descendant).to_unicode(characters);
        font.finish();

        let mut font = pdf.cid_font(descendant);
        font.subtype(CidFontType::Type0).base_font(Name(name.as_bytes())).system_info(IDENTITY);
        let old = self.codes.remapped_gids();
        let advance = |id| fonts.metrics(Glyph { style: self.style, id }).advance * UNITS_PER_EM;
        font.font_descriptor(descriptor).widths().consecutive(0, old.map(|id| advance(id) as f32));
        font.finish();

        let bounds = face.global_bounding_box();
        let [left, bottom, right, top] =
            [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(f32::from);
        let mut flags = FontFlags::SYMBOLIC | FontFlags::SERIF;
        flags.set(FontFlags::ITALIC, self.style == Style::Italic);
        let mut font = pdf.font_descriptor(descriptor);
        font.name(Name(name.as_bytes())).flags(flags).bbox(Rect::new(left, bottom, right, top));
        font.italic_angle(face.italic_angle()).stem_v(STEM);
        font.ascent(face.ascender().into()).descent(face.descender().into());
        font.cap_height(face.capital_height().unwrap_or(face.ascender()).into()).font_file3(program);
        font.finish();

        pdf.stream(program, &packed(outlines))
            .filter(Filter::FlateDecode)
            .pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
        let mut map = UnicodeCmap::new(Name(b"Characters"), IDENTITY);
        for (code, c) in &self.characters {
            map.pair(*code, *c);
        }
        pdf.cmap(characters, &packed(&map.finish())).filter(Filter::FlateDecode);
        Ok(())
    }

    /// The name of the face behind six letters that tell subsets with other glyphs apart, where figures are bound into one file.
    fn name(&self) -> String {
        let mix = |hash: u32, id: u16| (hash ^ u32::from(id)).wrapping_mul(16_777_619);
        let mut hash = self.codes.remapped_gids().fold(2_166_136_261, mix);
        let mut name = String::new();
        for _ in 0..6 {
            name.push(char::from(b'A' + (hash % 26) as u8));
            hash /= 26;
        }
        name + match self.style {
            Style::Upright => "+LibertinusSerif-Regular",
            Style::Italic => "+LibertinusSerif-Italic",
        }
    }
}
