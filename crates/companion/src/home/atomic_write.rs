//! Writing a file whole, or not at all.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::Builder;

/// The permissions of a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// 0600, whatever it had before.
    Private,
    /// 0755, whatever it had before.
    Program,
    /// As before, or 0644 for a new file.
    Kept,
}

/// Replaces a file by a rename, so that a reader sees the old content or the new one, also after a crash.
///
/// A symbolic link stays: the file that it leads to is replaced.
///
/// # Errors
///
/// An error of the file system; the file is then as it was.
pub fn write_atomically(path: &Path, content: &[u8], mode: Mode) -> io::Result<()> {
    let target = resolve(path)?;
    let folder = target.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut file = Builder::new().prefix(".covibe-").tempfile_in(folder)?;
    file.write_all(content)?;
    let bits = match mode {
        Mode::Private => 0o600,
        Mode::Program => 0o755,
        Mode::Kept => fs::metadata(&target).map_or(0o644, |old| old.permissions().mode() & 0o777),
    };
    file.as_file().set_permissions(Permissions::from_mode(bits))?;
    file.as_file().sync_all()?;
    file.persist(&target).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

/// Returns the file that a path leads to. The last one of a chain of links need not exist.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    let mut target = path.to_path_buf();
    for _ in 0..16 {
        match fs::read_link(&target) {
            Ok(next) => target = target.parent().unwrap_or(Path::new("/")).join(next),
            Err(_) => return Ok(target),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_atomic_write_keeps_symlinks_and_the_mode_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("file", &link).unwrap();
        write_atomically(&link, b"new", Mode::Kept).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert!(link.is_symlink());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_private_write_makes_an_existing_file_private() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
        write_atomically(&file, b"new", Mode::Private).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
