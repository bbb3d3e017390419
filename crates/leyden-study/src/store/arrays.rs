//! Zarr arrays: their metadata, and the bytes of their chunks.
//!
//! Numbers are little-endian, strings of variable length, both compressed with zstd and closed by a CRC-32C, which tells a
//! damaged chunk when it is read. Chunks lie side by side (`c.0.1`), so that an array is one folder to clean and to sync.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use zarrs::array::codec::{Crc32cCodec, ZstdCodec};
use zarrs::array::{
    Array, ArrayBuilder, ArrayError, ArrayToBytesCodecTraits, CodecOptions, DataType, Element, ElementOwned,
    FillValue, IntoArrayBytes, data_type,
};
use zarrs::metadata::ChunkKeySeparator;

use super::files::{self, Files};
use super::layout::{METHOD, REASON, STATUS, TIME};
use super::{Axis, Layout, StoreError, Variable};

/// Of zstd. Energies over time shrink by 5 % at levels 1 to 19 alike, and level 1 is the fastest.
const LEVEL: i32 = 1;

/// An array of the store. zarrs encodes and decodes; files are ours, so that they are written atomically.
#[derive(Debug)]
pub(super) struct StoredArray {
    array: Array<()>,
}

impl StoredArray {
    fn new(
        name: &str,
        shape: &[usize],
        chunk: &[usize],
        dimensions: &[impl AsRef<str>],
        (data_type, fill): (DataType, FillValue),
        attributes: Value,
    ) -> Result<Self, StoreError> {
        let array = ArrayBuilder::new(long(shape), long(chunk), data_type, fill)
            .chunk_key_encoding_default_separator(ChunkKeySeparator::Dot)
            .bytes_to_bytes_codecs(vec![Arc::new(ZstdCodec::new(LEVEL, false)), Arc::new(Crc32cCodec::new())])
            .dimension_names(Some(dimensions.iter().map(AsRef::as_ref)))
            .attributes(attributes.as_object().cloned().unwrap_or_default())
            .build(Arc::new(()), &format!("/{name}"))
            .map_err(|source| StoreError::Array { name: name.into(), source: source.into() })?;
        Ok(StoredArray { array })
    }

    /// The coordinate of a dimension of `length` values.
    pub(super) fn coordinate(axis: &Axis, length: usize) -> Result<Self, StoreError> {
        let mut attributes = labels(&axis.units, &axis.long_name);
        let name = axis.name();
        if name != axis.key {
            attributes["key"] = axis.key.clone().into();
        }
        let kind = if axis.whole { (data_type::int64(), FillValue::from(0_i64)) } else { numbers() };
        Self::new(&name, &[length], &[length], &[&name], kind, attributes)
    }

    /// Writes a coordinate.
    pub(super) fn write_values(&self, root: &Path, files: &Files, values: &[f64]) -> Result<(), StoreError> {
        match self.is_whole() {
            true => self.write(root, files, &[0], &values.iter().map(|&x| x as i64).collect::<Vec<i64>>()),
            false => self.write(root, files, &[0], values),
        }
    }

    /// Reads a coordinate; none if it is not there.
    pub(super) fn read_values(&self, root: &Path) -> Result<Option<Vec<f64>>, StoreError> {
        match self.is_whole() {
            true => {
                let values = self.read::<i64>(root, &[0])?;
                Ok(values.map(|values| values.into_iter().map(|x| x as f64).collect()))
            }
            false => self.read(root, &[0]),
        }
    }

    fn is_whole(&self) -> bool {
        *self.array.data_type() == data_type::int64()
    }

    /// The array of a variable; `chunk` is the shape over the axes.
    pub(super) fn variable(
        layout: &Layout,
        variable: &Variable,
        chunk: &[usize],
    ) -> Result<Self, StoreError> {
        let (mut shape, mut chunk, mut dimensions) = (layout.lengths(), chunk.to_vec(), names(layout));
        if variable.over_time {
            shape.push(layout.times.len());
            chunk.push(layout.times.len());
            dimensions.push(TIME.into());
        }
        let attributes = labels(&variable.units, &variable.long_name);
        Self::new(&variable.name, &shape, &chunk, &dimensions, numbers(), attributes)
    }

    /// The array of reasons.
    pub(super) fn reason(layout: &Layout, chunk: &[usize]) -> Result<Self, StoreError> {
        Self::texts(REASON, "why a point failed, or what else is to be said of it", layout, chunk)
    }

    /// The array of methods.
    pub(super) fn method(layout: &Layout, chunk: &[usize]) -> Result<Self, StoreError> {
        Self::texts(METHOD, "method of solution", layout, chunk)
    }

    fn texts(name: &str, long_name: &str, layout: &Layout, chunk: &[usize]) -> Result<Self, StoreError> {
        let attributes = json!({ "long_name": long_name });
        let kind = (data_type::string(), FillValue::from(""));
        Self::new(name, &layout.lengths(), chunk, &names(layout), kind, attributes)
    }

    /// The array of states of points.
    pub(super) fn status(layout: &Layout, chunk: &[usize]) -> Result<Self, StoreError> {
        let attributes = json!({
            "long_name": "state of the computation",
            "flag_values": [0, 1, 2],
            "flag_meanings": "not_computed done failed",
        });
        let kind = (data_type::uint8(), FillValue::from(0_u8));
        Self::new(STATUS, &layout.lengths(), chunk, &names(layout), kind, attributes)
    }

    /// Its metadata.
    pub(super) fn metadata(&self) -> Value {
        serde_json::to_value(self.array.metadata()).expect("metadata are JSON")
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        self.array.path().as_str().trim_start_matches('/')
    }

    /// Its folder.
    pub(super) fn folder(&self, root: &Path) -> PathBuf {
        root.join(self.name())
    }

    /// The file of a chunk, given by its indices along the axes.
    pub(super) fn file(&self, root: &Path, chunk: &[usize]) -> PathBuf {
        root.join(self.array.chunk_key(&self.with_time(chunk)).as_str())
    }

    /// Indices along all dimensions: times are in one piece.
    fn with_time(&self, chunk: &[usize]) -> Vec<u64> {
        let mut chunk = long(chunk);
        chunk.resize(self.array.dimensionality(), 0);
        chunk
    }

    /// Writes a chunk.
    pub(super) fn write<T: Element>(
        &self,
        root: &Path,
        files: &Files,
        chunk: &[usize],
        elements: &[T],
    ) -> Result<(), StoreError> {
        let path = self.file(root, chunk);
        let encode = || -> Result<Vec<u8>, ArrayError> {
            let bytes = elements.into_array_bytes(self.array.data_type())?;
            let (shape, options) = (self.array.chunk_shape(&self.with_time(chunk))?, options());
            let (kind, fill) = (self.array.data_type(), self.array.fill_value());
            Ok(self.array.codecs().encode(bytes, &shape, kind, fill, &options)?.into_owned())
        };
        let bytes =
            encode().map_err(|source| StoreError::Encode { path: path.clone(), source: source.into() })?;
        files.write(&path, &bytes)
    }

    /// Reads a chunk; none if it is not there.
    pub(super) fn read<T: ElementOwned>(
        &self,
        root: &Path,
        chunk: &[usize],
    ) -> Result<Option<Vec<T>>, StoreError> {
        let path = self.file(root, chunk);
        let Some(bytes) = files::read(&path)? else { return Ok(None) };
        let decode = || -> Result<Vec<T>, ArrayError> {
            let (shape, options) = (self.array.chunk_shape(&self.with_time(chunk))?, options());
            let (kind, fill) = (self.array.data_type(), self.array.fill_value());
            let bytes = self.array.codecs().decode(Cow::Owned(bytes), &shape, kind, fill, &options)?;
            Ok(T::from_array_bytes(kind, bytes)?)
        };
        decode().map(Some).map_err(|error| StoreError::Damaged { path, why: error.to_string() })
    }
}

/// One thread: the caller has its own.
fn options() -> CodecOptions {
    CodecOptions::default().with_concurrent_target(1)
}

fn numbers() -> (DataType, FillValue) {
    (data_type::float64(), FillValue::from(f64::NAN))
}

fn long(numbers: &[usize]) -> Vec<u64> {
    numbers.iter().map(|&number| number as u64).collect()
}

fn names(layout: &Layout) -> Vec<String> {
    layout.axes.iter().map(Axis::name).collect()
}

fn labels(units: &str, long_name: &str) -> Value {
    json!({ "units": units, "long_name": long_name })
}
