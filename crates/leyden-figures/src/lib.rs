//! Figures of the quality a journal asks for, as a pure function of the data: numbers become a
//! scene, the scene becomes SVG or PDF, and PNG is drawn from exactly that SVG. No files, no clock, no
//! installed fonts; the same figure gives the same bytes everywhere.
//!
//! A [`Figure`] holds [`Panel`]s: a [`LinePanel`] shows [`Line`]s with reference lines, bands and
//! notes; a [`HeatMap`] shows numbers over two axes as colours. Labels are written in the small
//! markup of [`text`]: `*γ*_{C}/*g*` is an italic gamma with an upright index. Nothing in the data
//! is an error: what an axis cannot show leaves a gap, and a panel without anything to show says
//! "no data".
//!
//! ```
//! use leyden_figures::{Axis, Figure, Line, LinePanel, Reference};
//!
//! let t: Vec<f64> = (0..401).map(|i| 0.1 * f64::from(i)).collect();
//! let energy: Vec<f64> = t.iter().map(|t| 0.5 * (1.0 - (-0.2 * t).exp())).collect();
//! let figure = Figure::of(
//!     "Energy of the battery against time",
//!     LinePanel {
//!         lines: vec![Line::new("*E*_{B}", &t, &energy)],
//!         references: vec![
//!             Reference::horizontal(0.5, "*E*_{B}(∞)"),
//!             Reference::vertical(11.5, "*τ*"),
//!         ],
//!         ..LinePanel::new(Axis::linear("*g**t*"), Axis::linear("*E*/*ω*_{0}"))
//!     },
//! );
//! let svg = figure.to_svg();
//! assert!(svg.as_str().starts_with("<svg"));
//! let png = svg.to_png(300.0)?;
//! # assert!(!png.is_empty());
//! # Ok::<(), leyden_figures::FigureError>(())
//! ```

mod axis;
mod error;
mod figure;
mod font;
mod format;
mod mark;
mod palette;
mod panel;
mod pdf;
mod place;
mod raster;
mod scene;
mod svg;
pub mod text;
mod ticks;
mod trace;

#[cfg(test)]
extern crate self as leyden_figures;
#[cfg(test)]
#[path = "../examples/gallery.rs"]
#[allow(unreachable_pub, reason = "an example of its own")]
mod gallery;
#[cfg(test)]
mod layout_tests;

pub use axis::{Axis, Scale};
pub use error::FigureError;
pub use figure::{DOUBLE_COLUMN, Figure, SINGLE_COLUMN};
pub use format::Format;
pub use mark::is_drawn_here;
pub use palette::{Color, ColorMap};
pub use panel::{
    At, Band, ColorBar, Contour, Dash, HeatMap, Labels, Line, LinePanel, Mark, Marker, Panel, Reference,
};
pub use svg::Svg;
