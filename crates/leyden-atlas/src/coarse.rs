//! Coarser grids: the same sweep with fewer points on its long axes.

use toml_edit::{DocumentMut, value};

/// Axes keep at least so many points.
const LEAST: i64 = 9;
/// Of so many points one is kept, and the middle one.
const ONE_OF: i64 = 2;

/// The scenario with fewer points on every axis that is given by their number.
pub(crate) fn coarse(text: &str) -> String {
    let Ok(mut document) = text.parse::<DocumentMut>() else { return text.into() };
    let axes = document.get_mut("sweep").and_then(|sweep| sweep.as_table_like_mut());
    for (_, axis) in axes.into_iter().flat_map(|sweep| sweep.iter_mut()) {
        let Some(points) = axis.get("points").and_then(|points| points.as_integer()) else { continue };
        if points > LEAST {
            axis["points"] = value(((points / ONE_OF) | 1).max(LEAST));
        }
    }
    document.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_axes_lose_points_and_nothing_else_changes() {
        let text = "[sweep]\n\"a.b\" = { from = 1, to = 2, points = 121, spacing = \"log\" } # why\nc = [1, 2]\nd = { from = 0, to = 1, points = 12 }\n";
        let coarse = coarse(text);
        assert_eq!(coarse, text.replace("121", "61").replace("12 }", "9 }"));
        assert_eq!(super::coarse("title = \"x\"\n"), "title = \"x\"\n");
    }
}
