//! Regular files of a folder, which no link leads elsewhere.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;

/// Opens a regular file; returns it with its size.
///
/// # Errors
///
/// Invalid input for a link, a folder, a pipe or a device; others as of the system.
pub(super) fn open(path: &Path) -> io::Result<(File, u64)> {
    let named = fs::symlink_metadata(path)?;
    if !named.is_file() {
        return Err(not_regular());
    }
    let file = File::open(path)?;
    let opened = file.metadata()?;
    if !opened.is_file() || !is_same(&named, &opened) {
        return Err(not_regular());
    }
    Ok((file, opened.len()))
}

/// Reads a regular file of at most this many bytes.
pub(super) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let (file, size) = open(path)?;
    if size > most {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    let mut content = Vec::new();
    file.take(most).read_to_end(&mut content)?;
    Ok(content)
}

/// Returns the size of a regular file.
pub(super) fn size(path: &Path) -> io::Result<u64> {
    let named = fs::symlink_metadata(path)?;
    if named.is_file() { Ok(named.len()) } else { Err(not_regular()) }
}

fn not_regular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")
}

/// Returns whether the file that was opened is the one that the name was looked up for, and not a link's target.
#[cfg(unix)]
fn is_same(named: &Metadata, opened: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (named.dev(), named.ino()) == (opened.dev(), opened.ino())
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn links_folders_and_large_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("file"), "content").unwrap();
        std::os::unix::fs::symlink(path("file"), path("link")).unwrap();
        fs::create_dir(path("folder")).unwrap();
        assert_eq!(read(&path("file"), 7).unwrap(), b"content");
        assert_eq!(size(&path("file")).unwrap(), 7);
        assert_eq!(read(&path("file"), 6).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        for name in ["link", "folder"] {
            assert_eq!(
                open(&path(name)).unwrap_err().kind(),
                io::ErrorKind::InvalidInput,
                "{name}"
            );
            assert_eq!(
                size(&path(name)).unwrap_err().kind(),
                io::ErrorKind::InvalidInput,
                "{name}"
            );
        }
        assert_eq!(open(&path("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
