//! The metrics of the installation as a whole: whether it serves, what is open in its journals, its disk and its backups.

use std::fmt;
use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use covibe_dispatch::{OpenWork, OperationalFigures};
use rustix::fs::statvfs;

use crate::page::Page;
use crate::sources::Sources;

const READY: (&str, &str) = (
    "covibe_ready",
    "Whether the database and the audit permit calls: 1 where `/api/health` is 200, except while the server stops.",
);

const WORKSPACES: (&str, &str) = ("covibe_workspaces", "Workspaces of all tenants, by status.");

const TENANTS: (&str, &str) = ("covibe_tenants", "Tenants, by status.");

const OPEN: (&str, &str) = (
    "covibe_journal_open",
    "What was begun and has not ended, by kind. A crash leaves it open until somebody repeats the call, or the server \
     finishes it.",
);

const OLDEST: (&str, &str) = (
    "covibe_journal_oldest_timestamp_seconds",
    "When the oldest open entry of a journal was begun, in seconds since 1970, by kind.",
);

const DISK: (&str, &str) =
    ("covibe_disk_free_bytes", "Free bytes of the disk that has the server's data folder.");

const BACKUP: (&str, &str) = (
    "covibe_backup_last_timestamp_seconds",
    "When the last backup in COVIBE_BACKUP_DIR was finished, in seconds since 1970.",
);

pub(crate) fn write(sources: &Sources, page: &mut Page<'_>) -> fmt::Result {
    let asked = sources.database_answers();
    page.gauge(READY, u64::from(asked.serves))?;
    if let Some(figures) = &asked.figures {
        write_figures(figures, page)?;
    }
    if let Some(free) = free_bytes(&sources.folders.data) {
        page.gauge(DISK, free)?;
    }
    match last_backup(&sources.folders.backups) {
        Some(at) => page.gauge(BACKUP, at),
        None => Ok(()),
    }
}

fn write_figures(figures: &OperationalFigures, page: &mut Page<'_>) -> fmt::Result {
    let workspaces = figures.workspaces.iter();
    page.gauges(
        WORKSPACES,
        workspaces.map(|(status, count)| ([("status", status.as_str())], *count)),
    )?;
    let tenants = figures.tenants.iter();
    page.gauges(TENANTS, tenants.map(|(status, count)| ([("status", *status)], *count)))?;
    let open = || figures.open.iter();
    page.gauges(OPEN, open().map(|(kind, work)| ([("kind", *kind)], work.count)))?;
    let begun = |(kind, work): &(&'static str, OpenWork)| {
        work.oldest.map(|at| ([("kind", *kind)], at.as_millis() / 1000))
    };
    page.gauges(OLDEST, open().filter_map(begun))
}

/// Returns the free bytes of the disk that has a folder, which may not exist yet: on PostgreSQL the server writes few
/// files of its own.
fn free_bytes(folder: &Path) -> Option<u64> {
    let is_there = |place: &&Path| place.exists();
    let place = folder.ancestors().find(is_there).unwrap_or_else(|| Path::new("."));
    let disk = statvfs(place).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Returns the time at which the last backup in a folder was finished, in seconds since 1970; `None` if there is none
/// or the folder can't be read. The manifest of a backup is written last.
fn last_backup(folder: &Path) -> Option<u64> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    let finished = entries.filter_map(|entry| {
        let written = fs::metadata(entry.path().join("manifest.json")).ok()?.modified().ok()?;
        Some(written.duration_since(UNIX_EPOCH).ok()?.as_secs())
    });
    finished.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_without_a_manifest_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(last_backup(&folder.path().join("missing")), None);
        fs::create_dir(folder.path().join("covibe-1")).unwrap();
        assert_eq!(last_backup(folder.path()), None);
        let manifest = folder.path().join("covibe-1/manifest.json");
        fs::write(&manifest, "{}").unwrap();
        let written = fs::metadata(&manifest).unwrap().modified().unwrap();
        let seconds = written.duration_since(UNIX_EPOCH).unwrap().as_secs();
        assert_eq!(last_backup(folder.path()), Some(seconds));
    }
}
