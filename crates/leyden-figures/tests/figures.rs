//! The crate from outside: the same bytes twice, a well-formed SVG, a PNG of the right size.

use leyden_figures::{Axis, Figure, FigureError, HeatMap, Line, LinePanel, is_drawn_here};

fn small() -> Figure {
    let x: Vec<f64> = (0..50).map(f64::from).collect();
    let y: Vec<f64> = x.iter().map(|x| 10f64.powf(-x / 10.0)).collect();
    let lines = LinePanel {
        lines: vec![Line::new("*E*_{B}", &x, &y)],
        ..LinePanel::new(Axis::linear("*g**t*"), Axis::log("*E* < 1 & \"more\""))
    };
    let map = HeatMap {
        x: Axis::linear("*g**t*"),
        y: Axis::linear("*y*"),
        columns: x.clone(),
        rows: vec![1.0, 2.0],
        values: [x.clone(), y].concat(),
        ..HeatMap::default()
    };
    Figure { letters: true, panels: vec![lines.into(), map.into()], ..Figure::default() }
}

#[test]
fn the_same_figure_gives_the_same_bytes() {
    let (a, b) = (small().to_svg(), small().to_svg());
    assert_eq!(a, b);
    assert_eq!(a.to_png(150.0).unwrap(), b.to_png(150.0).unwrap());
}

#[test]
fn the_svg_is_self_contained_and_says_what_it_shows() {
    let svg = small().to_svg();
    let svg = svg.as_str();
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    assert!(svg.contains("width=\"86mm\"") && svg.contains("<title>Figure</title>"));
    assert!(!svg.contains("<text") && !svg.contains("font-family"));
    // Texts can be found although they are outlines.
    for label in ["10\u{2212}3", "EB", "(a)", "(b)", "E &lt; 1 &amp; &quot;more&quot;"] {
        assert!(svg.contains(&format!("aria-label=\"{label}\"")), "{label}");
    }
    // The map and its colour bar.
    assert_eq!(svg.matches("data:image/png;base64,").count(), 2);
    for used in svg.split("xlink:href=\"#").skip(1) {
        let id = used.split('"').next().unwrap();
        assert!(svg.contains(&format!("<path id=\"{id}\"")), "{id} is not defined");
    }
}

#[test]
fn the_png_has_the_size_asked_for() {
    let png = small().to_svg().to_png(300.0).unwrap();
    let width = u32::from_be_bytes(png[16..20].try_into().unwrap());
    assert_eq!(width, (86.0f64 / 25.4 * 300.0).round() as u32);
    // Eight bits for each of red, green and blue.
    assert_eq!(png[24..26], [8, 2]);
}

#[test]
fn resolutions_out_of_range_are_refused() {
    let svg = small().to_svg();
    for dpi in [0.0, -1.0, f64::NAN, 1e9] {
        assert!(matches!(svg.to_png(dpi), Err(FigureError::Resolution { .. })));
    }
    assert!(matches!(svg.to_png(9600.0), Err(FigureError::TooLarge { .. })));
}

/// The object behind a reference such as `/ToUnicode 12 0 R`, with its stream inflated.
fn stream_of(pdf: &[u8], key: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(pdf);
    let number = text.split(&format!("/{key} ")).nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    let find = |from: usize, part: &str| {
        let part = part.as_bytes();
        from + pdf[from..].windows(part.len()).position(|window| window == part).unwrap()
    };
    let start = find(find(0, &format!("\n{number} 0 obj")), "stream\n") + "stream\n".len();
    miniz_oxide::inflate::decompress_to_vec_zlib(&pdf[start..find(start, "endstream")]).unwrap()
}

#[test]
fn the_pdf_has_text_as_text() {
    let (pdf, again) = (small().to_pdf().unwrap(), small().to_pdf().unwrap());
    assert!(pdf == again && pdf.starts_with(b"%PDF"));
    let text = String::from_utf8_lossy(&pdf);
    for needed in ["/Subtype /CIDFontType0C", "+LibertinusSerif-Regular", "+LibertinusSerif-Italic"] {
        assert!(text.contains(needed), "{needed}");
    }
    // 86 mm.
    assert!(text.contains("/MediaBox [0 0 243.779"), "{text}");
    // The first face is the upright one, which draws digits.
    let characters = String::from_utf8(stream_of(&pdf, "ToUnicode")).unwrap();
    for c in ['1', '0', '\u{2212}', 'B'] {
        assert!(characters.contains(&format!("<{:04X}>", u32::from(c))), "{c} in {characters}");
    }
    let page = String::from_utf8_lossy(&stream_of(&pdf, "Contents")).into_owned();
    assert!(page.matches("Tj").count() > 30 && page.matches("Do").count() == 2, "{page}");
    // The faces hold what is drawn and no more.
    assert!(pdf.len() < 40_000, "{}", pdf.len());
}

#[test]
fn figures_are_known_by_their_marks() {
    let svg = small().to_svg();
    let png = svg.to_png(50.0).unwrap();
    for file in [svg.as_str().as_bytes(), &png, &small().to_pdf().unwrap()] {
        assert!(is_drawn_here(file));
    }
    let elsewhere = svg.as_str().replace("leyden-", "other-");
    let edited = format!("<?xml version=\"1.0\"?>\n{}", svg.as_str());
    for file in
        [elsewhere.as_bytes(), edited.as_bytes(), b"%PDF-1.7 leyden", b"\x89PNG leyden", b"leyden", b""]
    {
        assert!(!is_drawn_here(file), "{}", String::from_utf8_lossy(file));
    }
}
