//! Panels: one plot with its axes.

mod bar;
mod contour;
mod frame;
mod heat_map;
mod labels;
mod line;
mod references;
mod series;
mod strokes;

pub use bar::ColorBar;
pub(crate) use frame::{Drawing, Place, TEXT, text};
pub use heat_map::{Contour, HeatMap};
pub use line::{Labels, LinePanel};
pub use series::{At, Band, Dash, Line, Mark, Marker, Reference};
#[cfg(test)]
pub(crate) use strokes::LINE_WIDTH;

use crate::axis::{Axis, Extent};

/// One plot of a [`Figure`](crate::Figure).
#[derive(Clone, Debug, PartialEq)]
pub enum Panel {
    /// Lines over an axis.
    Lines(LinePanel),
    /// Numbers over two axes as colours.
    HeatMap(HeatMap),
}

impl From<LinePanel> for Panel {
    fn from(panel: LinePanel) -> Self {
        Self::Lines(panel)
    }
}

impl From<HeatMap> for Panel {
    fn from(panel: HeatMap) -> Self {
        Self::HeatMap(panel)
    }
}

impl Panel {
    pub(crate) fn x_axis(&self) -> &Axis {
        match self {
            Self::Lines(panel) => &panel.x,
            Self::HeatMap(panel) => &panel.x,
        }
    }

    /// What the horizontal axis must show, and the margin it wants beyond.
    pub(crate) fn x_extent(&self) -> (Extent, f64) {
        match self {
            Self::Lines(panel) => panel.x_extent(),
            Self::HeatMap(panel) => (panel.x_extent(), 0.0),
        }
    }

    /// Draws the panel; `x` is what its horizontal axis shows.
    pub(crate) fn draw(&self, place: &Place<'_>, x: (Extent, f64)) -> Drawing {
        match self {
            Self::Lines(panel) => panel.draw(place, x),
            Self::HeatMap(panel) => panel.draw(place, x.0),
        }
    }
}
