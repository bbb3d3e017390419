//! The plan of a store: its layout, its chunk grid, its arrays, and the files that stand before any point is computed.

use std::path::Path;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::arrays::StoredArray;
use super::files::{self, Files};
use super::grid::Grid;
use super::journal::Format;
use super::layout::{STATUS, TIME};
use super::lock::Lock;
use super::{Axis, Layout, StoreError, Variable};

/// Attributes of a group.
pub(super) type Attributes = Map<String, Value>;

/// Metadata of a node.
const METADATA: &str = "zarr.json";
/// Held while they are written.
const LOCK: &str = "create.lock";
/// Attributes of the group that the store sets itself: the scenario, its hash, the hash of all else, order of variables.
const SCENARIO: &str = "scenario";
const SCENARIO_HASH: &str = "scenario_sha256";
const LAYOUT_HASH: &str = "layout_sha256";
const VARIABLES: &str = "variables";
/// Of points that are averaged.
const SAMPLES: &str = "samples";
const OURS: [&str; 5] = [SCENARIO, SCENARIO_HASH, LAYOUT_HASH, VARIABLES, SAMPLES];

/// Everything about a store but its points.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) layout: Layout,
    pub(super) grid: Grid,
    pub(super) format: Format,
    pub(super) variables: Vec<StoredArray>,
    pub(super) reason: StoredArray,
    pub(super) method: StoredArray,
    pub(super) status: StoredArray,
    /// Coordinates and their values.
    coordinates: Vec<(StoredArray, Vec<f64>)>,
    /// The metadata of the group.
    group: Value,
}

impl Plan {
    /// The plan of a layout.
    pub(super) fn new(layout: &Layout) -> Result<Self, StoreError> {
        layout.validate()?;
        Self::with_grid(layout.clone(), Grid::of(layout))
    }

    fn with_grid(layout: Layout, grid: Grid) -> Result<Self, StoreError> {
        let variable = |variable| StoredArray::variable(&layout, variable, &grid.shape);
        let variables = layout.variables.iter().map(variable).collect::<Result<Vec<_>, _>>()?;
        let reason = StoredArray::reason(&layout, &grid.shape)?;
        let method = StoredArray::method(&layout, &grid.shape)?;
        let status = StoredArray::status(&layout, &grid.shape)?;
        let time = time_axis(&layout);
        let mut coordinates = Vec::new();
        for axis in layout.axes.iter().chain((!time.values.is_empty()).then_some(&time)) {
            coordinates.push((StoredArray::coordinate(axis, axis.values.len())?, axis.values.clone()));
        }

        let mut metadata = Map::new();
        let names = layout.variables.iter().map(|variable| &variable.name);
        let arrays = coordinates.iter().map(|(array, _)| array).chain(&variables);
        let arrays = arrays.chain([&reason, &method, &status]);
        for array in arrays {
            metadata.insert(array.name().into(), array.metadata());
        }
        let scenario_hash = hex(&Sha256::digest(&layout.scenario));
        let mut hash = Sha256::new();
        hash.update(&scenario_hash);
        hash.update(serde_json::to_vec(&metadata).expect("metadata are JSON"));
        for value in coordinates.iter().flat_map(|(_, values)| values) {
            hash.update(value.to_le_bytes());
        }
        if layout.samples > 0 {
            hash.update((layout.samples as u64).to_le_bytes());
        }
        let identity: [u8; 32] = hash.finalize().into();

        let mut attributes = Map::new();
        attributes.insert(SCENARIO.into(), layout.scenario.clone().into());
        attributes.insert(SCENARIO_HASH.into(), scenario_hash.into());
        attributes.extend(layout.attributes.clone());
        attributes.insert(VARIABLES.into(), names.cloned().collect::<Vec<_>>().into());
        if layout.samples > 0 {
            attributes.insert(SAMPLES.into(), layout.samples.into());
        }
        attributes.insert(LAYOUT_HASH.into(), hex(&identity).into());
        // As zarr-python writes it.
        let group = json!({
            "zarr_format": 3,
            "node_type": "group",
            "attributes": attributes,
            "consolidated_metadata": { "kind": "inline", "must_understand": false, "metadata": metadata },
        });
        let format = Format { identity, numbers: layout.numbers_per_run() };
        Ok(Plan { layout, grid, format, variables, reason, method, status, coordinates, group })
    }

    /// All arrays over the axes; the last one, `status`, is the mark of a finished chunk.
    pub(super) fn arrays(&self) -> impl DoubleEndedIterator<Item = &StoredArray> {
        self.variables.iter().chain([&self.reason, &self.method, &self.status])
    }

    /// Whether all files of a chunk are there. One without the others is not finished; its mark is false.
    pub(super) fn has(&self, root: &Path, chunk: usize) -> bool {
        let indices = self.grid.indices(chunk);
        self.arrays().rev().all(|array| array.file(root, &indices).exists())
    }

    /// The states of the points of a chunk whose files are all there; reading them holds all against their checksums.
    pub(super) fn states(&self, root: &Path, chunk: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let indices = self.grid.indices(chunk);
        for array in &self.variables {
            if array.read::<f64>(root, &indices)?.is_none() {
                return Ok(None);
            }
        }
        for array in [&self.reason, &self.method] {
            if array.read::<String>(root, &indices)?.is_none() {
                return Ok(None);
            }
        }
        self.status.read(root, &indices)
    }

    /// Writes metadata and coordinates unless they are there as they should be. Of several processes one does it. The metadata of the group
    /// come last: with them the store opens.
    pub(super) fn create(&self, root: &Path) -> Result<(), StoreError> {
        if self.is_created(root)? {
            return Ok(());
        }
        let _lock = Lock::wait(&root.join(LOCK))?;
        self.must_fit(root)?;
        self.write_metadata(root, &Files::of("create"))?;
        files::sync_folder(root)
    }

    /// Writes what is missing of metadata and coordinates, or not as it should be.
    pub(super) fn write_metadata(&self, root: &Path, files: &Files) -> Result<(), StoreError> {
        files.clean(root)?;
        let missing = |folder: &Path, array: &StoredArray| -> Result<(), StoreError> {
            files::make_folder(folder)?;
            files.clean(folder)?;
            match has_metadata(folder, &array.metadata())? {
                true => Ok(()),
                false => files.write(&folder.join(METADATA), &pretty(&array.metadata())),
            }
        };
        for (array, values) in &self.coordinates {
            missing(&array.folder(root), array)?;
            if !has_values(root, array, values)? {
                array.write_values(root, files, values)?;
            }
        }
        for array in self.arrays() {
            missing(&array.folder(root), array)?;
        }
        if !has_group(root, &self.group)? {
            files.write(&root.join(METADATA), &pretty(&self.group))?;
        }
        Ok(())
    }

    pub(super) fn is_created(&self, root: &Path) -> Result<bool, StoreError> {
        if root.join(LOCK).exists() || !has_group(root, &self.group)? {
            return Ok(false);
        }
        for array in self.coordinates.iter().map(|(array, _)| array).chain(self.arrays()) {
            if !has_metadata(&array.folder(root), &array.metadata())? {
                return Ok(false);
            }
        }
        for (array, values) in &self.coordinates {
            if !has_values(root, array, values)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Refuses a store of another study in `root`, whose group has the attributes `there`.
    pub(super) fn must_equal(&self, there: &Attributes, root: &Path) -> Result<(), StoreError> {
        let path = root.to_path_buf();
        if there.get(SCENARIO) != self.attributes().get(SCENARIO) {
            return Err(StoreError::OtherScenario { path });
        }
        for (name, here) in &self.layout.attributes {
            let there = there.get(name).unwrap_or(&Value::Null);
            if there != here && !OURS.contains(&name.as_str()) {
                let (there, here) = (there.to_string(), here.to_string());
                return Err(StoreError::OtherSetting { path, name: name.clone(), there, here });
            }
        }
        if there.get(LAYOUT_HASH) != self.attributes().get(LAYOUT_HASH) {
            return Err(StoreError::OtherLayout { path });
        }
        Ok(())
    }

    /// Attributes of the group.
    pub(super) fn attributes(&self) -> &Attributes {
        self.group["attributes"].as_object().expect("attributes are an object")
    }

    /// Refuses a folder that holds another study, or is none.
    pub(super) fn must_fit(&self, root: &Path) -> Result<(), StoreError> {
        match read_group(root)? {
            Some((_, attributes)) => self.must_equal(&attributes, root),
            None => Ok(()),
        }
    }

    /// The plan of the store in `root`; none if there is none.
    pub(super) fn read(root: &Path) -> Result<Option<Self>, StoreError> {
        let Some((group, attributes)) = read_group(root)? else { return Ok(None) };
        let damaged = |why: String| StoreError::DamagedMetadata { path: root.join(METADATA), why };
        let parsed = parse(&group, attributes).ok_or_else(|| damaged("it lacks what a study has".into()))?;
        let (mut layout, grid, times, identity) = parsed;
        // Their values are in the hash: a wrong one is found below.
        for (axis, &length) in layout.axes.iter_mut().zip(&grid.lengths) {
            axis.values = coordinate(root, axis, length)?;
        }
        if times > 0 {
            layout.times = coordinate(root, &time_axis(&layout), times)?;
        }
        layout.validate().map_err(|error| damaged(error.to_string()))?;
        let plan = Self::with_grid(layout, grid)?;
        if hex(&plan.format.identity) != identity {
            return Err(damaged("it does not agree with its own checksum".into()));
        }
        Ok(Some(plan))
    }
}

/// Whether the metadata in a folder are what they should be.
fn has_metadata(folder: &Path, metadata: &Value) -> Result<bool, StoreError> {
    Ok(files::read(&folder.join(METADATA))?.is_some_and(|bytes| bytes == pretty(metadata)))
}

/// Whether the metadata of the group are there; they may list the group of [`put_fits`] as well.
fn has_group(root: &Path, metadata: &Value) -> Result<bool, StoreError> {
    if has_metadata(root, metadata)? {
        return Ok(true);
    }
    let bytes = files::read(&root.join(METADATA))?.unwrap_or_default();
    let Ok(mut found) = serde_json::from_slice::<Value>(&bytes) else { return Ok(false) };
    let list = found.pointer_mut(MEMBERS).and_then(Value::as_object_mut);
    Ok(list.is_some_and(|list| list.remove(FITS).is_some()) && pretty(&found) == pretty(metadata))
}

/// Where the metadata of a group list its members.
const MEMBERS: &str = "/consolidated_metadata/metadata";
/// The one group in a store.
const FITS: &str = "fits";

/// Puts the group `fits` with these attributes into the store in `root`, or takes it away; where it is already so, nothing is written.
pub(crate) fn put_fits(root: &Path, attributes: Option<Value>) -> Result<(), StoreError> {
    let (Some((mut group, _)), files) = (read_group(root)?, Files::passing(FITS)) else { return Ok(()) };
    let Some(list) = group.pointer_mut(MEMBERS).and_then(Value::as_object_mut) else { return Ok(()) };
    let folder = root.join(FITS);
    let before = match attributes {
        Some(attributes) => {
            let members = json!({ "kind": "inline", "must_understand": false, "metadata": {} });
            let own = json!({
                "zarr_format": 3, "node_type": "group", "attributes": attributes, "consolidated_metadata": members
            });
            if !has_metadata(&folder, &own)? {
                files::make_folder(&folder)?;
                files.write(&folder.join(METADATA), &pretty(&own))?;
            }
            list.insert(FITS.into(), own.clone()) == Some(own)
        }
        None => {
            files::remove(&folder.join(METADATA))?;
            // Empty now, unless somebody keeps something there.
            std::fs::remove_dir(&folder).ok();
            list.remove(FITS).is_none()
        }
    };
    if before { Ok(()) } else { files.write(&root.join(METADATA), &pretty(&group)) }
}

/// Whether a coordinate is there, undamaged.
fn has_values(root: &Path, array: &StoredArray, values: &[f64]) -> Result<bool, StoreError> {
    match array.read_values(root) {
        Ok(found) => Ok(found.is_some_and(|found| found == values)),
        Err(StoreError::Damaged { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

fn time_axis(layout: &Layout) -> Axis {
    let (values, units) = (layout.times.clone(), layout.time_units.clone());
    Axis { key: TIME.into(), values, units, long_name: TIME.into(), whole: false }
}

/// Reads a coordinate.
fn coordinate(root: &Path, axis: &Axis, length: usize) -> Result<Vec<f64>, StoreError> {
    let array = StoredArray::coordinate(axis, length)?;
    let missing = || StoreError::Damaged { path: array.file(root, &[0]), why: "it is missing".into() };
    array.read_values(root)?.ok_or_else(missing)
}

/// The metadata of the group in `root` with its attributes; none if there is no group.
fn read_group(root: &Path) -> Result<Option<(Value, Attributes)>, StoreError> {
    if root.exists() && !root.is_dir() {
        return Err(StoreError::NotAFolder { path: root.into() });
    }
    let path = root.join(METADATA);
    let Some(bytes) = files::read(&path)? else { return Ok(None) };
    let read = || -> Result<(Value, Attributes), String> {
        let group: Value = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
        let attributes = group.get("attributes").and_then(Value::as_object).cloned();
        Ok((group, attributes.ok_or("it has no attributes")?))
    };
    read().map(Some).map_err(|why| StoreError::DamagedMetadata { path, why })
}

/// What the metadata of the group say: the layout without values of axes and times, the grid, the number of times, the identity.
fn parse(group: &Value, mut attributes: Attributes) -> Option<(Layout, Grid, usize, String)> {
    let arrays = group.get("consolidated_metadata")?.get("metadata")?;
    let scenario = attributes.get(SCENARIO)?.as_str()?.to_string();
    let identity = attributes.get(LAYOUT_HASH)?.as_str()?.to_string();
    let names: Vec<String> = serde_json::from_value(attributes.get(VARIABLES)?.clone()).ok()?;
    let samples = attributes.get(SAMPLES).and_then(Value::as_u64).unwrap_or(0) as usize;
    attributes.retain(|name, _| !OURS.contains(&name.as_str()));

    let text = |array: &Value, name: &str| Some(array.get("attributes")?.get(name)?.as_str()?.to_string());
    let lengths = |value: &Value| serde_json::from_value::<Vec<usize>>(value.clone()).ok();
    let status = arrays.get(STATUS)?;
    let shape = lengths(status.get("chunk_grid")?.get("configuration")?.get("chunk_shape")?)?;
    let names_of_axes: Vec<String> = serde_json::from_value(status.get("dimension_names")?.clone()).ok()?;
    let points = lengths(status.get("shape")?)?;
    if [shape.len(), points.len()] != [names_of_axes.len(); 2] || shape.contains(&0) || points.contains(&0) {
        return None;
    }

    let mut axes = Vec::new();
    for name in names_of_axes {
        let array = arrays.get(&name)?;
        let (units, long_name) = (text(array, "units")?, text(array, "long_name")?);
        let whole = array.get("data_type").and_then(Value::as_str) == Some("int64");
        let key = text(array, "key").unwrap_or(name);
        axes.push(Axis { key, values: Vec::new(), units, long_name, whole });
    }
    let mut variables = Vec::new();
    for name in names {
        let array = arrays.get(&name)?;
        let (units, long_name) = (text(array, "units")?, text(array, "long_name")?);
        let over_time = lengths(array.get("shape")?)?.len() > axes.len();
        variables.push(Variable { name, units, long_name, over_time });
    }
    let (times, time_units) = match arrays.get(TIME) {
        Some(array) => (*lengths(array.get("shape")?)?.first()?, text(array, "units")?),
        None => (0, String::new()),
    };
    let layout = Layout { scenario, axes, time_units, variables, samples, attributes, ..Layout::default() };
    Some((layout, Grid { lengths: points, shape }, times, identity))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn pretty(value: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(value).expect("metadata are JSON")
}
