//! The scene as SVG text: self-contained, text as glyph outlines that are defined once and used
//! many times, no identifiers that could clash when several figures share a page.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::error::FigureError;
use crate::font::{Fonts, Glyph, Style, UNITS_PER_EM};
use crate::mark::MADE_BY;
use crate::raster;
use crate::scene::{Item, Pen, Point, Scene};
use crate::text::Placed;

/// Millimetres per point.
pub(crate) const MM: f64 = 25.4 / 72.0;

/// A finished figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Svg(String);

impl Svg {
    /// The SVG document.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same picture as PNG, drawn from exactly this SVG at `dpi` dots per inch; the resolution
    /// is recorded in the file, so that it is included elsewhere at its true size.
    ///
    /// # Errors
    ///
    /// [`FigureError`] if `dpi` is not from 1 to 9600, if the picture would have more than
    /// 2^28 pixels, or if drawing or encoding fails.
    pub fn to_png(&self, dpi: f64) -> Result<Vec<u8>, FigureError> {
        raster::rasterise(&self.0, dpi)
    }
}

pub(crate) fn write(scene: &Scene, fonts: &Fonts) -> Svg {
    let mut out = String::with_capacity(1 << 16);
    let size = [scene.size.width, scene.size.height];
    let ([w, h], [wide, high]) = (size.map(Number), size.map(|points| Number(points * MM)));
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
         width=\"{wide}mm\" height=\"{high}mm\" viewBox=\"0 0 {w} {h}\" role=\"img\">"
    );
    let _ = write!(out, "<title>{}</title>", Escaped(&scene.title));
    if !scene.description.is_empty() {
        let _ = write!(out, "<desc>{}</desc>", Escaped(&scene.description));
    }
    definitions(&mut out, scene, fonts);
    let _ = write!(out, "<rect width=\"{w}\" height=\"{h}\" fill=\"#ffffff\"/>");
    for (origin, items) in &scene.groups {
        let _ = write!(out, "<g transform=\"translate({origin})\" stroke-linejoin=\"round\">");
        items.iter().for_each(|item| write_item(&mut out, item));
        out.push_str("</g>");
    }
    out.push_str("</svg>\n");
    Svg(out)
}

fn definitions(out: &mut String, scene: &Scene, fonts: &Fonts) {
    let labels = scene.groups.iter().flat_map(|(_, items)| items).filter_map(|item| match item {
        Item::Text { label, .. } => Some(label),
        _ => None,
    });
    let used: BTreeSet<Glyph> = labels.flat_map(|label| &label.glyphs).map(|placed| placed.glyph).collect();
    out.push_str("<defs>");
    for glyph in used {
        let _ = write!(out, "<path id=\"{glyph}\" d=\"{}\"/>", fonts.outline(glyph));
    }
    out.push_str("</defs>");
}

fn write_item(out: &mut String, item: &Item) {
    match item {
        Item::Lines { lines, pen } => {
            out.push_str("<path fill=\"none\"");
            write_pen(out, pen);
            write_path(out, lines, false);
        }
        Item::Areas { outlines, fill, stroke } => {
            out.push_str("<path");
            match fill {
                Some((color, opacity)) => {
                    let _ = write!(out, " fill=\"{color}\"");
                    if *opacity < 1.0 {
                        let _ = write!(out, " fill-opacity=\"{}\"", Number(*opacity));
                    }
                }
                None => out.push_str(" fill=\"none\""),
            }
            if let Some(pen) = stroke {
                write_pen(out, pen);
            }
            write_path(out, outlines, true);
        }
        Item::Circles { centres, radius, fill, stroke } => {
            let _ = write!(out, "<g fill=\"{fill}\"");
            if let Some(pen) = stroke {
                write_pen(out, pen);
            }
            out.push('>');
            for [x, y, r] in centres.iter().map(|c| [c.x, c.y, *radius].map(Number)) {
                let _ = write!(out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>");
            }
            out.push_str("</g>");
        }
        Item::Text { label, at, turned, color } => {
            let turn = if *turned { " rotate(-90)" } else { "" };
            let said = Escaped(&label.plain);
            let _ =
                write!(out, "<g fill=\"{color}\" aria-label=\"{said}\" transform=\"translate({at}){turn}\">");
            for Placed { glyph, at, size, .. } in &label.glyphs {
                let scale = size / UNITS_PER_EM;
                let place = format_args!("translate({at}) scale({scale:.5})");
                let _ = write!(out, "<use xlink:href=\"#{glyph}\" transform=\"{place}\"/>");
            }
            out.push_str("</g>");
        }
        Item::Image { rect, png } => {
            let [x, y, w, h] = [rect.x, rect.y, rect.width, rect.height].map(Number);
            let _ = write!(
                out,
                "<image x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" preserveAspectRatio=\"none\" \
                 style=\"image-rendering:pixelated\" xlink:href=\"data:image/png;base64,"
            );
            base64(out, png);
            out.push_str("\"/>");
        }
    }
}

fn write_pen(out: &mut String, pen: &Pen) {
    let _ = write!(out, " stroke=\"{}\" stroke-width=\"{}\"", pen.color, Number(pen.width));
    if !pen.dash.is_empty() {
        let lengths: Vec<String> = pen.dash.iter().map(|length| Number(*length).to_string()).collect();
        let _ = write!(out, " stroke-dasharray=\"{}\"", lengths.join(" "));
    }
    if pen.opacity < 1.0 {
        let _ = write!(out, " stroke-opacity=\"{}\"", Number(pen.opacity));
    }
}

fn write_path(out: &mut String, lines: &[Vec<Point>], closed: bool) {
    out.push_str(" d=\"");
    for line in lines {
        for (i, p) in line.iter().enumerate() {
            let command = if i == 0 { 'M' } else { 'L' };
            let _ = write!(out, "{command}{p}");
        }
        if closed {
            out.push('Z');
        }
    }
    out.push_str("\"/>");
}

/// A coordinate to a hundredth of a point (0.004 mm), in its shortest form.
struct Number(f64);

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hundredths = (self.0 * 100.0).round() as i64;
        let sign = if hundredths < 0 { "-" } else { "" };
        let (whole, rest) = (hundredths.abs() / 100, hundredths.abs() % 100);
        match (rest, rest % 10) {
            (0, _) => write!(f, "{sign}{whole}"),
            (_, 0) => write!(f, "{sign}{whole}.{}", rest / 10),
            _ => write!(f, "{sign}{whole}.{rest:02}"),
        }
    }
}

/// Its name, from the glyph alone: two figures on a page define the same thing under the same name.
impl std::fmt::Display for Glyph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{MADE_BY}-{}{}", if self.style == Style::Upright { 'u' } else { 'i' }, self.id)
    }
}

/// Its coordinates.
impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", Number(self.x), Number(self.y))
    }
}

struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                // Control characters are not allowed in XML at all.
                c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => f.write_str(" ")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

fn base64(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            if i <= chunk.len() {
                out.push(char::from(DIGITS[(bits >> (18 - 6 * i)) as usize & 63]));
            } else {
                out.push('=');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_have_no_negative_zero() {
        let written = [0.0, -0.001, 1.5, -2.25, 0.05, 3.0].map(|x| Number(x).to_string());
        assert_eq!(written, ["0", "0", "1.5", "-2.25", "0.05", "3"]);
    }

    #[test]
    fn base64_pads() {
        let encoded = |bytes: &[u8]| {
            let mut out = String::new();
            base64(&mut out, bytes);
            out
        };
        assert_eq!([encoded(b"Man"), encoded(b"Ma"), encoded(b"M")], ["TWFu", "TWE=", "TQ=="]);
    }
}
