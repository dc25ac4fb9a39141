//! The handle of the root, beneath which everything is opened.

use std::io;
use std::path::Path;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, OpenOptions, OpenOptionsExt as _};
use covibe_domain::Failure;
use rustix::fs::OFlags;
use tokio::sync::Mutex;

use super::Inside;
use super::io_errors::{failure, special};

/// The root of the workspace.
#[derive(Clone, Debug)]
pub(in crate::workspace) struct Root {
    dir: Arc<Dir>,
    path: Arc<Path>,
    /// Held while a file is replaced, so that two calls at once do not undo each other.
    pub(in crate::workspace) changes: Arc<Mutex<()>>,
}

impl Root {
    /// Opens a folder.
    pub(in crate::workspace) fn open(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize()?;
        let dir = Dir::open_ambient_dir(&path, ambient_authority())?;
        Ok(Self { dir: Arc::new(dir), path: path.into(), changes: Arc::default() })
    }

    pub(in crate::workspace) fn path(&self) -> &Path {
        &self.path
    }

    pub(in crate::workspace) fn handle(&self) -> &Dir {
        &self.dir
    }

    /// Reads a caller's path.
    pub(in crate::workspace) fn read_path(&self, text: &str) -> Result<Inside, Failure> {
        Inside::parse(text, &self.path)
    }

    /// Opens a folder.
    pub(in crate::workspace) fn folder(&self, path: &Inside) -> Result<Dir, Failure> {
        self.dir.open_dir(path.for_handle()).map_err(|error| failure(&error, path))
    }

    /// Opens a regular file to read it. Opening a pipe would wait for its other end, and a device may do anything.
    pub(in crate::workspace) fn file(&self, path: &Inside) -> Result<File, Failure> {
        let before = self.dir.metadata(path.for_handle()).map_err(|error| failure(&error, path))?;
        if before.is_dir() {
            return Err(failure(&io::ErrorKind::IsADirectory.into(), path));
        }
        if !before.is_file() {
            return Err(special(path));
        }
        let opened =
            regular(&self.dir, path.as_path(), true).map_err(|error| failure(&error, path))?;
        opened.ok_or_else(|| special(path))
    }
}

/// Opens a regular file beneath a folder without waiting; none if it is something else.
pub(in crate::workspace) fn regular(
    dir: &Dir,
    path: &Path,
    follows: bool,
) -> io::Result<Option<File>> {
    let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    if !follows {
        flags |= OFlags::NOFOLLOW;
    }
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(flags.bits().cast_signed());
    let file = dir.open_with(path, &options)?;
    Ok(file.metadata()?.is_file().then_some(file))
}
