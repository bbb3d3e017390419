//! An indexed PNG in a PDF: both pack rows of pixels in one way, so the packed bytes are taken as they are.

use pdf_writer::types::Predictor;
use pdf_writer::{Filter, Finish, Name, Pdf, Ref};

pub(super) fn write(pdf: &mut Pdf, id: Ref, png: &[u8]) {
    let chunks = Chunks { rest: png.get(SIGNATURE..).unwrap_or_default() };
    let (mut size, mut palette, mut rows) = ([0; 2], Vec::new(), Vec::new());
    for (name, data) in chunks {
        match name {
            b"IHDR" => size = [number(data).unwrap_or(0), data.get(4..).and_then(number).unwrap_or(0)],
            b"PLTE" => palette = data.to_vec(),
            b"IDAT" => rows.extend_from_slice(data),
            _ => {}
        }
    }
    let [width, height] = size.map(|pixels| pixels as i32);
    let mut image = pdf.image_xobject(id, &rows);
    image.width(width).height(height).bits_per_component(8).interpolate(false);
    image.color_space().indexed(Name(b"DeviceRGB"), (palette.len() / 3) as i32 - 1, &palette);
    image.filter(Filter::FlateDecode);
    image.decode_parms().predictor(Predictor::PngOptimum).colors(1).bits_per_component(8).columns(width);
    image.finish();
}

const SIGNATURE: usize = 8;

/// Names and data of the chunks of a PNG.
struct Chunks<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Chunks<'a> {
    type Item = (&'a [u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let length = number(self.rest)? as usize;
        let name = self.rest.get(4..8)?.first_chunk()?;
        let data = self.rest.get(8..8 + length)?;
        // A checksum follows.
        self.rest = self.rest.get(12 + length..)?;
        Some((name, data))
    }
}

fn number(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().map(|four| u32::from_be_bytes(*four))
}
