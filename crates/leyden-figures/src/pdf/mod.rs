//! The scene as PDF: one page of the size of the figure, with text as text in subsets of the embedded faces, so that it can be
//! searched, selected and edited. Nothing comes from the clock: the same figure gives the same bytes.

mod face;
mod picture;

use std::collections::BTreeMap;

use pdf_writer::types::LineJoinStyle;
use pdf_writer::writers::ExtGraphicsState;
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use crate::error::FigureError;
use crate::font::{Fonts, Style};
use crate::mark::MADE_BY;
use crate::palette::Color;
use crate::scene::{Item, Pen, Point, Scene};
use crate::text::Label;
use face::Subset;

/// What a stream gains beyond this costs much time.
const COMPRESSION: u8 = 6;
/// Of the control points of a quarter of a circle, in units of its radius.
const QUARTER: f32 = 0.552_284_8;

const STYLES: [Style; 2] = [Style::Upright, Style::Italic];

pub(crate) fn write(scene: &Scene, fonts: &Fonts) -> Result<Vec<u8>, FigureError> {
    let mut numbers = 1..;
    let mut number = || Ref::new(numbers.next().expect("there are enough numbers"));
    let [catalog, pages, page, content, info] = [(); 5].map(|()| number());
    let mut painter = Painter::new();
    painter.paint(scene);
    let Painter { content: drawn, subsets, opacities, pictures, .. } = painter;
    let [width, height] = [scene.size.width, scene.size.height].map(|x| x as f32);

    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page]).count(1);
    let mut head = pdf.document_info(info);
    head.title(TextStr(&scene.title)).subject(TextStr(&scene.description)).producer(TextStr(MADE_BY));
    head.finish();
    let faces: Vec<(Style, Ref)> =
        STYLES.into_iter().filter(|style| subsets[style].is_used()).map(|style| (style, number())).collect();
    let images: Vec<Ref> = pictures.iter().map(|_| number()).collect();

    let mut sheet = pdf.page(page);
    sheet.parent(pages).media_box(Rect::new(0.0, 0.0, width, height)).contents(content);
    let mut resources = sheet.resources();
    let mut named = resources.fonts();
    for (style, id) in &faces {
        named.pair(Name(face_name(*style)), *id);
    }
    named.finish();
    let mut named = resources.x_objects();
    for (i, id) in images.iter().enumerate() {
        named.pair(Name(&picture_name(i)), *id);
    }
    named.finish();
    let mut named = resources.ext_g_states();
    for (i, (paint, opacity)) in opacities.into_iter().enumerate() {
        let mut state = named.insert(Name(&opacity_name(i))).start::<ExtGraphicsState<'_>>();
        match paint {
            Paint::Fill => state.non_stroking_alpha(opacity as f32),
            Paint::Stroke => state.stroking_alpha(opacity as f32),
        };
    }
    named.finish();
    resources.finish();
    sheet.finish();

    pdf.stream(content, &packed(&drawn.finish())).filter(Filter::FlateDecode);
    for (png, id) in pictures.iter().zip(images) {
        picture::write(&mut pdf, id, png);
    }
    for (style, id) in faces {
        subsets[&style].write(&mut pdf, fonts, id, &mut number)?;
    }
    Ok(pdf.finish())
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(bytes, COMPRESSION)
}

fn face_name(style: Style) -> &'static [u8] {
    match style {
        Style::Upright => b"Upright",
        Style::Italic => b"Italic",
    }
}

fn picture_name(i: usize) -> Vec<u8> {
    format!("Picture{i}").into_bytes()
}

fn opacity_name(i: usize) -> Vec<u8> {
    format!("Opacity{i}").into_bytes()
}

#[derive(Clone, Copy, PartialEq)]
enum Paint {
    Fill,
    Stroke,
}

/// What is drawn on the page so far, and what it needs of the file.
struct Painter<'a> {
    content: Content,
    subsets: BTreeMap<Style, Subset>,
    opacities: Vec<(Paint, f64)>,
    pictures: Vec<&'a [u8]>,
}

impl<'a> Painter<'a> {
    fn new() -> Self {
        let subsets = STYLES.into_iter().map(|style| (style, Subset::new(style))).collect();
        Painter { content: Content::new(), subsets, opacities: Vec::new(), pictures: Vec::new() }
    }

    fn paint(&mut self, scene: &'a Scene) {
        let [width, height] = [scene.size.width, scene.size.height].map(|x| x as f32);
        // From here on y points down, as in the scene.
        self.content.transform([1.0, 0.0, 0.0, -1.0, 0.0, height]);
        self.fill(Color::WHITE, 1.0);
        self.content.rect(0.0, 0.0, width, height).fill_nonzero();
        self.content.set_line_join(LineJoinStyle::RoundJoin);
        for (origin, items) in &scene.groups {
            self.content.save_state();
            self.content.transform([1.0, 0.0, 0.0, 1.0, origin.x as f32, origin.y as f32]);
            for item in items {
                self.content.save_state();
                self.item(item);
                self.content.restore_state();
            }
            self.content.restore_state();
        }
    }

    fn item(&mut self, item: &'a Item) {
        match item {
            Item::Lines { lines, pen } => {
                self.pen(pen);
                self.path(lines, false);
                self.content.stroke();
            }
            Item::Areas { outlines, fill, stroke } => {
                if let Some((color, opacity)) = fill {
                    self.fill(*color, *opacity);
                    self.path(outlines, true);
                    self.content.fill_nonzero();
                }
                if let Some(pen) = stroke {
                    self.pen(pen);
                    self.path(outlines, true);
                    self.content.stroke();
                }
            }
            Item::Circles { centres, radius, fill, stroke } => {
                self.fill(*fill, 1.0);
                if let Some(pen) = stroke {
                    self.pen(pen);
                }
                for centre in centres {
                    self.circle(*centre, *radius as f32);
                    match stroke {
                        Some(_) => self.content.fill_nonzero_and_stroke(),
                        None => self.content.fill_nonzero(),
                    };
                }
            }
            Item::Text { label, at, turned, color } => {
                self.fill(*color, 1.0);
                self.text(label, *at, *turned);
            }
            Item::Image { rect, png } => {
                // A picture fills the unit square, its first row on top.
                let [x, y, w, h] = [rect.x, rect.bottom(), rect.width, rect.height].map(|x| x as f32);
                self.content.transform([w, 0.0, 0.0, -h, x, y]);
                self.content.x_object(Name(&picture_name(self.pictures.len())));
                self.pictures.push(png);
            }
        }
    }

    fn text(&mut self, label: &Label, at: Point, turned: bool) {
        self.content.begin_text();
        for placed in &label.glyphs {
            let style = placed.glyph.style;
            let subset = self.subsets.get_mut(&style).expect("there is one for every style");
            let code = subset.code(placed.glyph, placed.c);
            let (right, down) = (placed.at.x, placed.at.y);
            let matrix = match turned {
                false => [1.0, 0.0, 0.0, -1.0, (at.x + right) as f32, (at.y + down) as f32],
                true => [0.0, -1.0, -1.0, 0.0, (at.x + down) as f32, (at.y - right) as f32],
            };
            self.content.set_font(Name(face_name(style)), placed.size as f32).set_text_matrix(matrix);
            self.content.show(Str(&code.to_be_bytes()));
        }
        self.content.end_text();
    }

    fn fill(&mut self, color: Color, opacity: f64) {
        let [r, g, b] = channels(color);
        self.content.set_fill_rgb(r, g, b);
        self.opacity(Paint::Fill, opacity);
    }

    fn pen(&mut self, pen: &Pen) {
        let [r, g, b] = channels(pen.color);
        self.content.set_stroke_rgb(r, g, b).set_line_width(pen.width as f32);
        self.content.set_dash_pattern(pen.dash.iter().map(|length| *length as f32), 0.0);
        self.opacity(Paint::Stroke, pen.opacity);
    }

    fn opacity(&mut self, paint: Paint, opacity: f64) {
        let known = self.opacities.iter().position(|known| *known == (paint, opacity));
        let i = known.unwrap_or(self.opacities.len());
        if known.is_none() {
            self.opacities.push((paint, opacity));
        }
        self.content.set_parameters(Name(&opacity_name(i)));
    }

    fn path(&mut self, lines: &[Vec<Point>], closed: bool) {
        for line in lines {
            for (i, p) in line.iter().enumerate() {
                let (x, y) = (p.x as f32, p.y as f32);
                if i == 0 {
                    self.content.move_to(x, y)
                } else {
                    self.content.line_to(x, y)
                };
            }
            if closed {
                self.content.close_path();
            }
        }
    }

    fn circle(&mut self, centre: Point, r: f32) {
        let (x, y, k) = (centre.x as f32, centre.y as f32, QUARTER * r);
        self.content
            .move_to(x + r, y)
            .cubic_to(x + r, y + k, x + k, y + r, x, y + r)
            .cubic_to(x - k, y + r, x - r, y + k, x - r, y)
            .cubic_to(x - r, y - k, x - k, y - r, x, y - r)
            .cubic_to(x + k, y - r, x + r, y - k, x + r, y)
            .close_path();
    }
}

fn channels(color: Color) -> [f32; 3] {
    [color.r, color.g, color.b].map(|channel| f32::from(channel) / 255.0)
}
