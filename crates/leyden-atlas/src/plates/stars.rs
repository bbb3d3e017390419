//! Stars of N cells: charging times, asymptotic freedom and its price.
//!
//! E_B -> N omega_B/2, 1 - R -> a/N with a = 2 (1 - r_1); below F = gN/4 the slowest rate vanishes faster than any power of N.

use leyden_figures::{
    Axis, ColorBar, ColorMap, Figure, Labels, Line, LinePanel, Mark, Marker, Panel, Reference,
};
use leyden_results::StudyData;
use leyden_results::table::PassiveLevel;

use super::Plate;
use super::draw::{along, beside, cells_axis, dephasing_axis, drive_axis, guide, row, time_axis};
use crate::claims::STRONG;
use crate::runs::number;
use crate::{AtlasError, Runs};

pub(super) const CHARGING_TIME: Plate = Plate {
    stem: "star-charging-time",
    title: "Charging time of stars against dephasing",
    caption: "Settling time of one to six cells around one charger for a weak and a strong drive. Every star has a best dephasing; at F = g/2 it \
              shrinks and its time grows by a factor of 6 to 20 with every cell, at F = 10 g all stars behave alike.",
    figure: charging_time,
};

fn charging_time(runs: &Runs) -> Result<Figure, AtlasError> {
    let panel = |set: &[&str], title: &str, labels: Labels| -> Result<Panel, AtlasError> {
        let data = runs.grid("star-charging-time", set)?;
        let gammas = &data.axes[1].values;
        let lines =
            data.axes[0].values.iter().enumerate().map(|(i, n)| {
                Line::new(format!("*N* = {n}"), gammas, &row(&data, "charging_time_settling", i))
            });
        Ok(LinePanel {
            lines: lines.collect(),
            title: title.into(),
            labels,
            ..LinePanel::new(dephasing_axis(), Axis::log("settling time *gτ*"))
        }
        .into())
    };
    let strong =
        ["drive.amplitude=10.0", "sweep.charger.dephasing.from=0.01", "sweep.charger.dephasing.points=81"];
    let weak = panel(&[], "*F*/*g* = 0.5", Labels::Auto)?;
    Ok(beside(vec![weak, panel(&strong, "*F*/*g* = 10", Labels::Legend)?], 52.0))
}

pub(super) const SHORTEST_TIME: Plate = Plate {
    stem: "star-shortest-time",
    title: "Shortest charging time of stars against the number of cells",
    caption: "At F = g/2 the shortest time over all dephasings follows the published N^3.2 for three cells and then leaves every power behind, as \
              the inverse of the smallest Rabi frequency. At F = 10 g it does not grow with N at all, where a growth in proportion to N was printed.",
    figure: shortest_time,
};

fn shortest_time(runs: &Runs) -> Result<Figure, AtlasError> {
    let few = "sweep.battery.cells=[1, 2, 3, 4]";
    let weak = runs.grid("star-shortest-time", &[few])?;
    let strong = runs.grid("star-shortest-time", &[few, "drive.amplitude=10.0", STRONG])?;
    let spectral = runs.grid("star-shortest-time", &["optimise.objective=charging_time.spectral"])?;
    let points = |label: &str, data: &StudyData, marker: Marker| {
        let (x, y) = along(data, "optimum_value");
        Line { mark: Mark::Both(marker), ..Line::new(label, x, &y) }
    };
    let weak = points("settling, *F*/*g* = 0.5", &weak, Marker::Circle);
    let (first, strong) = (weak.y[0], points("settling, *F*/*g* = 10", &strong, Marker::Triangle));
    let start = strong.y[0];
    let to = |n: f64| super::draw::ratios(1.0, n, 20);
    let panel = LinePanel {
        lines: vec![
            weak,
            points("spectral, *F*/*g* = 0.5", &spectral, Marker::Square),
            strong,
            guide("*N*^{3.2}", &to(5.0), |n| first * n.powf(3.2)),
            guide("*N*", &to(5.0), |n| start * n),
        ],
        labels: Labels::Legend,
        ..LinePanel::new(cells_axis(), Axis::log("shortest charging time *gτ*"))
    };
    Ok(Figure::of("", panel))
}

pub(super) const RATIO: Plate = Plate {
    stem: "star-ergotropy-ratio",
    title: "Ergotropy over energy of small stars against the drive",
    caption: "The largest share of the energy that comes back as work grows with every cell: 0.5, 0.624 and 0.693 for one, two and three. Around \
              F = g/2 a star of any size gives most of what it holds.",
    figure: ratio,
};

fn ratio(runs: &Runs) -> Result<Figure, AtlasError> {
    let data = runs.grid("star-ergotropy-ratio", &[])?;
    let drives = &data.axes[1].values;
    let lines = data.axes[0].values.iter().enumerate();
    let lines =
        lines.map(|(i, n)| Line::new(format!("*N* = {n}"), drives, &row(&data, "asymptote_ratio", i)));
    let panel = LinePanel {
        lines: lines.collect(),
        ..LinePanel::new(drive_axis(), Axis::linear("*R* = *W*/*E*_{B} of the limit").within(0.0, 0.75))
    };
    Ok(Figure::of("", panel))
}

pub(super) const FREEDOM: Plate = Plate {
    stem: "asymptotic-freedom",
    title: "Asymptotic freedom of a star, and its price in time",
    caption: "Left: the locked share of the energy vanishes as a/N for every drive (grey: a = 2, the bound). Right: the decimal digits of the time \
              that the limit takes: as long as F > gN/4 it does not grow, beyond that it is out of reach of any laboratory.",
    figure: freedom,
};

fn freedom(runs: &Runs) -> Result<Figure, AtlasError> {
    let (mut shares, mut digits) = (Vec::new(), Vec::new());
    for drive in ["10.0", "0.5", "0.2"] {
        let data = runs.grid(
            "asymptotic-freedom",
            &[&format!("drive.amplitude={drive}"), "sweep.battery.cells.points=51"],
        )?;
        let label = format!("*F*/*g* = {}", drive.trim_end_matches(".0"));
        let (x, r) = along(&data, "asymptote_ratio");
        shares.push(Line::new(&*label, x, &r.iter().map(|r| 1.0 - r).collect::<Vec<_>>()));
        let (_, rate) = along(&data, "asymptote_log10_slowest_rate");
        digits.push(Line::new(&*label, x, &rate.iter().map(|rate| -rate).collect::<Vec<_>>()));
    }
    let x = shares[0].x.clone();
    shares.push(guide("2/*N*", &x, |n| 2.0 / n));
    let left = LinePanel { lines: shares, ..LinePanel::new(cells_axis(), Axis::log("locked share 1 - *R*")) };
    let right = LinePanel {
        lines: digits,
        ..LinePanel::new(cells_axis(), Axis::log("log_{10} of the time of the limit *gτ*"))
    };
    Ok(beside(vec![left.into(), right.into()], 48.0))
}

pub(super) const THRESHOLDS: Plate = Plate {
    stem: "star-thresholds",
    title: "Two thresholds of a driven star",
    caption: "400 cells over time for drives from 0.15 to 0.6 gN, and their settling time: above F = gN/4 the star charges in a few 1/g whatever its \
              size, below it stays on a low plateau for any practical time. Above gN/2 no slow remainder is left.",
    figure: thresholds,
};

fn thresholds(runs: &Runs) -> Result<Figure, AtlasError> {
    let data = runs.grid("star-thresholds", &["time.end=100.0", "time.points=73"])?;
    let drives: Vec<f64> = data.axes[0].values.iter().map(|f| f / 400.0).collect();
    let bar = ColorBar {
        axis: Axis::linear("drive *F*/(*gN*)"),
        map: ColorMap::ViridisLines,
        values: drives.clone(),
    };
    let lines = drives.iter().enumerate().map(|(i, drive)| {
        let energy: Vec<f64> = data.over_time("energy", &vec![i]).iter().map(|e| e / 400.0).collect();
        Line {
            color: Some(bar.color(*drive)),
            dash: Some(leyden_figures::Dash::Solid),
            ..Line::new("", &data.times, &energy)
        }
    });
    let left = LinePanel {
        lines: lines.collect(),
        references: vec![Reference::horizontal(0.5, "limit")],
        bar: Some(bar.clone()),
        ..LinePanel::new(
            Axis { scale: leyden_figures::Scale::Log, ..time_axis() },
            Axis::linear("*E*_{B}/(*Nω*_{B})").within(0.0, 0.65),
        )
    };
    let (_, settling) = along(&data, "charging_time_settling");
    let right = LinePanel {
        lines: vec![Line { mark: Mark::Both(Marker::Circle), ..Line::new("", &drives, &settling) }],
        references: vec![Reference::vertical(0.25, "*gN*/4"), Reference::vertical(0.5, "*gN*/2")],
        ..LinePanel::new(Axis::linear("drive *F*/(*gN*)"), Axis::log("settling time *gτ*"))
    };
    Ok(beside(vec![left.into(), right.into()], 48.0))
}

pub(super) const GROUND_STATE: Plate = Plate {
    stem: "ground-state-degeneracy",
    title: "A ground state that is nearly degenerate",
    caption: "Eigenvalues of the limit of 2, 6 and 20 cells at F = 10 g against the levels that they fill in the passive state: all but the largest sit on \
              the first excited level, whose height 2/N in units of E_B goes to zero. Seen from the energy stored the ground state is \
              approximately degenerate, and a state as mixed as this one locks next to none of it.",
    figure: ground_state,
};

fn ground_state(runs: &Runs) -> Result<Figure, AtlasError> {
    let markers = [(2, Marker::Triangle), (6, Marker::Square), (20, Marker::Circle)];
    let line = |(n, marker): (u32, Marker)| -> Result<Line, AtlasError> {
        let cells = format!("battery.cells={n}");
        let set = [&*cells, "drive.amplitude=10.0", "charger.dephasing=1.0", "time.points=2"];
        let run = runs.run("star", &set)?;
        let energy = number(&run, "asymptote.energy")?;
        let levels: Vec<PassiveLevel> = run.list("asymptote.spectrum");
        let x: Vec<f64> = levels.iter().map(|level| level.eigenvalue).collect();
        let y: Vec<f64> = levels.iter().map(|level| level.energy / energy).collect();
        Ok(Line { mark: Mark::Points(marker), ..Line::new(format!("*N* = {n}"), &x, &y) })
    };
    let panel = LinePanel {
        lines: markers.into_iter().map(line).collect::<Result<_, _>>()?,
        labels: Labels::Legend,
        ..LinePanel::new(
            Axis::log("eigenvalue *r* of the limit"),
            Axis::linear("level in the passive state / *E*_{B}"),
        )
    };
    Ok(Figure::of("", panel))
}
