//! What a figure is written as.

use crate::{Figure, FigureError};

/// Dots per inch of a PNG.
const DPI: f64 = 300.0;

/// A format of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Scalable, for pages and browsers.
    Svg,
    /// Pixels, 300 to the inch.
    Png,
    /// Scalable, for papers.
    Pdf,
}

impl Format {
    /// The format of files whose names end so, without the dot, in upper or lower case.
    pub fn of_extension(end: &str) -> Option<Self> {
        match end.to_lowercase().as_str() {
            "svg" => Some(Format::Svg),
            "png" => Some(Format::Png),
            "pdf" => Some(Format::Pdf),
            _ => None,
        }
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// [`FigureError`] when pixels or a PDF cannot be made.
    pub fn draw(self, figure: &Figure) -> Result<Vec<u8>, FigureError> {
        match self {
            Format::Svg => Ok(figure.to_svg().as_str().as_bytes().to_vec()),
            Format::Png => figure.to_svg().to_png(DPI),
            Format::Pdf => figure.to_pdf(),
        }
    }
}
