//! The identity of the database's file.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The free space below which a disk is almost full: 256 MiB.
const LOW: u64 = 256 << 20;

/// The file that a database was opened from. Connections keep a file that is deleted, and what they write
/// to it is lost with them.
#[derive(Debug)]
pub(crate) struct DatabaseFile {
    path: PathBuf,
    identity: Identity,
}

/// The device and the number of a file; empty where files have none.
type Identity = Option<(u64, u64)>;

impl DatabaseFile {
    /// Remembers the file at this path.
    pub(crate) fn new(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        let identity = identity(&path)
            .map_err(|error| Error::Unavailable(format!("{}: {error}", path.display())))?;
        Ok(Self { path, identity })
    }

    /// Refuses a path at which the file is gone, or another one.
    pub(crate) fn check(&self) -> Result<()> {
        let what = match identity(&self.path) {
            Ok(identity) if identity == self.identity => return Ok(()),
            Ok(_) => "was replaced",
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => "was deleted",
            Err(_) => "cannot be found",
        };
        let path = self.path.display();
        Err(Error::Unavailable(format!(
            "the file {path} {what} while it was in use; put it back, or stop the server and restore a \
             backup"
        )))
    }

    /// Returns whether its disk is almost full.
    pub(crate) fn is_low(&self) -> bool {
        free(&self.path).is_some_and(|free| free < LOW)
    }
}

/// Returns the bytes that may still be written to the disk of a file.
#[cfg(unix)]
fn free(path: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(path).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    None
}

#[cfg(unix)]
fn identity(path: &Path) -> std::io::Result<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::metadata(path)?;
    Ok(Some((metadata.dev(), metadata.ino())))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> std::io::Result<Identity> {
    std::fs::metadata(path).map(|_| None)
}
