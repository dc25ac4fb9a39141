//! Audit entries in files: written before the database drops them, and verified later.

mod export_file;

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::path::{Path, PathBuf};

use covibe_domain::Timestamp;

pub(super) use export_file::{file_error, read_line};

use super::audit_entry::Row;
use crate::error::{Error, Result};

/// The folder that entries are written to before the database drops them: one file for each tenant and
/// month (UTC), such as `ten_acme.2026-10.jsonl`, which only its owner can read.
///
/// Each line is an entry as JSON, whose members are the columns that its digest covers, and `digest`. The
/// lines of a file are in the order of the chain. Several servers may use one folder or one each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFolder(PathBuf);

impl ExportFolder {
    /// Returns the folder at this path, which is created (mode 0700) when it is first written to.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Returns its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes entries of one tenant, in the order of the chain, and waits until they are on the disk. Those
    /// that are in the files already are not written again, so that it may be repeated.
    ///
    /// # Errors
    ///
    /// [`Error::Export`] if a file cannot be written, or has other entries of these numbers.
    pub(super) async fn write(&self, rows: Vec<Row>) -> Result<()> {
        let folder = self.clone();
        let written = tokio::task::spawn_blocking(move || folder.write_now(&rows)).await;
        written.map_err(|_| Error::Export("writing panicked".to_owned()))?
    }

    fn write_now(&self, rows: &[Row]) -> Result<()> {
        create(&self.0).map_err(|error| file_error(&self.0, &error))?;
        let mut months: BTreeMap<PathBuf, Vec<&Row>> = BTreeMap::new();
        for row in rows {
            months.entry(self.0.join(file_name(row))).or_default().push(row);
        }
        months.iter().try_for_each(|(path, rows)| export_file::add(path, rows))
    }
}

/// Returns the name of the file of an entry's tenant and month.
fn file_name(row: &Row) -> String {
    let at = Timestamp::from_millis(row.at).to_string();
    let month = at.get(.."2026-10".len()).unwrap_or_default();
    format!("{}.{month}.jsonl", row.tenant_id)
}

fn create(folder: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
