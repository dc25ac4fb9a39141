//! Records of changes, in `undo/`: what a file contained before our first change, and the digest of what we wrote.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::entry_removal::{is_blank, strip};
use crate::agents::config_files::MAX_FILE;
use crate::agents::config_files::Shape;
use crate::agents::planned_changes::FileChange;
use crate::home::{CompanionHome, Mode};
use crate::origin::Origin;

/// The folder of the records.
const FOLDER: &str = "undo";

/// The maximum size of a record without the content, in bytes.
const MAX_RECORD: u64 = 64 * 1024;

/// The record of the change of a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    /// The file.
    pub(super) path: PathBuf,
    /// True if it existed before our first change.
    pub(super) has_original: bool,
    /// The digest of what we wrote last; none if we removed the file.
    pub(super) written: Option<String>,
    /// The kind of content that is ours.
    pub(super) shape: Shape,
    /// The server that the entries are for.
    pub(super) origin: Origin,
    /// True if the file belongs to a repository.
    pub(super) is_in_repository: bool,
    /// The folders that were created for it, the outermost first.
    pub(super) folders: Vec<PathBuf>,
}

impl Record {
    /// Returns the content of the file before our first change; none if it did not exist.
    ///
    /// # Errors
    ///
    /// An error of the file system, or content that is gone.
    pub(super) fn original(&self, home: &CompanionHome) -> io::Result<Option<Vec<u8>>> {
        if !self.has_original {
            return Ok(None);
        }
        let content = home.read(&original_name(&self.path), MAX_FILE)?;
        content.map(Some).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Returns whether a file is as we wrote it last.
    pub(super) fn is_as_written(&self, content: Option<&[u8]>) -> bool {
        self.written == content.map(digest)
    }
}

/// Returns the name of what belongs to a path: the digest of the path.
pub(super) fn key(path: &Path) -> String {
    digest(path.as_os_str().as_encoded_bytes())
}

/// Records a change before it is made.
pub(super) fn remember(
    home: &CompanionHome,
    origin: &Origin,
    change: &FileChange,
) -> Result<(), String> {
    let unwritable = |error: io::Error| {
        format!("cannot be changed: its undo record cannot be written ({error})")
    };
    let before = change.before.as_deref();
    let old = find(home, &change.path);
    let is_kept = |old: &Record| {
        let is_original = old.original(home).is_ok_and(|it| it.as_deref() == before);
        old.is_as_written(before) || is_original
    };
    let record = match old {
        Some(old) if is_kept(&old) => Record {
            written: change.after.as_deref().map(digest),
            origin: origin.clone(),
            shape: change.shape.clone(),
            ..old
        },
        old => begin(home, origin, change, old)?,
    };
    write(home, &record).map_err(unwritable)
}

/// Begins a record, with the file as it would be without us. Somebody changed the file since the old record.
fn begin(
    home: &CompanionHome,
    origin: &Origin,
    change: &FileChange,
    old: Option<Record>,
) -> Result<Record, String> {
    let is_in_repository = !change.is_private;
    let is_created = old.as_ref().is_some_and(|old| !old.has_original);
    let original = change.before.as_ref().and_then(|before| {
        match strip(&change.shape, before, Some(origin), is_in_repository) {
            Ok(Some(plain)) if is_created && is_blank(&change.shape, &plain) => None,
            Ok(Some(plain)) => Some(plain),
            Ok(None) => None,
            Err(_) => Some(before.clone()),
        }
    });
    let mut folders = old.map(|old| old.folders).unwrap_or_default();
    folders.extend(absent_folders(&change.path));
    if let Some(original) = &original {
        home.create_folder(FOLDER)
            .and_then(|_| home.write(&original_name(&change.path), original, Mode::Private))
            .map_err(|error| {
                format!("cannot be changed: its undo record cannot be written ({error})")
            })?;
    }
    Ok(Record {
        path: change.path.clone(),
        has_original: original.is_some(),
        written: change.after.as_deref().map(digest),
        shape: change.shape.clone(),
        origin: origin.clone(),
        is_in_repository,
        folders,
    })
}

fn write(home: &CompanionHome, record: &Record) -> io::Result<()> {
    home.create_folder(FOLDER)?;
    let text = serde_json::to_vec_pretty(record).map_err(io::Error::other)?;
    home.write(&record_name(&record.path), &text, Mode::Private)
}

/// Returns all records, by path.
pub(super) fn all(home: &CompanionHome) -> Vec<Record> {
    let Ok(entries) = fs::read_dir(home.path(FOLDER)) else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let records = names.filter(|name| Path::new(name).extension().is_some_and(|it| it == "json"));
    let mut records: Vec<_> =
        records.filter_map(|name| read(home, &format!("{FOLDER}/{name}"))).collect();
    records.sort_by(|a, b| a.path.cmp(&b.path));
    records
}

/// Forgets a record.
pub(super) fn forget(home: &CompanionHome, path: &Path) -> io::Result<()> {
    for name in [record_name(path), original_name(path)] {
        match fs::remove_file(home.path(&name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn find(home: &CompanionHome, path: &Path) -> Option<Record> {
    read(home, &record_name(path)).filter(|record| record.path == path)
}

fn read(home: &CompanionHome, name: &str) -> Option<Record> {
    let content = home.read(name, MAX_RECORD).ok()??;
    serde_json::from_slice(&content).ok()
}

fn record_name(path: &Path) -> String {
    format!("{FOLDER}/{}.json", key(path))
}

fn original_name(path: &Path) -> String {
    format!("{FOLDER}/{}.original", key(path))
}

fn digest(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

/// Returns the folders above a path that do not exist, the outermost first.
fn absent_folders(path: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<_> = path
        .ancestors()
        .skip(1)
        .take_while(|folder| folder.symlink_metadata().is_err())
        .map(Path::to_owned)
        .collect();
    folders.reverse();
    folders
}
