//! Quantities over two axes as colours. Over detunings: robustness maps, with the zero lines.

use leyden_figures::{
    Axis, ColorMap, Contour, DOUBLE_COLUMN, Dash, Figure, HeatMap, Line, Panel, SINGLE_COLUMN, Scale,
};

use super::lines::sweep_axis;
use super::markup;
use super::own;
use super::spec::Which;
use super::study_figure::StudyFigure;
use leyden_results::table::{Group, name_of};
use leyden_results::{StudyAxis, constant, extent, wide};

/// More panels than these are a poster.
const MOST: usize = 6;
/// Times over more than this ratio get a logarithmic scale.
const LOG_COLOURS: f64 = 3.0;
/// More level lines than these hide the colours.
const LEVELS: i32 = 5;
/// Plots further from a square than this are too flat to read.
const FLATTEST: f64 = 0.5;

/// One panel per quantity that varies.
pub(super) fn over(plan: &StudyFigure<'_>, x: usize, y: usize) -> Figure {
    let axes = (&plan.data.axes[x], &plan.data.axes[y]);
    let (quantities, constants) = quantities(plan, x, y);
    let mut description = format!("Quantities over {} and {}; grey: none.", axes.0.key, axes.1.key);
    let mut heading = Vec::new();
    for (name, value) in constants {
        let said = markup::equals(&plan.label(&name), value);
        description += &format!(" Everywhere {}.", leyden_figures::text::plain(&said));
        heading.push(said);
    }
    let maps: Vec<HeatMap> = quantities.iter().map(|name| panel(plan, x, y, name)).collect();
    let heading =
        [markup::constant(&heading), grey(&maps).to_string()].into_iter().filter(|said| !said.is_empty());
    let heading = heading.collect::<Vec<String>>().join("; ");
    let panels: Vec<Panel> = maps.into_iter().map(Panel::from).collect();
    let several = panels.len() > 1;
    Figure {
        description,
        heading,
        width: if several { DOUBLE_COLUMN } else { SINGLE_COLUMN },
        columns: if several { 2 } else { 1 },
        aspect: Some(aspect(axes)),
        letters: several,
        panels,
        ..Figure::default()
    }
}

/// What grey means in these maps; nothing where they have none.
fn grey(maps: &[HeatMap]) -> &'static str {
    let any = |is: fn(&HeatMap, f64) -> bool| maps.iter().any(|map| map.values.iter().any(|v| is(map, *v)));
    match (any(|_, v| !v.is_finite()), any(|map, v| map.color.scale == Scale::Log && v <= 0.0)) {
        (false, false) => "",
        (true, false) => "grey: no value",
        (false, true) => "grey: not above 0",
        (true, true) => "grey: no value, or not above 0",
    }
}

fn is_detuning(axis: &StudyAxis) -> bool {
    axis.key.ends_with(".detuning")
}

/// Equal lengths for equal detunings, else a little wider than high.
fn aspect((x, y): (&StudyAxis, &StudyAxis)) -> f64 {
    const USUAL: f64 = 0.8;
    if !(is_detuning(x) && is_detuning(y)) {
        return USUAL;
    }
    let span = |axis: &StudyAxis| extent(&axis.values).map(|(low, high)| high - low);
    match (span(x), span(y)) {
        (Some(x), Some(y)) if x > 0.0 && y > 0.0 => (y / x).clamp(FLATTEST, 1.0 / FLATTEST),
        _ => USUAL,
    }
}

/// What to show, and what was left out because it is one number everywhere.
fn quantities(plan: &StudyFigure<'_>, x: usize, y: usize) -> (Vec<String>, Vec<(String, f64)>) {
    if plan.asked() {
        return (plan.quantities(&[]), Vec::new());
    }
    let data = plan.data;
    let robustness = is_detuning(&data.axes[x]) && is_detuning(&data.axes[y]);
    let series = ["energy", "ergotropy_global"];
    let plateau = ["asymptote_plateau_energy", "asymptote_plateau_ergotropy"];
    let limits = ["asymptote_energy", "asymptote_ergotropy_global"];
    let time = ["charging_time_settling"];
    let mut wanted = vec!["optimum_value"];
    wanted.extend(plan.optimal_places());
    let own: Vec<String> = own::groups(data).into_iter().flatten().collect();
    if !own.is_empty() {
        wanted.extend(own.iter().map(String::as_str));
    } else if robustness {
        wanted.extend(series.iter().chain(&plateau).chain(&time));
    } else {
        wanted.extend(["charging_time_settling", "asymptote_ergotropy_global", "asymptote_energy"]);
        wanted.extend(series);
    }
    // An odd panel gets company.
    let reserve = ["charging_time_spectral", "charging_time_first", "asymptote_ratio"];
    let (mut shown, mut constants) = (Vec::new(), Vec::new());
    let mut take = |name: &str, shown: &mut Vec<String>| {
        if !data.has(name) || shown.iter().any(|other| other == name) {
            return;
        }
        let values = grid(plan, x, y, name);
        match (constant(&values), extent(&values)) {
            (Some(value), _) => constants.push((name.to_string(), value)),
            (None, Some(_)) => shown.push(name.to_string()),
            (None, None) => {}
        }
    };
    for name in wanted {
        take(name, &mut shown);
    }
    let company = if robustness { &limits[..] } else { &[] };
    for name in reserve.iter().chain(company) {
        if shown.len() % 2 == 1 && shown.len() > 1 {
            take(name, &mut shown);
        }
    }
    shown.truncate(MOST);
    if shown.is_empty() {
        // A map of one colour, or "no data", is better than an empty sheet.
        shown.push(constants.pop().map_or(time[0].to_string(), |(name, _)| name));
    }
    (shown, constants)
}

/// Row by row over y, along x.
fn grid(plan: &StudyFigure<'_>, x: usize, y: usize, name: &str) -> Vec<f64> {
    let rows = 0..plan.data.axes[y].values.len();
    rows.flat_map(|j| plan.along(name, x, &plan.moved(y, j))).collect()
}

fn panel(plan: &StudyFigure<'_>, x: usize, y: usize, name: &str) -> HeatMap {
    let (columns, rows) = (&plan.data.axes[x], &plan.data.axes[y]);
    let values = grid(plan, x, y, name);
    let group = name_of(name).group;
    let label = plan.label(name);
    let log = group.decades() && wide(&values, LOG_COLOURS);
    let color = plan.spec.dress(Which::Color, if log { Axis::log(label) } else { Axis::linear(label) });
    let log = color.scale == Scale::Log;
    let signed = extent(&values).is_some_and(|(low, high)| low < -0.05 * high && high > -0.05 * low);
    HeatMap {
        x: plan.spec.dress(Which::X, sweep_axis(columns)),
        y: plan.spec.dress(Which::Y, sweep_axis(rows)),
        color,
        map: if signed && !log { ColorMap::Diverging } else { ColorMap::Viridis },
        columns: columns.values.clone(),
        rows: rows.values.clone(),
        contours: contours(plan, group, log, &values),
        lines: zero_lines(columns, rows).into_iter().chain(optimum(columns, rows, &values, group)).collect(),
        values,
    }
}

/// The dephasing that charges fastest, for every value of the other axis, where it lies inside the map.
fn optimum(columns: &StudyAxis, rows: &StudyAxis, values: &[f64], group: Group) -> Option<Line> {
    let (nx, ny) = (columns.values.len(), rows.values.len());
    let along_x = match (&*columns.key, &*rows.key) {
        ("charger.dephasing", _) => true,
        (_, "charger.dephasing") => false,
        _ => return None,
    };
    if group != Group::Time || nx.min(ny) < 3 {
        return None;
    }
    let (count, others) = if along_x { (nx, ny) } else { (ny, nx) };
    let at = |other: usize, i: usize| if along_x { values[other * nx + i] } else { values[i * nx + other] };
    let best = |other: usize| {
        let finite = (0..count).filter(|&i| at(other, i).is_finite());
        let best = finite.reduce(|a, b| if at(other, b) < at(other, a) { b } else { a })?;
        (best > 0 && best + 1 < count).then_some((best, other))
    };
    let found: Vec<(f64, f64)> = (0..others)
        .map(|other| match best(other) {
            Some((i, other)) if along_x => (columns.values[i], rows.values[other]),
            Some((i, other)) => (columns.values[other], rows.values[i]),
            None => (f64::NAN, f64::NAN),
        })
        .collect();
    if found.iter().filter(|(x, _)| x.is_finite()).count() < 3 {
        return None;
    }
    let (x, y): (Vec<f64>, Vec<f64>) = found.into_iter().unzip();
    Some(Line { dash: Some(Dash::Dashed), ..Line::guide("optimal *γ*_{C}", &x, &y) })
}

/// Those asked for, or whole decades of a charging time.
fn contours(plan: &StudyFigure<'_>, group: Group, log: bool, values: &[f64]) -> Vec<Contour> {
    if let Some(levels) = &plan.spec.contours {
        return levels.iter().map(|&level| Contour { level, label: markup::number(level) }).collect();
    }
    let Some((low, high)) = extent(values).filter(|_| log && group == Group::Time) else { return Vec::new() };
    let (first, last) = (low.log10().ceil() as i32, high.log10().floor() as i32);
    let round = [1, 2, 5, 10, 20, 50, 100, 200].into_iter();
    let stride = round.rev().take_while(|stride| (last - first) / stride < LEVELS).last().unwrap_or(200);
    let decade = |power: i32| {
        let level = 10f64.powi(power);
        let short = (0..2).contains(&power);
        let label = if short { markup::number(level) } else { format!("10^{{{power}}}") };
        Contour { level, label }
    };
    (first..=last).filter(|power| power % stride == 0).map(decade).collect()
}

/// Where a detuning vanishes inside the map.
fn zero_lines(x: &StudyAxis, y: &StudyAxis) -> Vec<Line> {
    let ends = |axis: &StudyAxis| extent(&axis.values).map_or([0.0; 2], |(low, high)| [low, high]);
    let crossed = |axis: &StudyAxis| is_detuning(axis) && ends(axis)[0] < 0.0 && ends(axis)[1] > 0.0;
    let line = |x: [f64; 2], y: [f64; 2]| Line { dash: Some(Dash::Solid), ..Line::guide("", &x, &y) };
    let upright = crossed(x).then(|| line([0.0; 2], ends(y)));
    let level = crossed(y).then(|| line(ends(x), [0.0; 2]));
    upright.into_iter().chain(level).collect()
}
