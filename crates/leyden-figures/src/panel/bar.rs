//! Colour bars: the scale of a heat map, or of a family of lines.

use crate::axis::{Axis, Extent, Scale, Span};
use crate::palette::{Color, ColorMap};
use crate::panel::frame::{self, Drawing, GAP, MAJOR, Place};
use crate::panel::strokes;
use crate::raster;
use crate::scene::{Item, Pen, Point, Rect};
use crate::text::Label;

/// The colour scale of a family of lines, drawn right of the plot.
///
/// The panel does not colour its lines: give each line `color: Some(bar.color(value))`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColorBar {
    /// Label, linear or logarithmic, range.
    pub axis: Axis,
    /// Colours.
    pub map: ColorMap,
    /// The values of the lines; each gets a mark on the bar. A range left out follows them.
    pub values: Vec<f64>,
}

impl ColorBar {
    /// The colour of a value; [`Color::MISSING`] where the axis cannot show it.
    pub fn color(&self, value: f64) -> Color {
        let at = self.span().and_then(|span| span.position(value));
        at.map_or(Color::MISSING, |at| self.map.at(at))
    }

    fn span(&self) -> Option<Span> {
        Span::fit(&self.axis, Extent::of(self.axis.scale, self.values.iter().copied()), 0.0)
    }

    pub(crate) fn draw(&self, place: &Place<'_>) -> Option<Drawing> {
        Some(draw(place, &self.axis.label, self.span()?, self.map, &self.values))
    }
}

/// Distance from the plot, and width.
const BAR_GAP: f64 = 7.0;
const BAR_WIDTH: f64 = 8.0;
/// Colours used from the map; one more entry of the palette stands for missing numbers.
pub(crate) const SHADES: usize = 255;

/// The bar right of the plot, with a mark at every level.
pub(crate) fn draw(place: &Place<'_>, label: &str, color: Span, map: ColorMap, levels: &[f64]) -> Drawing {
    let height = place.size.height;
    let rect = Rect { x: place.size.width + BAR_GAP, y: 0.0, width: BAR_WIDTH, height };
    let shades: Vec<u8> = (1..=SHADES as u8).rev().collect();
    let mut drawing = Drawing::default();
    drawing.items.extend(picture(rect, 1, SHADES, &shades, map));
    let stroke = |at: f64, from: f64, to: f64| -> Vec<Point> {
        let y = (1.0 - at) * height;
        vec![Point { x: from, y }, Point { x: to, y }]
    };
    for &level in levels {
        if let Some(at) = color.position(level).filter(|at| (0.0..=1.0).contains(at)) {
            drawing.items.push(Item::Lines {
                lines: vec![stroke(at, rect.x, rect.right())],
                pen: Pen::solid(ink_on(map.at(at)), strokes::GUIDE_WIDTH),
            });
        }
    }
    // Outwards: inside they would vanish on the dark colours.
    let ticks = frame::y_ticks(place, Some(color));
    let outwards = |(at, length)| stroke(at, rect.right(), rect.right() + frame::OUTSIDE * length);
    drawing.items.push(frame::tick_lines(frame::lengths(&ticks).map(outwards).collect()));
    drawing.items.push(frame::outline(rect));

    let mut right = rect.right() + MAJOR;
    let start = rect.right() + MAJOR + 1.2;
    // Minus signs of unequal labels line up when the labels end at one line.
    let labels: Vec<(f64, Label)> = ticks.major.iter().map(|t| (t.at, place.label(&t.label))).collect();
    let widest = labels.iter().map(|(_, l)| l.width).fold(0.0, f64::max);
    for (at, label) in labels {
        let x = match color.scale {
            Scale::Linear => start + widest - label.width,
            Scale::Log => start,
        };
        right = right.max(start + widest);
        drawing.y_tick_label(label, x, (1.0 - at) * height, height);
    }
    if let Some(exponent) = ticks.exponent {
        let power = place.label(&frame::power_of_ten(exponent));
        right = right.max(rect.x + power.width);
        drawing.y_power(power, rect.x);
    }
    if !label.is_empty() {
        let x = right + GAP;
        right = x + drawing.turned_label(place.lines(label, height), x, height, 0.0);
    }
    drawing.insets.right = right - place.size.width;
    drawing
}

/// Black or white, whichever can be seen.
pub(crate) fn ink_on(ground: Color) -> Color {
    if ground.luminance() < 0.35 { Color::WHITE } else { Color::BLACK }
}

/// Pixels of a colour map over a rectangle; 0 is missing, 1 to [`SHADES`] run along the map.
pub(crate) fn picture(rect: Rect, width: usize, height: usize, pixels: &[u8], map: ColorMap) -> Option<Item> {
    let shades = (0..SHADES).map(|k| map.at(k as f64 / (SHADES - 1) as f64));
    let palette: Vec<Color> = std::iter::once(Color::MISSING).chain(shades).collect();
    let (width, height) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    let png = raster::indexed(width, height, pixels, &palette).ok()?;
    Some(Item::Image { rect, png })
}
