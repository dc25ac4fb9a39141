//! The folder with the files.

use std::fs::{self, DirEntry, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::file_names::PhotoName;
use crate::square_thumbnail::Square;

/// The prefix of the name of a file that is being written.
const UNFINISHED: &str = ".unfinished-";

/// The age from which nobody is still writing a file, and its writer has recorded its name.
pub(crate) const ABANDONED: Duration = Duration::from_hours(1);

/// The largest file that is read: no photo of ours comes near it.
const MAX_FILE: u64 = 1024 * 1024;

/// A folder that nobody but the server reads.
#[derive(Clone, Debug)]
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    /// Returns the folder at this path, which need not exist yet.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Writes a photo under a new name, and creates the folder if it is missing. After a power failure, the photo is
    /// there whole or not at all.
    pub(crate) fn write(&self, square: &Square) -> io::Result<PhotoName> {
        create_private(&self.0)?;
        self.remove_unfinished()?;
        let name = PhotoName::new(square.format);
        let unfinished = self.0.join(format!("{UNFINISHED}{name}"));
        let written = write_private(&unfinished, &square.bytes)
            .and_then(|()| fs::rename(&unfinished, self.0.join(name.to_string())))
            .and_then(|()| File::open(&self.0)?.sync_all());
        if written.is_err() {
            let _gone_already = fs::remove_file(&unfinished);
        }
        written.map(|()| name)
    }

    /// Removes files that a killed server did not finish. Another one may be writing newer ones.
    pub(crate) fn remove_unfinished(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            if !entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                continue;
            }
            if is_abandoned(&entry) {
                let _gone_already = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    /// Reads a photo; `None` if there is no such file.
    pub(crate) fn read(&self, name: &PhotoName) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.0.join(name.to_string())) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(MAX_FILE).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Removes a photo. One that does not exist is removed already.
    pub(crate) fn remove(&self, name: &PhotoName) -> io::Result<()> {
        match fs::remove_file(self.0.join(name.to_string())) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Returns whether an entry of the folder is a file that was written long ago.
pub(crate) fn is_abandoned(entry: &DirEntry) -> bool {
    let Ok(metadata) = entry.metadata() else { return false };
    let age = metadata.modified().ok().and_then(|at| at.elapsed().ok());
    metadata.is_file() && age.is_some_and(|age| age > ABANDONED)
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
