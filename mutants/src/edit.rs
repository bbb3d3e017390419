//! Writes the switches of mutants into a text.

use std::ops::Range;

use crate::site::Site;

/// The text with all switches, and for each site, in their order, where its switch stands.
///
/// The sites are in the order of the text and do not overlap.
pub(crate) fn edit(text: &str, sites: &[&Site]) -> (String, Vec<Range<usize>>) {
    let mut edited = String::new();
    let mut places = Vec::new();
    let mut done = 0;
    for site in sites {
        edited.push_str(&text[done..site.range.start]);
        let start = edited.len();
        edited.push_str(&site.replacement());
        places.push(start..edited.len());
        done = site.range.end;
    }
    edited.push_str(&text[done..]);
    (edited, places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find::find;

    #[test]
    fn spans_are_replaced_where_they_stand() {
        let text = "fn f(x: f64, y: f64) -> bool {\n    let größe = \"ä\"; // ü\n    x - y * x < y\n}\n";
        let sites = find("crates/a/src/lib.rs", text).unwrap().sites;
        let minus = sites.iter().find(|site| site.original == "x - y * x").unwrap();
        assert_eq!((minus.line, minus.function.as_str()), (3, "f"));
        assert_eq!(minus.mutated, "x + (y * x)");
        let start = sites.iter().find(|site| site.operator == "body").unwrap();
        let (edited, places) = edit(text, &[start, minus]);
        let (first, second) = (start.number(), minus.number());
        let expected = format!(
            "fn f(x: f64, y: f64) -> bool {{ if ::mutant::on({first}) {{ return true; }} \n    \
             let größe = \"ä\"; // ü\n    \
             (if ::mutant::on({second}) {{ x + (y * x) }} else {{ x - y * x }}) < y\n}}\n"
        );
        assert_eq!(edited, expected);
        assert_eq!(edited[places[0].clone()], start.replacement());
        assert_eq!(edited[places[1].clone()], minus.replacement());
    }
}
