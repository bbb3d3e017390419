//! Pixels: the finished SVG as PNG, and the cells of a heat map as an indexed PNG.

use resvg::{tiny_skia, usvg};

use crate::error::FigureError;
use crate::mark::{MADE_BY, PNG_KEYWORD};
use crate::palette::Color;

const LARGEST_DPI: f64 = 9600.0;
const MOST_PIXELS: f64 = (1u64 << 28) as f64;
const MM_PER_INCH: f64 = 25.4;
/// What usvg takes a pixel to be.
const SVG_DPI: f64 = 96.0;

pub(crate) fn rasterise(svg: &str, dpi: f64) -> Result<Vec<u8>, FigureError> {
    if !(1.0..=LARGEST_DPI).contains(&dpi) {
        return Err(FigureError::Resolution { dpi });
    }
    let tree = usvg::Tree::from_str(svg, &usvg::Options::default())?;
    let (w, h) = (f64::from(tree.size().width()) / SVG_DPI, f64::from(tree.size().height()) / SVG_DPI);
    let too_large = || FigureError::TooLarge {
        width_mm: w * MM_PER_INCH,
        height_mm: h * MM_PER_INCH,
        dpi,
        largest: (MOST_PIXELS / (w * h)).sqrt().floor(),
    };
    if w * h * dpi * dpi > MOST_PIXELS {
        return Err(too_large());
    }
    let (width, height) = ((w * dpi).round() as u32, (h * dpi).round() as u32);
    let mut pixels = tiny_skia::Pixmap::new(width.max(1), height.max(1)).ok_or_else(too_large)?;
    // The paper reaches past the last, partly covered pixel.
    pixels.fill(tiny_skia::Color::WHITE);
    let scale = (dpi / SVG_DPI) as f32;
    let transform = tiny_skia::Transform::from_scale(scale, scale);
    resvg::render(&tree, transform, &mut pixels.as_mut());

    // On white paper nothing is transparent, so the alpha channel can go.
    let rgb: Vec<u8> =
        pixels.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, pixels.width(), pixels.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fast);
    let per_metre = (dpi / MM_PER_INCH * 1000.0).round() as u32;
    let (xppu, yppu, unit) = (per_metre, per_metre, png::Unit::Meter);
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu, yppu, unit }));
    encoder.add_text_chunk(PNG_KEYWORD.into(), MADE_BY.into())?;
    encoder.write_header()?.write_image_data(&rgb)?;
    Ok(out)
}

/// One byte per pixel, looked up in a palette of at most 256 colours.
pub(crate) fn indexed(
    width: u32,
    height: u32,
    pixels: &[u8],
    palette: &[Color],
) -> Result<Vec<u8>, FigureError> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_filter(png::Filter::NoFilter);
    let colors: Vec<u8> = palette.iter().flat_map(|c| [c.r, c.g, c.b]).collect();
    encoder.set_palette(colors);
    encoder.write_header()?.write_image_data(pixels)?;
    Ok(out)
}
