//! Figures: panels put together on a sheet of given width.

use crate::axis::Extent;
use crate::error::FigureError;
use crate::font::Fonts;
use crate::panel::{Drawing, Panel, Place, TEXT, text};
use crate::pdf;
use crate::scene::{Insets, Item, Point, Scene, Size};
use crate::svg::{self, MM, Svg};
use crate::text::Label;

/// Width of one column of a journal page, in mm.
pub const SINGLE_COLUMN: f64 = 86.0;
/// Width of both columns of a journal page, in mm.
pub const DOUBLE_COLUMN: f64 = 178.0;

/// A figure: panels in rows, each row filled before the next.
///
/// Drawing is a pure function of this value: the same figure gives the same bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What the figure is, for screen readers and search; not drawn.
    pub title: String,
    /// What the figure shows, at greater length; not drawn.
    pub description: String,
    /// Width of the whole figure in mm, at least 30; the height follows from the panels.
    pub width: f64,
    /// Panels per row, at least 1.
    pub columns: usize,
    /// Heights of the plots, row by row, in mm; rows without one get a height that suits the width.
    pub heights: Vec<f64>,
    /// Height over width of the plots in the rows without a height; not finite or not positive
    /// counts as none.
    pub aspect: Option<f64>,
    /// Lines above the panels, in the markup of [`text`](crate::text); empty for none.
    pub heading: String,
    /// The panels of a column have one horizontal axis in common, labelled below the last. For
    /// panels of one scale.
    pub share_x: bool,
    /// Letters (a), (b), ... beside the panels.
    pub letters: bool,
    /// The panels.
    pub panels: Vec<Panel>,
}

impl Default for Figure {
    fn default() -> Self {
        Self {
            title: "Figure".into(),
            description: String::new(),
            width: SINGLE_COLUMN,
            columns: 1,
            heights: Vec::new(),
            aspect: None,
            heading: String::new(),
            share_x: false,
            letters: false,
            panels: Vec::new(),
        }
    }
}

/// White border, in points.
const BORDER: f64 = 2.0;
/// Between columns, and between rows.
const BETWEEN_COLUMNS: f64 = 14.0;
const BETWEEN_ROWS: f64 = 9.0;
const SHARED_ROWS: f64 = 6.0;
/// Height over width of a plot left to itself.
const ASPECT: f64 = 0.64;
const SHARED_ASPECT: f64 = 0.5;
/// Of a line of the heading, in units of the size of the text.
const ASCENT: f64 = 0.75;
const DESCENT: f64 = 0.25;
const BELOW_HEADING: f64 = 4.0;
const NARROWEST: f64 = 30.0 / MM;
const WIDEST: f64 = 2000.0 / MM;
const SMALLEST_PLOT: f64 = 20.0;

impl Figure {
    /// A single-column figure of one panel.
    pub fn of(title: impl Into<String>, panel: impl Into<Panel>) -> Self {
        Self { title: title.into(), panels: vec![panel.into()], ..Self::default() }
    }

    /// Draws the figure.
    pub fn to_svg(&self) -> Svg {
        let fonts = Fonts::embedded();
        svg::write(&self.scene(&fonts), &fonts)
    }

    /// The figure as PDF, with text that can be searched and selected.
    ///
    /// # Errors
    ///
    /// [`FigureError`] if the embedded typeface cannot be reduced to what the figure uses.
    pub fn to_pdf(&self) -> Result<Vec<u8>, FigureError> {
        let fonts = Fonts::embedded();
        pdf::write(&self.scene(&fonts), &fonts)
    }

    pub(crate) fn scene(&self, fonts: &Fonts) -> Scene {
        let sheet = Sheet::new(self, fonts);
        sheet.assemble(sheet.settle())
    }
}

/// The layout of one figure.
struct Sheet<'a> {
    figure: &'a Figure,
    fonts: &'a Fonts,
    width: f64,
    columns: usize,
    rows: usize,
    /// Heights of the rows that have one of their own.
    heights: Vec<Option<f64>>,
    /// Height over width of the others, or their height.
    aspect: Option<f64>,
    usual: f64,
}

/// All panels drawn, and the insets of each column (left, right) and row (top, bottom).
struct Settled {
    drawings: Vec<Drawing>,
    plot_width: f64,
    columns: Vec<Insets>,
    rows: Vec<Insets>,
}

impl<'a> Sheet<'a> {
    fn new(figure: &'a Figure, fonts: &'a Fonts) -> Self {
        let columns = figure.columns.clamp(1, figure.panels.len().max(1));
        let rows = figure.panels.len().div_ceil(columns);
        let width = if figure.width.is_nan() { SINGLE_COLUMN } else { figure.width };
        let width = (width / MM).clamp(NARROWEST, WIDEST);
        let aspect = if figure.share_x && rows > 1 { SHARED_ASPECT } else { ASPECT };
        let usual = aspect * (width / columns as f64 - 48.0).max(60.0);
        let given = |row: usize| figure.heights.get(row).filter(|mm| mm.is_finite());
        let heights =
            (0..rows).map(|row| given(row).map(|mm| (mm / MM).clamp(SMALLEST_PLOT, WIDEST))).collect();
        let aspect = figure.aspect.filter(|aspect| aspect.is_finite() && *aspect > 0.0);
        Self { figure, fonts, width, columns, rows, heights, aspect, usual }
    }

    fn height(&self, row: usize, plot_width: f64) -> f64 {
        let follows = || self.aspect.map_or(self.usual, |a| (a * plot_width).clamp(SMALLEST_PLOT, WIDEST));
        self.heights[row].unwrap_or_else(follows)
    }

    /// Ticks depend on the width of the plots, that on the room left by the tick labels: draws
    /// until the room suffices. It only ever grows, so few rounds do.
    fn settle(&self) -> Settled {
        let mut columns = vec![Insets::default(); self.columns];
        loop {
            let plot_width = self.plot_width(&columns);
            let drawings = self.draw(plot_width, &columns);
            let mut rows = vec![Insets::default(); self.rows];
            let mut grown = columns.clone();
            for (i, drawing) in drawings.iter().enumerate() {
                let (row, column) = (i / self.columns, i % self.columns);
                rows[row] = rows[row].union(drawing.insets);
                grown[column] = grown[column].union(drawing.insets);
            }
            let fits =
                |(new, old): (&Insets, &Insets)| new.left <= old.left + 1e-9 && new.right <= old.right + 1e-9;
            let settled = grown.iter().zip(&columns).all(fits);
            if settled || plot_width <= SMALLEST_PLOT {
                return Settled { drawings, plot_width, columns: grown, rows };
            }
            columns = grown;
        }
    }

    fn plot_width(&self, columns: &[Insets]) -> f64 {
        let taken: f64 = columns.iter().map(|c| c.left + c.right).sum();
        let gaps = BETWEEN_COLUMNS * (self.columns - 1) as f64 + 2.0 * BORDER;
        ((self.width - taken - gaps) / self.columns as f64).max(SMALLEST_PLOT)
    }

    fn draw(&self, plot_width: f64, columns: &[Insets]) -> Vec<Drawing> {
        let panels = &self.figure.panels;
        let draw = |(i, panel): (usize, &Panel)| {
            let place = Place {
                fonts: self.fonts,
                size: Size { width: plot_width, height: self.height(i / self.columns, plot_width) },
                left: columns[i % self.columns].left,
                show_x: !self.figure.share_x || i + self.columns >= panels.len(),
                letter: self.figure.letters.then(|| char::from(b'a' + (i % 26) as u8)),
            };
            panel.draw(&place, self.x_extent(i))
        };
        panels.iter().enumerate().map(draw).collect()
    }

    /// What the horizontal axis of a panel shows: its own data, or those of its column too.
    fn x_extent(&self, panel: usize) -> (Extent, f64) {
        let panels = &self.figure.panels;
        if !self.figure.share_x {
            return panels[panel].x_extent();
        }
        let scale = panels[panel].x_axis().scale;
        panels
            .iter()
            .skip(panel % self.columns)
            .step_by(self.columns)
            .filter(|other| other.x_axis().scale == scale)
            .map(Panel::x_extent)
            .fold((Extent::EMPTY, 0.0), |(all, most), (extent, margin)| (all.union(extent), most.max(margin)))
    }

    /// The heading, broken at spaces where it is wider than the sheet, and where the panels begin below it.
    fn heading(&self) -> (Vec<Item>, f64) {
        let label = |markup: &str| Label::new(self.fonts, markup, TEXT);
        let mut lines: Vec<String> = Vec::new();
        for given in self.figure.heading.lines() {
            let first = lines.len();
            for word in given.split_whitespace() {
                let longer = lines[first..].last().map(|line| format!("{line} {word}"));
                match longer.filter(|line| label(line).width <= self.width - 2.0 * BORDER) {
                    Some(longer) => *lines.last_mut().expect("there is a line to be longer") = longer,
                    None => lines.push(word.to_string()),
                }
            }
        }
        let mut y = BORDER;
        let mut items = Vec::new();
        for line in lines {
            let label = label(&line);
            let baseline = y + label.ascent.max(ASCENT * TEXT);
            y = baseline + label.descent.max(DESCENT * TEXT);
            items.push(text(label, BORDER, baseline));
        }
        if !items.is_empty() {
            y += BELOW_HEADING;
        }
        (items, y)
    }

    fn assemble(&self, settled: Settled) -> Scene {
        let mut lefts = Vec::new();
        let mut x = BORDER;
        for column in &settled.columns {
            x += column.left;
            lefts.push(x);
            x += settled.plot_width + column.right + BETWEEN_COLUMNS;
        }
        let right = x - BETWEEN_COLUMNS + BORDER;
        let between = if self.figure.share_x { SHARED_ROWS } else { BETWEEN_ROWS };
        let mut tops = Vec::new();
        let (heading, mut y) = self.heading();
        for (row, insets) in settled.rows.iter().enumerate() {
            y += insets.top;
            tops.push(y);
            y += self.height(row, settled.plot_width) + insets.bottom + between;
        }
        let bottom = if self.rows > 0 { y - between } else { y } + BORDER;
        let panels = settled.drawings.into_iter().enumerate().map(|(i, drawing)| {
            let origin = Point { x: lefts[i % self.columns], y: tops[i / self.columns] };
            (origin, drawing.items)
        });
        let heading = (!heading.is_empty()).then_some((Point { x: 0.0, y: 0.0 }, heading));
        let groups = heading.into_iter().chain(panels).collect();
        // Only panels too crowded for the width make the sheet wider than asked for.
        let width = if self.rows > 0 { right.max(self.width) } else { self.width };
        Scene {
            size: Size { width, height: bottom },
            title: self.figure.title.clone(),
            description: self.figure.description.clone(),
            groups,
        }
    }
}
