//! What says in a file that this crate drew it, so that a program may replace its own figures and no others.

/// The name that stands in every format: in an SVG it begins the names of glyphs.
pub(crate) const MADE_BY: &str = "leyden";
/// Where a PNG names the program that made it.
pub(crate) const PNG_KEYWORD: &str = "Software";

/// Whether a file is a figure that this crate drew: SVG, PNG or PDF. Editors of SVGs write them anew, with a prologue in front.
pub fn is_drawn_here(file: &[u8]) -> bool {
    let holds = |part: &[u8]| file.windows(part.len()).any(|window| window == part);
    if file.starts_with(b"<svg ") {
        holds(format!("<defs><path id=\"{MADE_BY}-").as_bytes())
    } else if file.starts_with(b"\x89PNG") {
        holds(format!("tEXt{PNG_KEYWORD}\0{MADE_BY}").as_bytes())
    } else {
        file.starts_with(b"%PDF") && holds(format!("/Producer ({MADE_BY})").as_bytes())
    }
}
