//! Files that are written at once and durably.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;

/// Replaces a file by one with this content. After a crash, the old or the new content is there.
pub(crate) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let (folder, file) = written_beside(path, content)?;
    file.persist(path)?;
    sync_folder(folder)
}

/// Creates a file with this content, and returns false if the path exists. Only one of several processes creates it.
pub(crate) fn create(path: &Path, content: &[u8]) -> io::Result<bool> {
    let (folder, file) = written_beside(path, content)?;
    match file.persist_noclobber(path) {
        Ok(_) => sync_folder(folder).map(|()| true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error),
    }
}

fn written_beside<'a>(path: &'a Path, content: &[u8]) -> io::Result<(&'a Path, NamedTempFile)> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    Ok((folder, file))
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Replaces a file by one with this value as JSON.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    write(path, &serde_json::to_vec(value)?)
}

/// Creates a file with this value as JSON, and returns false if the path exists.
pub(crate) fn create_json(path: &Path, value: &impl Serialize) -> io::Result<bool> {
    create(path, &serde_json::to_vec(value)?)
}

/// Reads a file of JSON; none if it does not exist.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn create_succeeds_only_for_the_first_caller() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("claim");
        assert!(create(&path, b"one").unwrap());
        assert!(!create(&path, b"two").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write(&path, b"three").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}
