//! The manifest of a backup: the contents that its file must have.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use covibe_domain::Timestamp;
use covibe_store::Contents;
use serde::{Deserialize, Serialize};

use super::file_digests::digest;
use super::photos::Photos;
use crate::server_files::{absolute_path, new_private_file};

const NAME: &str = "manifest.json";

/// The form of manifests; later releases may write another one.
const FORMAT: u32 = 1;

/// The description of a backup.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    /// The release that made the backup.
    program: String,
    /// When it was made.
    at: String,
    /// The file with the rows.
    pub(super) file: String,
    bytes: u64,
    sha256: String,
    pub(super) photos: Photos,
    /// The contents that a restored database must have.
    #[serde(flatten)]
    pub(super) contents: Contents,
}

impl Manifest {
    /// Returns the manifest of a file in a directory, which is on the disk afterwards.
    pub(super) fn describe_file(
        directory: &Path,
        file: &str,
        at: Timestamp,
        contents: Contents,
        photos: Photos,
    ) -> anyhow::Result<Self> {
        let path = directory.join(file);
        File::open(&path)?.sync_all()?;
        let (bytes, sha256) = digest(&path)?;
        let (program, at) = (env!("CARGO_PKG_VERSION").to_owned(), at.to_string());
        let (format, file) = (FORMAT, file.to_owned());
        Ok(Self { format, program, at, file, bytes, sha256, photos, contents })
    }

    /// Writes it into the directory, and the directory to the disk.
    pub(super) fn write(&self, directory: &Path) -> anyhow::Result<()> {
        let mut file = new_private_file(&directory.join(NAME))?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        file.sync_all()?;
        Ok(File::open(directory)?.sync_all()?)
    }

    /// Reads the manifest of a backup whose files are as they were written.
    pub(super) fn read(directory: &Path) -> anyhow::Result<Self> {
        let path = directory.join(NAME);
        let text = fs::read(&path).with_context(|| {
            format!("{} cannot be read: the backup is not complete", absolute_path(&path))
        })?;
        let manifest: Self = serde_json::from_slice(&text)
            .with_context(|| format!("{} is not a backup manifest", absolute_path(&path)))?;
        if manifest.format != FORMAT {
            bail!("release {} made this backup in an unknown format", manifest.program);
        }
        let unknown = manifest.contents.unknown_migrations()?;
        if !unknown.is_empty() {
            bail!(
                "release {} made this backup, with migrations that this one does not know: {}. Use \
                 that release or a later one",
                manifest.program,
                unknown.join(", ")
            );
        }
        let file = directory.join(&manifest.file);
        let found =
            digest(&file).with_context(|| format!("{} cannot be read", absolute_path(&file)))?;
        if found != (manifest.bytes, manifest.sha256.clone()) {
            bail!("{} has changed since it was written: its digest differs", absolute_path(&file));
        }
        manifest.photos.verify(directory)?;
        Ok(manifest)
    }

    /// Returns a summary of the contents in one line.
    pub(super) fn summary(&self) -> String {
        format!(
            "{} tenants, {} workspaces, {} audit entries, {} bytes, {}, of {}",
            self.contents.count("tenants"),
            self.contents.count("vibn_workspaces"),
            self.contents.count("audit_log"),
            self.bytes,
            self.photos.summary(),
            self.at
        )
    }

    /// Fails if a database has other contents.
    pub(super) fn compare(&self, restored: &Contents) -> anyhow::Result<()> {
        let differences = self.contents.differences(restored);
        if differences.is_empty() {
            return Ok(());
        }
        bail!("the restored database differs from the manifest:\n  {}", differences.join("\n  "))
    }
}
