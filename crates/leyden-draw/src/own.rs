//! What studies of engines and protocols show first.

use leyden_results::StudyData;

/// Groups of quantities, those of a group in one panel.
const ENGINE: [&[&str]; 3] = [
    &["engine_power", "engine_heat_hot", "engine_heat_cold"],
    &["engine_entropy_production", "engine_entropy_load"],
    &["engine_beta_e"],
];
const CHARGING: [&[&str]; 4] =
    [&["charging_enhancement"], &["charging_time"], &["asymptote_ratio"], &["charging_limit_locked"]];
const CYCLES: [&[&str]; 4] = [
    &["cycles_largest_energy", "cycles_last_energy", "cycles_fixed_point"],
    &["cycles_last_ergotropy"],
    &["cycles_rate"],
    &["cycles_extracted"],
];

/// The groups of an engine, of charging by engines or of a protocol, as far as they exist; empty for other systems.
pub(super) fn groups(data: &StudyData) -> Vec<Vec<String>> {
    let lists: &[&[&str]] = match () {
        () if data.has("cycles_duration") => &CYCLES,
        () if data.has("charging_time") => &CHARGING,
        () => &ENGINE,
    };
    let shown = |name: &&&str| data.has(name) && data.matters(name);
    let groups = lists.iter().map(|group| group.iter().filter(shown).map(|name| name.to_string()).collect());
    groups.filter(|group: &Vec<String>| !group.is_empty()).collect()
}

/// The same for families of lines: limits do not depend on what the lines differ in, as a rule.
pub(super) fn of_families(data: &StudyData) -> Vec<Vec<String>> {
    let mut groups = groups(data);
    if data.has("charging_time") {
        groups.truncate(2);
    }
    groups
}
