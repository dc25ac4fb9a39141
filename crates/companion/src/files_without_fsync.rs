//! Small files that are written often: whole, by a rename, and without waiting for the disk.
//!
//! After a power failure such a file may be empty. Whoever reads one therefore treats what is not valid as missing.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::home::CompanionHome;

/// The beginning of the names of unfinished files.
pub(crate) const UNFINISHED: &str = ".new-";

/// Writes a file of a folder; a reader sees it whole or not at all.
pub(crate) fn put(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let unfinished = folder.join(format!("{UNFINISHED}{}", Uuid::now_v7().simple()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    let written = file.write_all(content).and_then(|()| fs::rename(&unfinished, folder.join(name)));
    if written.is_err() {
        // A full disk must not fill further with what could not be finished.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

/// Returns the content of a JSON file of the companion's folder; none if it is missing or not valid.
pub(crate) fn read_json<T: DeserializeOwned>(
    home: &CompanionHome,
    name: &str,
    limit: u64,
) -> Option<T> {
    serde_json::from_slice(&home.read(name, limit).ok()??).ok()
}

/// Writes a JSON file below `run/`.
pub(crate) fn write_run<T: Serialize>(
    home: &CompanionHome,
    name: &str,
    value: &T,
) -> io::Result<()> {
    let folder = home.create_folder("run")?;
    put(&folder, name, &serde_json::to_vec(value).map_err(io::Error::other)?)
}

/// Removes the unfinished files that a crash left in a folder.
pub(crate) fn sweep(folder: &Path) {
    let old = |entry: &fs::DirEntry| {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let age = modified.ok().and_then(|at| at.elapsed().ok());
        age.is_some_and(|age| age.as_secs() > 3600)
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(UNFINISHED.as_bytes()) && old(&entry) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Returns 16 hexadecimal digits that stand for a text in names of files.
pub(crate) fn tag(text: &[u8]) -> String {
    hex::encode(&Sha256::digest(text)[..8])
}
