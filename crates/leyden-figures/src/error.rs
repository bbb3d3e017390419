//! What can go wrong. Drawing cannot fail; turning the drawing into pixels or a PDF can.

use thiserror::Error;

/// Why a PNG or a PDF could not be made.
#[derive(Debug, Error)]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum FigureError {
    /// The resolution is not a usable number.
    #[error("`dpi` must be a number from 1 to 9600, but is {dpi}")]
    Resolution { dpi: f64 },
    /// The picture would not fit in memory.
    #[error(
        "`dpi` must be at most {largest:.0} for a figure of {width_mm:.0} mm by {height_mm:.0} mm, but is {dpi}"
    )]
    TooLarge { width_mm: f64, height_mm: f64, dpi: f64, largest: f64 },
    /// The SVG was refused by the rasteriser.
    #[error("the SVG cannot be drawn")]
    Svg(#[from] resvg::usvg::Error),
    /// The pixels could not be written as PNG.
    #[error("the PNG cannot be encoded")]
    Png(#[from] png::EncodingError),
    /// The typeface could not be reduced to what the figure uses.
    #[error("the typeface cannot be embedded")]
    Font(#[from] subsetter::Error),
}
