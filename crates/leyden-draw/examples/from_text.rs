//! From the text of a scenario to its document and its figure, without files, threads or clock: what a page in a browser does.

use leyden_results::{request, run};
use leyden_scenario::Scenario;

const TEXT: &str = r#"
title = "ten cells around a dephased qubit"
battery.cells = 10
charger.dephasing = 1.4
drive.amplitude = 0.5
time = { end = 40.0, points = 201 }
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let scenario = Scenario::parse("", TEXT)?;
    let document =
        run(&scenario, &request(&scenario, false, 1e9)).map_err(|error| error.locate(&scenario))?;
    let figure = leyden_draw::of_run(&document).ok_or("there is no figure")?;
    println!("{} bytes of JSON, {} of SVG", document.to_json().len(), figure.to_svg().as_str().len());
    Ok(())
}
