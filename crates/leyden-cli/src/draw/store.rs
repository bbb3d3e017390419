//! From the store of a sweep to its figure.

use leyden_figures::Figure;
use leyden_study::{StoreError, StoreReader};
use serde_json::Value;

use super::data::SERIES;
use super::{Spec, SpecError, StudyAxis, StudyData, figure};

/// Series that figures show unless a specification asks for others.
const SHOWN: [&str; 2] = ["energy", "ergotropy_global"];

/// The figure of a store, by its axes or by the text of a specification.
///
/// # Errors
/// [`StoreError`] when an array cannot be read, [`SpecError`] when the specification does not fit the store.
pub(crate) fn study(
    store: &StoreReader,
    spec: Option<&str>,
) -> Result<Result<Figure, SpecError>, StoreError> {
    let title = store.attributes().get("title").and_then(Value::as_str).unwrap_or("Study");
    let axes = store
        .axes()
        .iter()
        .map(|axis| StudyAxis::new(axis.key.as_str(), axis.values.clone(), axis.long_name.as_str()))
        .collect();
    let mut data = StudyData::new(title, axes, store.times().to_vec());
    for variable in store.variables() {
        let name = variable.name.as_str();
        if name == "optimum_value" {
            data.objective = variable.long_name.split_once(": ").map(|(_, objective)| objective.to_string());
        }
        if spec.is_some() || !SERIES.contains(&name) || SHOWN.contains(&name) {
            data.insert(name, store.read(name)?);
        }
    }
    Ok(match spec {
        None => Ok(figure(&data, None)),
        Some(text) => Spec::parse(text, &data).map(|spec| figure(&data, Some(&spec))),
    })
}
