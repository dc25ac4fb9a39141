//! Files are replaced as a whole: a new file takes the name of the old one.

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use cap_std::fs::{Dir, Metadata, Permissions, PermissionsExt as _};
use cap_tempfile::TempFile;
use covibe_domain::Failure;

use super::io_errors::{failure, special};
use super::root::Root;
use super::{Inside, is_git, outside_root};

/// The maximum size of a file's new content, in bytes.
pub(in crate::workspace) const MAX_CONTENT: usize = 5_000_000;

/// The bits of a mode that are kept.
const KEPT_MODE: u32 = 0o777;

/// The outcome of writing a file.
#[derive(Clone, Copy, Debug)]
pub(in crate::workspace) struct Written {
    /// True if it was not there before.
    pub(in crate::workspace) is_new: bool,
}

impl Root {
    /// Writes a file, and the folders that it lacks. The file has its old content or its new one at any moment; an old
    /// one's mode is kept.
    pub(in crate::workspace) fn write(
        &self,
        path: &Inside,
        content: &[u8],
    ) -> Result<Written, Failure> {
        if content.len() > MAX_CONTENT {
            return Err(Failure::invalid("The content is larger than 5 MB."));
        }
        if path.has_git() {
            return Err(git_refused());
        }
        let name = path.as_path().file_name();
        let name = name.ok_or_else(|| Failure::invalid("The path names the root, not a file."))?;
        let parent = self.parent_of(path)?;
        let old = old_file(&parent, name, path)?;
        let mode = old.as_ref().map(|old| old.permissions().mode() & KEPT_MODE);
        replace(&parent, name, content, mode).map_err(|error| failure(&error, path))?;
        Ok(Written { is_new: old.is_none() })
    }

    /// Opens the folder of a file, after it was checked where links have led, and creates what it lacks.
    fn parent_of(&self, path: &Inside) -> Result<Dir, Failure> {
        let parent = path.as_path().parent().unwrap_or(Path::new(""));
        let names: Vec<&OsStr> = parent.iter().collect();
        let (mut dir, missing) = self.deepest(&names, path)?;
        self.check_place(&dir)?;
        for name in &names[names.len() - missing..] {
            let made = dir.create_dir(name).or_else(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Ok(()),
                _ => Err(error),
            });
            dir = made.and_then(|()| dir.open_dir(name)).map_err(|error| failure(&error, path))?;
        }
        self.check_place(&dir)?;
        Ok(dir)
    }

    /// Opens the deepest of these folders that is there, and counts those that are not.
    fn deepest(&self, names: &[&OsStr], path: &Inside) -> Result<(Dir, usize), Failure> {
        for there in (0..=names.len()).rev() {
            let folder: PathBuf = Path::new(".").join(names[..there].iter().collect::<PathBuf>());
            match self.handle().open_dir(&folder) {
                Ok(dir) => return Ok((dir, names.len() - there)),
                Err(error) if error.kind() == io::ErrorKind::NotFound && there > 0 => {
                    // A link that leads nowhere is there, and is not replaced by a folder.
                    if self.handle().symlink_metadata(&folder).is_ok() {
                        return Err(failure(&error, path));
                    }
                }
                Err(error) => return Err(failure(&error, path)),
            }
        }
        Err(outside_root())
    }

    /// Refuses a folder that links have led into `.git`, or that was moved away.
    fn check_place(&self, dir: &Dir) -> Result<(), Failure> {
        let places = real_path(self.handle()).and_then(|root| Ok((root, real_path(dir)?)));
        let (root, real) = places.map_err(|error| failure(&error, &Inside::root()))?;
        let inside = real.strip_prefix(&root).map_err(|_| outside_root())?;
        if inside.iter().any(is_git) { Err(git_refused()) } else { Ok(()) }
    }
}

fn git_refused() -> Failure {
    Failure::forbidden("Files in `.git` can't be written.")
        .hint("Commit with git_commit_and_push, or run git with execute_command.")
}

/// Returns the file that will be replaced, if there is one.
fn old_file(parent: &Dir, name: &OsStr, path: &Inside) -> Result<Option<Metadata>, Failure> {
    let metadata = match parent.symlink_metadata(name) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failure(&error, path)),
    };
    if metadata.is_symlink() {
        return Err(Failure::conflict(format!("`{}` is a link.", path.text()))
            .hint("Nothing was changed. Write to the file that it points to."));
    }
    if metadata.is_dir() {
        return Err(failure(&io::ErrorKind::IsADirectory.into(), path));
    }
    if metadata.is_file() { Ok(Some(metadata)) } else { Err(special(path)) }
}

fn replace(parent: &Dir, name: &OsStr, content: &[u8], mode: Option<u32>) -> io::Result<()> {
    let mut file = TempFile::new(parent)?;
    file.write_all(content)?;
    if let Some(mode) = mode {
        file.as_file().set_permissions(Permissions::from_mode(mode))?;
    }
    file.as_file().sync_all()?;
    file.replace(name)
}

/// Returns the path at which a folder is now.
#[cfg(target_os = "linux")]
fn real_path(dir: &Dir) -> io::Result<PathBuf> {
    use std::os::fd::AsRawFd as _;
    std::fs::read_link(format!("/proc/self/fd/{}", dir.as_raw_fd()))
}

/// Returns the path at which a folder is now.
#[cfg(not(target_os = "linux"))]
fn real_path(dir: &Dir) -> io::Result<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    let path = rustix::fs::getpath(dir)?;
    Ok(PathBuf::from(std::ffi::OsString::from_vec(path.into_bytes())))
}
