//! Files that are there whole or not at all: a temporary name in the same folder, then a rename.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// What ends the name of a temporary file.
pub(crate) const TEMPORARY: &str = ".tmp";

/// A temporary file beside `path` whose name begins with `prefix`; it is removed unless it is persisted.
pub(crate) fn temporary(path: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(TEMPORARY);
    #[cfg(unix)]
    {
        // As for any new file, the umask decides; the default would be for the owner alone.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(path.parent().unwrap_or(Path::new(".")))
}

/// Writes `bytes` to `path`: durable before it gets its name.
pub(crate) fn write(path: &Path, prefix: &str, bytes: &[u8]) -> io::Result<()> {
    let mut file = temporary(path, prefix)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    match file.persist(path) {
        // Another process of the same study was quicker.
        Err(error) if error.error.kind() == io::ErrorKind::NotFound && path.exists() => Ok(()),
        persisted => Ok(persisted.map(drop)?),
    }
}

/// Removes a file if it is there.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// [`write`], and takes away what a killed writer of the same file left behind.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!(".{name}.");
    for entry in fs::read_dir(path.parent().unwrap_or(Path::new(".")))? {
        let entry = entry?;
        let left = entry.file_name().to_string_lossy().into_owned();
        if left.starts_with(&prefix) && left.ends_with(TEMPORARY) {
            remove(&entry.path())?;
        }
    }
    write(path, &prefix, bytes)
}
