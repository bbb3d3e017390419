//! The figures of the atlas: each a function of runs, drawn from scenarios that stand beside it.

mod cavity;
mod charging;
mod draw;
mod energy;
mod engines;
mod noise;
mod pair;
mod stars;
mod times;

use std::path::Path;

use leyden_figures::Figure;

use crate::numbers::numbers;
use crate::{AtlasError, Runs};
pub(crate) use engines::polarised;

/// Dots per inch of the PNG beside every SVG.
const DPI: f64 = 200.0;

/// A figure of the atlas.
#[derive(Debug)]
pub struct Plate {
    /// The name of its files.
    pub stem: &'static str,
    /// What it is.
    pub title: &'static str,
    /// What to see, in two sentences.
    pub caption: &'static str,
    /// Draws it.
    pub(crate) figure: fn(&Runs) -> Result<Figure, AtlasError>,
}

/// A figure that was written.
#[derive(Debug)]
pub(crate) struct Drawn {
    pub(crate) plate: &'static Plate,
    pub(crate) svg: String,
    /// What the picture shows, for those who do not see it.
    pub(crate) description: String,
    /// The files of its scenarios.
    pub(crate) scenarios: Vec<String>,
}

impl Plate {
    /// Writes picture, numbers and scenarios into a folder.
    pub(crate) fn draw(&'static self, runs: &Runs, out: &Path) -> Result<Drawn, AtlasError> {
        runs.begin();
        let figure =
            Figure { title: self.title.into(), description: self.caption.into(), ..(self.figure)(runs)? };
        let svg = figure.to_svg();
        let file = |suffix: &str| out.join(format!("{}{suffix}", self.stem));
        runs.write(&file(".svg"), svg.as_str().as_bytes())?;
        runs.write(&file(".png"), &svg.to_png(DPI)?)?;
        runs.write(&file(".csv"), numbers(&figure).as_bytes())?;
        let scenarios = runs.write_used(out, self.stem)?;
        Ok(Drawn { plate: self, svg: svg.as_str().into(), description: figure.description, scenarios })
    }
}

/// All of them, in the order of the atlas.
pub const PLATES: &[&Plate] = &[
    &noise::PICTURES,
    &pair::LIMIT,
    &charging::PAIR,
    &charging::WEAK_AND_STRONG,
    &charging::OSCILLATORS,
    &charging::OSCILLATOR_BY_QUBIT,
    &times::INTERMEDIATE,
    &times::WEAK_AND_STRONG,
    &times::BEST_DEPHASING,
    &pair::ROBUSTNESS,
    &stars::CHARGING_TIME,
    &stars::SHORTEST_TIME,
    &stars::RATIO,
    &stars::FREEDOM,
    &stars::THRESHOLDS,
    &stars::GROUND_STATE,
    &engines::REGIMES,
    &engines::TOGETHER,
    &engines::POWER,
    &engines::FREEDOM,
    &engines::FULL,
    &engines::NMR,
    &cavity::POWER,
    &noise::MEMORY,
    &energy::LEDGER,
    &energy::BOUNDS,
    &engines::DEVICES,
];
