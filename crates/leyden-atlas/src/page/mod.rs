//! The page of the atlas: one file that needs no network, no script and no other file to be read.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::Found;
use crate::evidence::{Finding, Measured, Verdict};
use crate::plates::Drawn;

const STYLE: &str = include_str!("style.css");

/// The text of index.html.
pub(crate) fn page(found: &Found, figures: &[Drawn]) -> String {
    let mut out = String::new();
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>The atlas of quantum batteries</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>The atlas of quantum batteries</h1>\n\
         <p>Published figures and claims, recomputed by leyden {}: every number is measured through a scenario that stands beside it, and compared with a second \
         number that was found in another way.</p>\n</header>\n<main>\n",
        env!("CARGO_PKG_VERSION")
    );
    contents(&mut out, found, figures);
    if !found.claims.is_empty() {
        out += "<h2 id=\"claims\">Claims</h2>\n";
        tally(&mut out, found);
        for (claim, finding) in &found.claims {
            let _ = writeln!(
                out,
                "<section class=\"claim\" id=\"{}\" aria-labelledby=\"title-{}\">",
                claim.id, claim.id
            );
            let _ = writeln!(out, "<h3 id=\"title-{}\">{}. {}</h3>", claim.id, claim.id, text(claim.claim));
            let _ = writeln!(out, "<p class=\"soft\">{}</p>", text(claim.source));
            of_finding(&mut out, finding, claim.id);
            out += "</section>\n";
        }
    }
    if !figures.is_empty() {
        out += "<h2 id=\"figures\">Figures</h2>\n";
        figures.iter().for_each(|drawn| of_figure(&mut out, drawn));
    }
    if !found.papers.is_empty() {
        out += "<h2 id=\"papers\">Papers of the field</h2>\n<p>What the abstract states, and what a scenario of at most 25 lines finds.</p>\n";
        for (paper, finding) in &found.papers {
            let _ = writeln!(
                out,
                "<section class=\"claim\" id=\"{}\" aria-labelledby=\"title-{}\">",
                paper.id, paper.id
            );
            let _ = writeln!(out, "<h3 id=\"title-{}\">{}</h3>", paper.id, text(paper.reference));
            let _ = writeln!(out, "<p>{}</p>", text(paper.statement));
            let number =
                paper.number.map_or("The abstract gives no number to compare with.".into(), |number| {
                    format!("Number in the abstract: {}", text(number))
                });
            let _ = writeln!(out, "<p class=\"soft\">{number}</p>");
            of_finding(&mut out, finding, paper.id);
            let _ =
                writeln!(out, "<p class=\"files\">Scenario: <a href=\"{0}.toml\">{0}.toml</a></p>", paper.id);
            out += "</section>\n";
        }
    }
    out += "</main>\n<footer>\n<p>Made by <code>leyden atlas</code>. The numbers of this page stand in <a href=\"claims.json\">claims.json</a> and \
            <a href=\"papers.json\">papers.json</a>.</p>\n</footer>\n</body>\n</html>\n";
    out
}

fn contents(out: &mut String, found: &Found, figures: &[Drawn]) {
    let parts = [
        ("claims", "Claims", found.claims.is_empty()),
        ("figures", "Figures", figures.is_empty()),
        ("papers", "Papers of the field", found.papers.is_empty()),
    ];
    *out += "<nav aria-label=\"Parts of the atlas\">\n<ul>\n";
    for (id, name, _) in parts.iter().filter(|(_, _, empty)| !empty) {
        let _ = writeln!(out, "<li><a href=\"#{id}\">{name}</a></li>");
    }
    *out += "</ul>\n</nav>\n";
}

/// How many claims have which verdict, and which.
fn tally(out: &mut String, found: &Found) {
    *out += "<ul>\n";
    for verdict in [Verdict::Holds, Verdict::WithCorrection, Verdict::WithinLimits, Verdict::DoesNotHold] {
        let of: Vec<&str> =
            found.claims.iter().filter(|(_, f)| f.verdict() == verdict).map(|(claim, _)| claim.id).collect();
        if !of.is_empty() {
            let links =
                of.iter().map(|id| format!("<a href=\"#{id}\">{id}</a>")).collect::<Vec<_>>().join(", ");
            let _ = writeln!(
                out,
                "<li><span class=\"verdict {}\">{}</span>: {links}</li>",
                class(verdict),
                verdict.words()
            );
        }
    }
    *out += "</ul>\n";
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::WithCorrection => "with-correction",
        Verdict::WithinLimits => "within-limits",
        Verdict::DoesNotHold => "does-not-hold",
    }
}

fn of_finding(out: &mut String, finding: &Finding, id: &str) {
    let verdict = finding.verdict();
    let because = [finding.correction(), finding.limits(), finding.shown_by()].into_iter().flatten().next();
    let because = because.map_or(String::new(), |because| format!(": {}", text(because)));
    let _ = writeln!(
        out,
        "<p><span class=\"verdict {}\">{}</span>{because}</p>",
        class(verdict),
        sentence(verdict.words())
    );
    if let Some(remark) = &finding.remark {
        let _ = writeln!(out, "<p>{}</p>", text(remark));
    }
    if finding.measured.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Numbers of {id}\">\n<table>"
    );
    *out += "<thead><tr><th scope=\"col\">number</th><th scope=\"col\">leyden</th><th scope=\"col\">second</th><th scope=\"col\">by</th><th scope=\"col\">may differ by</th></tr></thead>\n<tbody>\n";
    for Measured { name, value, tolerance, second, by } in &finding.measured {
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td>{}</td><td class=\"number\">{}</td></tr>",
            text(name),
            digits(*value),
            digits(*second),
            text(by),
            short(*tolerance)
        );
    }
    *out += "</tbody>\n</table>\n</div>\n";
}

fn of_figure(out: &mut String, Drawn { plate, svg, description, scenarios }: &Drawn) {
    let stem = plate.stem;
    let picture = STANDARD.encode(svg);
    let _ = writeln!(out, "<figure id=\"{stem}\">\n<h3>{}</h3>", text(plate.title));
    let _ =
        writeln!(out, "<img src=\"data:image/svg+xml;base64,{picture}\" alt=\"{}\">", attribute(description));
    let _ = writeln!(out, "<figcaption>{}</figcaption>", text(plate.caption));
    let links =
        scenarios.iter().map(|file| format!("<a href=\"{file}\">{file}</a>")).collect::<Vec<_>>().join(", ");
    let _ = writeln!(
        out,
        "<p class=\"files\"><a href=\"{stem}.svg\">{stem}.svg</a>, <a href=\"{stem}.png\">{stem}.png</a>, numbers: <a href=\"{stem}.csv\">{stem}.csv</a>, scenarios: {links}</p>\n</figure>"
    );
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

/// Ten digits where they say something.
fn digits(x: f64) -> String {
    if x == 0.0 || (1e-4..1e7).contains(&x.abs()) {
        let decimals = (9 - x.abs().max(1.0).log10().floor() as i32).max(0) as usize;
        let long = format!("{x:.decimals$}");
        let short = long.trim_end_matches('0').trim_end_matches('.');
        if long.contains('.') { short.replace('-', "\u{2212}") } else { long.replace('-', "\u{2212}") }
    } else {
        short(x)
    }
}

/// Two digits and a power of ten.
fn short(x: f64) -> String {
    if x == 0.0 { "0".into() } else { format!("{x:.1e}").replace("e-", "e\u{2212}") }
}

/// Names of letters that formulas are written with.
const LETTERS: [(&str, &str); 12] = [
    ("Gamma", "\u{393}"),
    ("Delta", "\u{394}"),
    ("gamma", "\u{3b3}"),
    ("delta", "\u{3b4}"),
    ("omega", "\u{3c9}"),
    ("sigma", "\u{3c3}"),
    ("kappa", "\u{3ba}"),
    ("beta", "\u{3b2}"),
    ("tau", "\u{3c4}"),
    ("eps", "\u{3b5}"),
    ("nu", "\u{3bd}"),
    ("pi", "\u{3c0}"),
];

/// Text of a page, with formulas as they are read: letters for their names, roots, indices below and powers above.
fn text(plain: &str) -> String {
    let mut out = String::new();
    let mut rest = plain;
    while let Some(first) = rest.chars().next() {
        if let (Some(mark), true) =
            ((first == '^').then_some("sup").or((first == '_').then_some("sub")), rest.len() > 1)
        {
            let (script, after) = script(&rest[1..]);
            out += &format!("<{mark}>{}</{mark}>", text(script));
            rest = after;
        } else if first.is_alphabetic() {
            let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let letter = LETTERS.iter().find(|(name, _)| *name == word).map(|(_, letter)| *letter);
            out += match (word, after.starts_with('(')) {
                ("sqrt", true) => "\u{221a}",
                _ => letter.unwrap_or(word),
            };
            rest = after;
        } else {
            match first {
                '&' => out += "&amp;",
                '<' => out += "&lt;",
                '>' => out += "&gt;",
                '"' => out += "&quot;",
                other => out.push(other),
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// What stands above or below, and the rest: braces, or a sign with one word or number.
fn script(rest: &str) -> (&str, &str) {
    if let Some((inside, after)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        return (inside, after);
    }
    let sign = usize::from(rest.starts_with('-'));
    let number = rest[sign..].starts_with(|c: char| c.is_ascii_digit());
    let within = |c: char| if number { c.is_ascii_digit() } else { c.is_alphanumeric() };
    let mut end = rest[sign..].find(|c: char| !within(c)).map_or(rest.len(), |at| at + sign);
    // A decimal point, not that of a sentence.
    if number && rest[end..].starts_with('.') && rest[end + 1..].starts_with(|c: char| c.is_ascii_digit()) {
        end = rest[end + 1..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |at| at + end + 1);
    }
    rest.split_at(end)
}

/// Text of an attribute, which has no markup.
fn attribute(plain: &str) -> String {
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_read_as_such() {
        for (plain, page) in [
            (
                "(Gamma/2)(e_i - e_j)^2/eps^2.",
                "(\u{393}/2)(e<sub>i</sub> - e<sub>j</sub>)<sup>2</sup>/\u{3b5}<sup>2</sup>.",
            ),
            ("N_B^{1/2}, 2 sqrt(2) F", "N<sub>B</sub><sup>1/2</sup>, 2 \u{221a}(2) F"),
            ("e^{-|beta_e omega_0|}/N", "e<sup>-|\u{3b2}<sub>e</sub> \u{3c9}<sub>0</sub>|</sup>/N"),
            ("as N^3.2. r^-3, 10^376/g", "as N<sup>3.2</sup>. r<sup>-3</sup>, 10<sup>376</sup>/g"),
            ("<H^n> & multiple", "&lt;H<sup>n</sup>&gt; &amp; multiple"),
        ] {
            assert_eq!(text(plain), page);
        }
    }

    #[test]
    fn numbers_keep_what_they_say() {
        assert_eq!(
            [0.0, 0.25, 1.0 / 3.0, 72.771_338_2, -0.1, 546.486_3].map(digits),
            ["0", "0.25", "0.333333333", "72.7713382", "\u{2212}0.1", "546.4863"]
        );
        assert_eq!([1e-12, 3.0e9].map(digits), ["1.0e\u{2212}12", "3.0e9"]);
        assert_eq!(digits(1_234_567.0), "1234567");
    }
}
