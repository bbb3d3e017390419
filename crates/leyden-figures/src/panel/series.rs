//! What a line panel shows: lines, reference lines, bands.

use crate::palette::Color;

/// How a stroke is broken, so that lines stay distinct in black and white.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dash {
    /// Unbroken.
    #[default]
    Solid,
    /// Dashes.
    Dashed,
    /// Dash, dot.
    DashDotted,
    /// Dots.
    Dotted,
    /// Long dashes.
    LongDashed,
    /// Dash, dot, dot.
    DashDotDotted,
}

impl Dash {
    /// In the order lines take them.
    pub const ALL: [Self; 6] =
        [Self::Solid, Self::Dashed, Self::DashDotted, Self::Dotted, Self::LongDashed, Self::DashDotDotted];

    pub(crate) fn lengths(self) -> &'static [f64] {
        match self {
            Self::Solid => &[],
            Self::Dashed => &[4.2, 1.8],
            Self::DashDotted => &[4.6, 1.5, 1.1, 1.5],
            Self::Dotted => &[1.1, 1.5],
            Self::LongDashed => &[8.0, 2.2],
            Self::DashDotDotted => &[4.6, 1.4, 1.1, 1.4, 1.1, 1.4],
        }
    }
}

/// The sign drawn at a data point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Marker {
    /// A disc.
    #[default]
    Circle,
    /// A square.
    Square,
    /// A triangle.
    Triangle,
    /// A square on its corner.
    Diamond,
}

impl Marker {
    /// In the order lines take them.
    pub const ALL: [Self; 4] = [Self::Circle, Self::Square, Self::Triangle, Self::Diamond];
}

/// How the numbers of a line are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// A stroke.
    #[default]
    Stroke,
    /// Markers only.
    Points(Marker),
    /// A stroke with markers.
    Both(Marker),
}

/// One line of a panel. Coordinates that an axis cannot show (NaN, infinite, not positive on a log
/// axis) leave a gap; surplus coordinates are ignored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Label, in the markup of [`text`](crate::text); empty for none.
    pub label: String,
    /// Abscissae.
    pub x: Vec<f64>,
    /// Ordinates.
    pub y: Vec<f64>,
    /// Stroke, markers, or both.
    pub mark: Mark,
    /// Colour; by default the next of [`Color::OKABE_ITO`].
    pub color: Option<Color>,
    /// Dash pattern; by default the next of [`Dash::ALL`].
    pub dash: Option<Dash>,
    /// A thin grey line such as an asymptote or a fit: it takes no colour from the others, is not
    /// in the legend, and leaves the ranges of the axes to the data.
    pub guide: bool,
}

impl Line {
    /// A line through the points, with the next free colour and dash pattern.
    pub fn new(label: impl Into<String>, x: &[f64], y: &[f64]) -> Self {
        Self { label: label.into(), x: x.to_vec(), y: y.to_vec(), ..Self::default() }
    }

    /// Markers only.
    pub fn points(label: impl Into<String>, x: &[f64], y: &[f64]) -> Self {
        Self { mark: Mark::Points(Marker::Circle), ..Self::new(label, x, y) }
    }

    /// A thin grey line: an asymptote or a fit.
    pub fn guide(label: impl Into<String>, x: &[f64], y: &[f64]) -> Self {
        Self { guide: true, ..Self::new(label, x, y) }
    }
}

/// A thin line across the whole panel at one number of one axis. The axis is made to include it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// Across or up.
    pub at: At,
    /// Label, in the markup of [`text`](crate::text); empty for none.
    pub label: String,
}

/// The position of a [`Reference`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum At {
    /// A horizontal line at this ordinate.
    Y(f64),
    /// A vertical line at this abscissa.
    X(f64),
}

impl Reference {
    /// A horizontal line: a limit.
    pub fn horizontal(y: f64, label: impl Into<String>) -> Self {
        Self { at: At::Y(y), label: label.into() }
    }

    /// A vertical line: a charging time.
    pub fn vertical(x: f64, label: impl Into<String>) -> Self {
        Self { at: At::X(x), label: label.into() }
    }

    pub(crate) fn x(&self) -> Option<f64> {
        if let At::X(x) = self.at { Some(x) } else { None }
    }

    pub(crate) fn y(&self) -> Option<f64> {
        if let At::Y(y) = self.at { Some(y) } else { None }
    }
}

/// A shaded region behind the lines.
#[derive(Clone, Debug, PartialEq)]
pub enum Band {
    /// All abscissae between two numbers.
    X {
        /// Left edge.
        from: f64,
        /// Right edge.
        to: f64,
    },
    /// All ordinates between two numbers.
    Y {
        /// Lower edge.
        from: f64,
        /// Upper edge.
        to: f64,
    },
    /// Between two curves, such as the bounds of an uncertainty.
    Between {
        /// Abscissae.
        x: Vec<f64>,
        /// Lower curve.
        lower: Vec<f64>,
        /// Upper curve.
        upper: Vec<f64>,
    },
}
