//! The checks of what the server writes: its folders, the rows of its database, and its backups.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use covibe_config::{Config, Database};
use covibe_store::{PostgresSnapshot, Store};
use rustix::fs::statvfs;

use crate::check_outcome::{Check, failed_check, outcome, passed_check, warned_check};
use covibe_config::absolute_path;

const FOLDERS: &str = "folders";
const DATABASE: &str = "database.writes";
const BACKUPS: &str = "backups";

/// The file that is written, renamed and removed, in bytes: as much as a few transactions write.
const PROBE: usize = 64 << 10;

/// The free bytes of a disk below which the operator is warned.
const LOW: u64 = 1 << 30;

/// Tries each folder that the server writes to, the database on PostgreSQL, and the role that makes backups.
pub(crate) async fn checks(config: &Config, opens: bool) -> Vec<Check> {
    let mut checks = vec![folders(config)];
    if let Database::Postgres { runtime, .. } = &config.database
        && opens
    {
        checks.push(outcome(DATABASE, try_database(Store::postgres(runtime).await).await));
    }
    if let Some(url) = &config.postgres_backup {
        let begun = PostgresSnapshot::begin(url).await.map(drop);
        let begun = begun.context("the role of COVIBE_POSTGRES_BACKUP_URL can't make a backup");
        checks.push(outcome(BACKUPS, begun.and_then(|()| dumps())));
    }
    checks
}

async fn try_database(store: covibe_store::Result<Store>) -> anyhow::Result<String> {
    store?.try_write().await.context(
        "no row can be written. If PostgreSQL is a replica or read-only, set DATABASE_URL to the \
         primary; if its disk is full, free some space",
    )?;
    Ok("a row can be written".to_owned())
}

/// Looks for the program that dumps a database.
fn dumps() -> anyhow::Result<String> {
    let found = std::process::Command::new("pg_dump").arg("--version").output();
    found.context("pg_dump is missing: install the client programs of PostgreSQL")?;
    Ok("the role sees the rows of all tenants, and pg_dump is installed".to_owned())
}

/// Tries the folders, each with the variable that names it.
fn folders(config: &Config) -> Check {
    let uploads = config.uploads();
    let mut places = vec![("COVIBE_UPLOAD_DIR", uploads.as_path())];
    if matches!(config.database, Database::Sqlite) || config.secrets_key.is_none() {
        places.push(("COVIBE_DATA_DIR", &config.data_dir));
    }
    let export = config.retention.export.as_ref().map(covibe_store::ExportFolder::path);
    places.extend(export.map(|folder| ("COVIBE_AUDIT_EXPORT_DIR", folder)));
    let tried = places.iter().map(|(variable, folder)| {
        try_folder(folder).with_context(|| {
            let folder = absolute_path(folder);
            format!("the server can't write to {folder} ({variable}): give it to the server's user, or name another folder")
        })
    });
    match tried.collect::<anyhow::Result<Vec<_>>>() {
        Err(error) => failed_check(FOLDERS, format!("{error:#}")),
        Ok(free) => match free.into_iter().min() {
            Some(free) if free < LOW => warned_check(
                FOLDERS,
                format!("only {} MiB are free on a disk that the server writes to", free >> 20),
            ),
            _ => passed_check(FOLDERS, "all are writable"),
        },
    }
}

/// Writes, renames and removes a file in a folder, or where the folder would be made. Returns the free bytes there.
fn try_folder(folder: &Path) -> anyhow::Result<u64> {
    let is_there = |place: &&Path| place.exists();
    let place = folder.ancestors().find(is_there).unwrap_or_else(|| Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".covibe-check-").tempfile_in(place)?;
    file.write_all(&vec![0; PROBE])?;
    file.as_file().sync_all()?;
    let (_, path) = file.keep()?;
    let renamed = path.with_extension("renamed");
    let moved = fs::rename(&path, &renamed);
    fs::remove_file(if moved.is_ok() { &renamed } else { &path })?;
    moved?;
    let disk = statvfs(place)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trial_file_is_removed_from_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert!(try_folder(folder.path()).unwrap() > 0);
        assert!(try_folder(&folder.path().join("not/made/yet")).unwrap() > 0);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_below_a_file_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(try_folder(&file.path().join("folder")).is_err());
    }
}
