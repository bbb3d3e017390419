//! The journal of a shard: every finished point, at once.
//!
//! A header, then records of equal length, little-endian:
//!
//! | bytes | header | | bytes | record |
//! | --- | --- | --- | --- | --- |
//! | 8 | "leydenj2" | | 4 | CRC-32C of the rest of the record |
//! | 32 | identity of the study | | 8 | point, or run of a point |
//! | 8 | shard | | 1 | status |
//! | 8 | shards | | 1 | bytes of the reason |
//! | 8 | bytes of a record | | 200 | reason, UTF-8, then zeros |
//! | 4 | CRC-32C of the above | | 1 | bytes of the method |
//! | | | | 31 | method, then zeros |
//! | | | | 8 n | numbers |
//!
//! One record is one `write`, which survives the death of the process. A record cut short, or any after it, is dropped
//! when the journal is read: the file then ends with the last whole record.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::files::{self, Files};
use super::{Layout, Record, Shard, Status, StoreError};
use crate::files::{rename, sync, writing};

const MAGIC: &[u8; 8] = b"leydenj2";
const HEADER: usize = 68;
/// Bytes of a reason that are kept.
pub(super) const REASON_BYTES: usize = 200;
/// Bytes of a method that are kept.
const METHOD_BYTES: usize = 31;
/// Where the method begins.
const METHOD: usize = 4 + 8 + 1 + 1 + REASON_BYTES;
/// Bytes of a record before its numbers.
const FIXED: usize = METHOD + 1 + METHOD_BYTES;

/// What the journals of a study have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    /// SHA-256 of the study.
    pub(super) identity: [u8; 32],
    /// Numbers of a record.
    pub(super) numbers: usize,
}

/// A journal open for writing.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    format: Format,
    shard: Shard,
    file: File,
    /// Whole records and the header; what lies beyond is the rest of a write that failed.
    length: u64,
    torn: bool,
    buffer: Vec<u8>,
}

impl Journal {
    /// The journal at `path`, whose records go to `each`; made if it is not there.
    pub(super) fn open(
        path: &Path,
        format: Format,
        shard: Shard,
        files: &Files,
        each: impl FnMut(usize, Record) -> Result<(), StoreError>,
    ) -> Result<Self, StoreError> {
        let length = match replay(path, format, each)? {
            Some(length) => length,
            None => {
                files.write(path, &header(format, shard))?;
                HEADER as u64
            }
        };
        let file = OpenOptions::new().write(true).open(path).map_err(StoreError::writing(path))?;
        let buffer = vec![0; format.record()];
        let mut journal = Journal { path: path.into(), format, shard, file, length, torn: true, buffer };
        journal.mend()?;
        Ok(journal)
    }

    /// Cuts off the rest of a write that failed, and goes to the end.
    fn mend(&mut self) -> Result<(), StoreError> {
        if self.torn {
            let mut cut = || self.file.set_len(self.length).and(self.file.seek(SeekFrom::Start(self.length)));
            cut().map_err(StoreError::writing(&self.path))?;
            self.torn = false;
        }
        Ok(())
    }

    /// Adds a record; when this returns, the death of the process does not lose it.
    pub(super) fn append(&mut self, point: usize, record: &Record) -> Result<(), StoreError> {
        self.mend()?;
        encode(&mut self.buffer, point, record);
        self.torn = true;
        if let Err(source) = self.file.write_all(&self.buffer) {
            // If even this fails, the next append or the next replay does it.
            self.mend().ok();
            return Err(StoreError::writing(&self.path)(source));
        }
        self.torn = false;
        self.length += self.buffer.len() as u64;
        Ok(())
    }

    /// Bytes of its records.
    pub(super) fn bytes(&self) -> u64 {
        self.length - HEADER as u64
    }

    /// Makes its records outlive a loss of power.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        sync(&self.file, &self.path).map_err(StoreError::writing(&self.path))
    }

    /// Keeps only records of these points, in a new file that takes the place of the old one.
    pub(super) fn compact(&mut self, files: &Files, keep: impl Fn(usize) -> bool) -> Result<(), StoreError> {
        let _writing = writing();
        let mut length = HEADER as u64;
        let mut file = files.temporary(&self.path).map_err(StoreError::writing(&self.path))?;
        file.write_all(&header(self.format, self.shard)).map_err(StoreError::writing(&self.path))?;
        let buffer = &mut self.buffer;
        let copied = replay(&self.path, self.format, |point, record| {
            if keep(point) {
                encode(buffer, point, &record);
                file.write_all(buffer).map_err(StoreError::writing(&self.path))?;
                length += buffer.len() as u64;
            }
            Ok(())
        })?;
        if copied.is_none() {
            return Err(StoreError::Damaged { path: self.path.clone(), why: "it is missing".into() });
        }
        let renamed = sync(file.as_file(), &self.path).and_then(|()| rename(file, &self.path));
        self.file = renamed.map_err(StoreError::writing(&self.path))?;
        (self.length, self.torn) = (length, false);
        Ok(())
    }
}

impl Format {
    /// Bytes of a record.
    pub(super) fn record(self) -> usize {
        FIXED + size_of::<f64>() * self.numbers
    }
}

fn header(format: Format, shard: Shard) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(format.identity);
    for number in [shard.index(), shard.count(), format.record()] {
        bytes.extend((number as u64).to_le_bytes());
    }
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    bytes
}

fn encode(buffer: &mut [u8], point: usize, record: &Record) {
    let reason = &record.reason[..kept(&record.reason)];
    buffer[4..12].copy_from_slice(&(point as u64).to_le_bytes());
    buffer[12] = record.status.code();
    buffer[14..FIXED].fill(0);
    let method = &record.method[..record.method.floor_char_boundary(METHOD_BYTES)];
    for (at, text) in [(13, reason), (METHOD, method)] {
        buffer[at] = text.len() as u8;
        buffer[at + 1..][..text.len()].copy_from_slice(text.as_bytes());
    }
    // A failed point may have none.
    let values = record.values.iter().chain(std::iter::repeat(&f64::NAN));
    for (bytes, value) in buffer[FIXED..].as_chunks_mut().0.iter_mut().zip(values) {
        *bytes = value.to_le_bytes();
    }
    let checksum = crc32c::crc32c(&buffer[4..]);
    buffer[..4].copy_from_slice(&checksum.to_le_bytes());
}

fn decode(buffer: &[u8]) -> Option<(usize, Record)> {
    let (checksum, rest) = buffer.split_first_chunk()?;
    if u32::from_le_bytes(*checksum) != crc32c::crc32c(rest) {
        return None;
    }
    let point = u64::from_le_bytes(*rest.first_chunk()?) as usize;
    let status = Status::of(buffer[12])?;
    let text = |at: usize| String::from_utf8(buffer[at + 1..][..usize::from(buffer[at])].to_vec()).ok();
    let (reason, method) = (text(13)?, text(METHOD)?);
    let values = buffer[FIXED..].as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    Some((point, Record { status, values, reason, method }))
}

/// Adds a record to a message.
pub(crate) fn write_record(message: &mut Vec<u8>, layout: &Layout, point: usize, record: &Record) {
    let format = Format { identity: [0; 32], numbers: layout.numbers_per_run() };
    let start = message.len();
    message.resize(start + format.record(), 0);
    encode(&mut message[start..], point, record);
}

/// The records of a message.
///
/// # Errors
/// [`StoreError::Message`] where it is not whole, or not of such a study.
pub(crate) fn read_records(message: &[u8], layout: &Layout) -> Result<Vec<(usize, Record)>, StoreError> {
    let format = Format { identity: [0; 32], numbers: layout.numbers_per_run() };
    let (points, size) = (layout.all_runs(), format.record());
    let record = |bytes: &[u8]| decode(bytes).filter(|(point, _)| bytes.len() == size && *point < points);
    let records = message.chunks(size).map(record).collect::<Option<Vec<_>>>();
    records.ok_or(StoreError::Message { bytes: message.len() })
}

/// Bytes of `reason` that a record keeps: whole characters only.
pub(super) fn kept(reason: &str) -> usize {
    reason.floor_char_boundary(REASON_BYTES)
}

/// Hands the whole records of a journal to `each`; the bytes they and the header take, or `None` if there is no journal.
pub(super) fn replay(
    path: &Path,
    format: Format,
    mut each: impl FnMut(usize, Record) -> Result<(), StoreError>,
) -> Result<Option<u64>, StoreError> {
    let Some(file) = files::if_there(path, File::open(path))? else { return Ok(None) };
    let mut reader = BufReader::with_capacity(1 << 18, file);
    check_header(path, format, &mut reader)?;
    let mut length = HEADER as u64;
    let mut buffer = vec![0; format.record()];
    loop {
        match reader.read_exact(&mut buffer) {
            Ok(()) => {}
            Err(source) if source.kind() == io::ErrorKind::UnexpectedEof => return Ok(Some(length)),
            Err(source) => return Err(StoreError::io(path)(source)),
        }
        let Some((point, record)) = decode(&buffer) else { return Ok(Some(length)) };
        each(point, record)?;
        length += buffer.len() as u64;
    }
}

/// The header is written with the file, so it is whole or damaged, but never torn.
fn check_header(path: &Path, format: Format, reader: &mut impl Read) -> Result<(), StoreError> {
    let damaged = |why: &str| StoreError::Damaged { path: path.into(), why: why.into() };
    let mut bytes = [0; HEADER];
    reader.read_exact(&mut bytes).map_err(|_| damaged("its header is cut short"))?;
    let (head, checksum) = bytes.split_at(HEADER - 4);
    if !head.starts_with(MAGIC) || crc32c::crc32c(head).to_le_bytes() != checksum {
        return Err(damaged("its header has a wrong checksum"));
    }
    if head[8..40] != format.identity || !head.ends_with(&(format.record() as u64).to_le_bytes()) {
        return Err(StoreError::OtherScenario { path: path.parent().unwrap_or(path).into() });
    }
    Ok(())
}

/// File names of a shard.
pub(super) fn stem(shard: Shard) -> String {
    format!("shard-{}-of-{}", shard.index(), shard.count())
}

/// The journal of a shard.
pub(super) fn path(folder: &Path, shard: Shard) -> PathBuf {
    folder.join(format!("{}.journal", stem(shard)))
}

/// The lock of a shard.
pub(super) fn lock_path(folder: &Path, shard: Shard) -> PathBuf {
    folder.join(format!("{}.lock", stem(shard)))
}

/// Shards that have a journal or a lock in `folder`.
pub(super) fn shards(folder: &Path) -> Result<Vec<Shard>, StoreError> {
    let parse = |name: &str| {
        let stem = name.strip_suffix(".journal").or_else(|| name.strip_suffix(".lock"))?;
        let (index, count) = stem.strip_prefix("shard-")?.split_once("-of-")?;
        Shard::new(index.parse().ok()?, count.parse().ok()?).ok()
    };
    let mut shards: Vec<Shard> = files::names(folder)?.iter().filter_map(|name| parse(name)).collect();
    shards.dedup();
    Ok(shards)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(value: f64) -> Record {
        Record {
            status: Status::Done,
            values: vec![value; 3],
            reason: "é".repeat(300),
            method: "taylor".into(),
        }
    }

    #[test]
    fn reasons_end_with_a_whole_character() {
        for (reason, bytes) in [("", 0), ("too stiff", 9), (&"é".repeat(300), 200), (&"長".repeat(70), 198)]
        {
            assert_eq!(kept(reason), bytes);
        }
    }

    /// Beside the checksum every part of the header is looked at for itself, but for the shard, which the file's name says too.
    #[test]
    fn a_header_with_a_wrong_byte_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let format = Format { identity: [7; 32], numbers: 3 };
        let whole = header(format, Shard::ALL);
        let replayed = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            replay(&path, format, |_, _| Ok(()))
        };
        assert_eq!(replayed(&whole).unwrap(), Some(HEADER as u64));
        for at in 0..HEADER {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            let found = replayed(&bytes);
            assert!(matches!(found, Err(StoreError::Damaged { .. })), "byte {at}: {found:?}");
            // Another header that is whole.
            let (head, checksum) = bytes.split_at_mut(HEADER - 4);
            checksum.copy_from_slice(&crc32c::crc32c(head).to_le_bytes());
            let found = replayed(&bytes);
            let expected = match at {
                0..8 => matches!(found, Err(StoreError::Damaged { .. })),
                8..40 | 56..64 => matches!(found, Err(StoreError::OtherScenario { .. })),
                _ => found.is_ok(),
            };
            assert!(expected, "byte {at}: {found:?}");
        }
    }

    // A device that is always full takes the place of the file for one record.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_record_that_did_not_fit_leaves_room_for_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (format, files) = (Format { identity: [7; 32], numbers: 3 }, Files::of("test"));
        let mut journal = Journal::open(&path, format, Shard::ALL, &files, |_, _| Ok(())).unwrap();
        journal.append(0, &record(0.5)).unwrap();
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut file = std::mem::replace(&mut journal.file, full);
        let error = journal.append(1, &record(1.5)).unwrap_err();
        assert!(matches!(error, StoreError::DiskFull { .. }), "{error}");
        file.write_all(b"the part of it that fitted").unwrap();
        journal.file = file;
        journal.append(2, &record(2.5)).unwrap();
        let mut found = Vec::new();
        let length = replay(&path, format, |point, record| {
            found.push((point, record.values));
            Ok(())
        });
        assert_eq!(found, [(0, vec![0.5; 3]), (2, vec![2.5; 3])]);
        assert_eq!(length.unwrap(), Some((HEADER + 2 * format.record()) as u64));
        assert_eq!(std::fs::metadata(&path).unwrap().len() as usize, HEADER + 2 * format.record());
    }

    fn found(path: &Path, format: Format) -> Vec<(usize, f64)> {
        let mut found = Vec::new();
        replay(path, format, |point, record| {
            found.push((point, record.values[0]));
            Ok(())
        })
        .unwrap();
        found
    }

    // After it was shortened a journal knows where it ends, also when the next record does not fit.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_shortened_journal_takes_records_that_fit_and_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (format, files) = (Format { identity: [7; 32], numbers: 3 }, Files::of("test"));
        let mut journal = Journal::open(&path, format, Shard::ALL, &files, |_, _| Ok(())).unwrap();
        for point in 0..5 {
            journal.append(point, &record(point as f64)).unwrap();
        }
        journal.compact(&files, |point| [1, 3].contains(&point)).unwrap();
        assert_eq!(found(&path, format), [(1, 1.0), (3, 3.0)]);
        assert_eq!(journal.bytes() as usize, 2 * format.record());
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut file = std::mem::replace(&mut journal.file, full);
        assert!(matches!(journal.append(5, &record(5.0)), Err(StoreError::DiskFull { .. })));
        // Such a device cannot be synced either, which must not pass for done.
        assert!(journal.sync().is_err());
        file.write_all(b"the part of it that fitted").unwrap();
        journal.file = file;
        journal.append(6, &record(6.0)).unwrap();
        journal.append(7, &record(7.0)).unwrap();
        assert_eq!(found(&path, format), [(1, 1.0), (3, 3.0), (6, 6.0), (7, 7.0)]);
        assert_eq!(std::fs::metadata(&path).unwrap().len() as usize, HEADER + 4 * format.record());
        assert_eq!(journal.bytes() as usize, 4 * format.record());
        drop(journal);
        let again = Journal::open(&path, format, Shard::ALL, &files, |_, _| Ok(())).unwrap();
        assert_eq!(again.bytes() as usize, 4 * format.record());
    }

    // While it cannot be shortened it stays as it is, and goes on.
    #[test]
    fn a_journal_that_cannot_be_shortened_keeps_all() {
        let outer = tempfile::tempdir().unwrap();
        let (folder, away) = (outer.path().join("here"), outer.path().join("away"));
        std::fs::create_dir(&folder).unwrap();
        let path = folder.join("journal");
        let (format, files) = (Format { identity: [7; 32], numbers: 3 }, Files::of("test"));
        let mut journal = Journal::open(&path, format, Shard::ALL, &files, |_, _| Ok(())).unwrap();
        (0..3).for_each(|point| journal.append(point, &record(point as f64)).unwrap());
        std::fs::rename(&folder, &away).unwrap();
        assert!(journal.compact(&files, |point| point == 1).is_err());
        std::fs::rename(&away, &folder).unwrap();
        journal.append(3, &record(3.0)).unwrap();
        assert_eq!(found(&path, format), [(0, 0.0), (1, 1.0), (2, 2.0), (3, 3.0)]);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    }
}
