//! The folder of the packages: read again when it has changed, so that a package which is built later is found.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;

use super::package_record::{Record, recorded_version};
use super::regular_files;

/// The number of the folder's entries that are looked at.
const MAX_ENTRIES: usize = 1000;

/// The number of versions that are handed out, the newest ones. Each has two tarballs of up to 20 MB.
const MAX_VERSIONS: usize = 100;

/// The largest record that is read, in bytes.
const MAX_RECORD: u64 = 64 * 1024;

/// The age of a change from which on a later one has another time: file systems count in coarse steps.
const STEP: Duration = Duration::from_secs(2);

/// The folder of the packages.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    known: Mutex<Known>,
}

/// The content of the folder when it was last read.
#[derive(Clone, Debug, Default)]
struct Known {
    /// When the folder was changed; none if it must be read again in any case.
    changed: Option<SystemTime>,
    packages: Arc<[Record]>,
}

impl Folder {
    /// Returns the folder at this path.
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path, known: Mutex::default() }
    }

    /// Returns the path of a file of the folder.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Returns the packages, the newest version first.
    pub(super) async fn packages(self: &Arc<Self>) -> Arc<[Record]> {
        let folder = Arc::clone(self);
        tokio::task::spawn_blocking(move || folder.current()).await.unwrap_or_default()
    }

    fn current(&self) -> Arc<[Record]> {
        let changed = std::fs::metadata(&self.path).and_then(|folder| folder.modified()).ok();
        let known = self.known.lock().clone();
        if changed.is_some() && known.changed == changed {
            return known.packages;
        }
        let packages: Arc<[Record]> = scan(&self.path).into();
        let age = changed.and_then(|changed| changed.elapsed().ok());
        let changed = changed.filter(|_| age.is_some_and(|age| age > STEP));
        *self.known.lock() = Known { changed, packages: Arc::clone(&packages) };
        packages
    }
}

/// Returns the packages in a folder, the newest version first.
fn scan(folder: &Path) -> Vec<Record> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let names = entries.take(MAX_ENTRIES).flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    let mut packages: Vec<_> = names.filter_map(|name| package(folder, &name)).collect();
    packages.sort_by(|a, b| b.version.cmp(&a.version));
    packages.truncate(MAX_VERSIONS);
    packages
}

/// Returns the package whose record has this name, if its files are there.
fn package(folder: &Path, name: &str) -> Option<Record> {
    let version = recorded_version(name)?;
    let text = regular_files::read(&folder.join(name), MAX_RECORD);
    let record = text.ok().and_then(|text| Record::read(&version, &text));
    let whole = record.filter(|record| {
        let sizes = [
            (record.plain_file(), record.plain.size),
            (record.scoped_file(), record.scoped.tarball.size),
        ];
        sizes
            .iter()
            .all(|(file, size)| regular_files::size(&folder.join(file)).is_ok_and(|is| is == *size))
    });
    if whole.is_none() {
        tracing::warn!(%version, "a companion package is damaged or incomplete: run `cargo xtask package` again");
    }
    whole
}
