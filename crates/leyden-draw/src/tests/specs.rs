//! Specifications: what they change, and what is said of those that cannot be followed.

use leyden_figures::Scale;

use super::{drawn, drive, gamma, lines, map, study};
use crate::{Spec, SpecError};

#[test]
fn a_specification_overrides_what_is_chosen() {
    let data = study(&[drive(), gamma()], &[0.0, 5.0, 10.0]);
    let text = "x = \"drive.amplitude\"\ny = \"charger.dephasing\"\nquantities = [\"energy\", \
                \"charging_time.spectral\"]\nat = { time = 4 }\nlog = [\"y\"]\nrange.x = [1, 5]\n\
                range.color = [0, 0.5]\nwidth = \"single\"\ncontours = [0.25]\n";
    let figure = drawn(&data, text);
    let first = map(&figure, 0);
    assert_eq!((first.x.label.as_str(), first.x.scale, first.x.min), ("*F*", Scale::Linear, Some(1.0)));
    assert_eq!((first.y.scale, first.color.scale, first.color.max), (Scale::Log, Scale::Linear, Some(0.5)));
    assert_eq!(first.color.label, "energy *E*_{B} at *t* = 5");
    assert_eq!((first.contours[0].label.as_str(), figure.width), ("0.25", leyden_figures::SINGLE_COLUMN));
    assert_eq!(map(&figure, 1).color.label, "charging time *τ* (spectral)");
    let lined = drawn(&data, "lines = \"drive.amplitude\"\nquantities = [\"asymptote.ratio\"]");
    assert_eq!((lined.panels.len(), lines(&lined, 0).x.label.as_str()), (1, "*γ*_{C}"));
    let traces =
        drawn(&data, "x = \"time\"\nlines = \"drive.amplitude\"\nat = { \"charger.dephasing\" = 1 }");
    assert!(lines(&traces, 0).x.label == "*t*" && traces.heading == "*γ*_{C} = 1");
}

#[test]
fn what_a_specification_gets_wrong_is_said_with_its_line() {
    let mut data = study(&[drive(), gamma()], &[0.0, 1.0]);
    for name in ["ergotropy_collective", "ergotropy_incoherent"] {
        data.insert(name, vec![0.5; 2 * data.points()], "");
    }
    let wrong = |text: &str| Spec::parse(text, &data).unwrap_err();
    let says = |text: &str, parts: &[&str]| {
        let error = wrong(text).to_string();
        for part in parts {
            assert!(error.contains(part), "{error} lacks {part}");
        }
    };
    assert!(matches!(wrong("\nx = \"drive\""), SpecError::Axis { line: 2, .. }));
    says("x = \"drive\"", &["line 1", "`x`", "`drive.amplitude`, `charger.dephasing`, `time`", "`drive`"]);
    says("at = { \"battery.cells\" = 3 }", &["`at`", "`battery.cells`", "`charger.dephasing`"]);
    says("\n\nquantities = [\"energy\", \"enrgy\"]", &["line 3", "`enrgy`; did you mean `energy`?"]);
    says("quantities = [\"ergotropy\"]", &["`ergotropy`; did you mean `ergotropy_global`?"]);
    says("quantities = [\"ergotropi\"]", &["`ergotropi`; did you mean `ergotropy_global`?"]);
    says(
        "quantities = [\"speed\"]",
        &["`speed`; it has `energy`, `ergotropy_global`", "`charging_time_settling`"],
    );
    says("quantities = [\"asymptote.purity\"]", &["`asymptote.purity`"]);
    says("kind = \"traces\"\nquantities = [\"asymptote.energy\"]", &["line 2", "no times", "`energy`"]);
    says("x = \"drive.amplitude\"\ny = \"drive.amplitude\"", &["line 2", "`y`", "`x`"]);
    says("kind = \"scaling\"", &["`battery.cells`", "scaling"]);
    says("kind = \"map\"\nlines = \"drive.amplitude\"", &["`lines`", "map"]);
    says("range.y = [2.0, 1.0]", &["`range.y`", "[2, 1]"]);
    says("kind = \"pie\"", &["line 1", "pie", "traces"]);
    says("kind = \"map\"\ncolour = 3", &["line 2", "unknown field `colour`"]);
    says("range = { z = [1.0, 2.0] }", &["unknown field `z`"]);
    says("contours = \"all\"", &["line 1"]);
    let bare = study(&[], &[]);
    let wrong = |text: &str| Spec::parse(text, &bare).unwrap_err().to_string();
    assert!(wrong("kind = \"traces\"").contains("needs times"));
    assert!(wrong("kind = \"lines\"").contains("no axes"));
    assert!(wrong("x = \"time\"").contains("the study has none"));
}
