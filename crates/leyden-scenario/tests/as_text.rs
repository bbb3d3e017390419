//! What stands beside the system in a scenario that is written as text: times, method, tolerance, extrema.

use leyden_scenario::Scenario;

fn written(text: &str) -> (Scenario, String) {
    let parse =
        |text: &str| Scenario::parse("s.toml", text).unwrap_or_else(|report| panic!("{report}\n{text}"));
    let scenario = parse(text);
    let written = scenario.as_text().unwrap();
    let again = parse(&written);
    assert_eq!(again.times, scenario.times, "{written}");
    assert_eq!(
        (again.tolerance, again.extrema, again.method.filter(|method| method.is_general())),
        (scenario.tolerance, scenario.extrema, scenario.method.filter(|method| method.is_general()))
    );
    (scenario, written)
}

#[test]
fn times_are_written_by_their_ends_or_one_by_one() {
    for (time, expected) in [
        ("{ end = 3.0, points = 7 }", "[time]\nend = 3.0\npoints = 7\n"),
        ("{ start = 1.0, end = 3.0, points = 5 }", "[time]\nstart = 1.0\nend = 3.0\npoints = 5\n"),
        ("{ values = [2.0] }", "[time]\nvalues = [2.0]\n"),
        ("{ values = [0.0, 1.0, 4.0] }", "[time]\nvalues = [0.0, 1.0, 4.0]\n"),
    ] {
        let (_, text) = written(&format!("charger.dephasing = 0.4\ntime = {time}\n"));
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("[method]"), "{text}");
    }
}

#[test]
fn what_was_asked_of_the_method_is_written() {
    let (_, text) = written(
        "charger.dephasing = 0.4\ntime = { end = 3.0, points = 7 }\n[method]\nname = \"taylor\"\ntolerance = 1e-6\nextrema = true\n",
    );
    assert!(text.ends_with("\n[method]\nname = \"taylor\"\ntolerance = 1e-6\nextrema = true\n"), "{text}");
    // An exact method is that of a system which is recognised again.
    let (_, text) = written("charger.dephasing = 0.4\ntime.end = 3.0\n[method]\nname = \"rabi-blocks\"\n");
    assert!(!text.contains("[method]"), "{text}");
}

#[test]
fn random_keys_are_not_dropped_in_silence() {
    let text = "charger.dephasing = 0.4\ntime.end = 3.0\n[disorder]\nsamples = 4\n\"drive.amplitude\" = { uniform = [0.3, 0.7] }\n";
    let report = Scenario::parse("s.toml", text).unwrap().as_text().unwrap_err().to_string();
    assert!(
        report.contains("[disorder] cannot be written as [parts]") && report.contains("s.toml:3"),
        "{report}"
    );
    assert!(report.contains("without [disorder] the rest is written"), "{report}");
}
