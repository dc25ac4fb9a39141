//! The photos of people in a backup: copied beside the rows that name them, with their digests.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use covibe_photos::PhotoName;
use serde::{Deserialize, Serialize};

use super::file_digests::digest;
use crate::server_files::{absolute_path, create_private, new_private_file};

/// The folder with them in a backup.
const FOLDER: &str = "photos";

/// The prefix of the name of an incomplete file, here and in the folder of a server.
const UNFINISHED: &str = ".unfinished-";

/// The photos in a backup.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Photos {
    /// The number of photos.
    count: usize,
    /// The number of people whose photo was not in the server's folder.
    missing: usize,
    /// The SHA-256 of each file by its name.
    sha256: BTreeMap<String, String>,
}

impl Photos {
    /// Copies all photos of a server's folder into a backup, before its rows are copied: a photo that is replaced
    /// while they are is copied already. A missing folder has none.
    pub(super) fn copy_all(from: &Path, backup: &Path) -> anyhow::Result<()> {
        let entries = match fs::read_dir(from) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            other => other.with_context(|| format!("{} cannot be read", absolute_path(from)))?,
        };
        for entry in entries {
            let name = entry?.file_name();
            if let Some(name) = name.to_str().and_then(|name| name.parse().ok()) {
                let _replaced_meanwhile = copy(from, backup, &name)?;
            }
        }
        Ok(())
    }

    /// Keeps the copied photos that rows name, removes the others, and copies those that came meanwhile.
    pub(super) fn keep(rows: &[String], from: &Path, backup: &Path) -> anyhow::Result<Self> {
        let mut photos = Self::default();
        let names: Vec<PhotoName> = rows.iter().filter_map(|name| name.parse().ok()).collect();
        for name in &names {
            let file = backup.join(FOLDER).join(name.to_string());
            if file.exists() || copy(from, backup, name)? {
                photos.sha256.insert(name.to_string(), digest(&file)?.1);
            }
        }
        for entry in fs::read_dir(backup.join(FOLDER)).into_iter().flatten() {
            let entry = entry?;
            let name = entry.file_name();
            if !name.to_str().is_some_and(|name| photos.sha256.contains_key(name)) {
                fs::remove_file(entry.path())?;
            }
        }
        photos.count = photos.sha256.len();
        photos.missing = rows.len() - photos.count;
        Ok(photos)
    }

    /// Returns a warning for the operator about people whose photo was missing; `None` if there are none.
    pub(super) fn warning(&self, from: &Path) -> Option<String> {
        let photos = match self.missing {
            0 => return None,
            1 => "1 photo of a person is".to_owned(),
            missing => format!("{missing} photos of people are"),
        };
        Some(format!(
            "warning: {photos} neither in {} nor in the backup. Is COVIBE_UPLOAD_DIR the folder that \
             the servers use?",
            absolute_path(from)
        ))
    }

    /// Returns a summary in a few words.
    pub(super) fn summary(&self) -> String {
        format!("{} photos", self.count)
    }

    /// Fails if the photos of a backup are not as they were written.
    pub(super) fn verify(&self, backup: &Path) -> anyhow::Result<()> {
        if self.count != self.sha256.len() {
            bail!("the manifest has {} photos, not {}", self.sha256.len(), self.count);
        }
        for (name, expected) in &self.sha256 {
            // No other name leads anywhere but into the folder.
            let name: PhotoName =
                name.parse().context("the manifest names a file that is not a photo")?;
            let file = backup.join(FOLDER).join(name.to_string());
            let (_, found) = digest(&file)
                .with_context(|| format!("{} cannot be read", absolute_path(&file)))?;
            if found != *expected {
                bail!(
                    "{} has changed since it was written: its digest differs",
                    absolute_path(&file)
                );
            }
        }
        Ok(())
    }

    /// Fails if a folder has anything but photos of this backup, which an interrupted restore has left there.
    pub(super) fn refuse_others(&self, folder: &Path) -> anyhow::Result<()> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            other => other.with_context(|| format!("{} cannot be read", absolute_path(folder)))?,
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_own = match self.sha256.get(&name) {
                Some(expected) => digest(&entry.path())?.1 == *expected,
                None => {
                    name.strip_prefix(UNFINISHED).is_some_and(|it| self.sha256.contains_key(it))
                }
            };
            if !is_own {
                bail!(
                    "{} is not empty: restore into an empty folder, and set COVIBE_UPLOAD_DIR to it if another \
                     server uses this one",
                    absolute_path(folder)
                );
            }
        }
        Ok(())
    }

    /// Copies the photos into a server's folder, in which no others are. Each file appears whole or not at all.
    pub(super) fn restore(&self, backup: &Path, to: &Path) -> anyhow::Result<()> {
        if self.sha256.is_empty() {
            return Ok(());
        }
        create_private(to)?;
        for name in self.sha256.keys() {
            let unfinished = to.join(format!("{UNFINISHED}{name}"));
            // Remains of an interrupted restore are not whole.
            let _missing = fs::remove_file(&unfinished);
            write(&mut File::open(backup.join(FOLDER).join(name))?, &unfinished)?;
            fs::rename(&unfinished, to.join(name))?;
        }
        Ok(File::open(to)?.sync_all()?)
    }
}

/// Copies a photo into a backup. Returns false if it does not exist, because it was replaced.
fn copy(from: &Path, backup: &Path, name: &PhotoName) -> anyhow::Result<bool> {
    let mut photo = match File::open(from.join(name.to_string())) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        other => {
            other.with_context(|| format!("{name} in {} cannot be read", absolute_path(from)))?
        }
    };
    create_private(&backup.join(FOLDER))?;
    write(&mut photo, &backup.join(FOLDER).join(name.to_string()))?;
    Ok(true)
}

fn write(from: &mut File, to: &Path) -> anyhow::Result<()> {
    let mut file = new_private_file(to)?;
    io::copy(from, &mut file)?;
    file.flush()?;
    Ok(file.sync_all()?)
}
