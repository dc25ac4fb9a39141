//! Copies of files before they are changed: the last three of each, in `backups/`.

use std::io;

use covibe_domain::Timestamp;

use super::undo_records::key;
use crate::agents::planned_changes::FileChange;
use crate::home::{CompanionHome, Mode, write_atomically};

/// The folder of the copies.
const FOLDER: &str = "backups";

/// The number of copies of a file that are kept.
const KEPT: usize = 3;

/// Keeps a copy of a file that will be changed.
pub(super) fn keep(home: &CompanionHome, change: &FileChange) -> io::Result<()> {
    let Some(before) = &change.before else { return Ok(()) };
    let folder = home.create_folder(FOLDER)?;
    let name = change.path.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!("{}-{name}.covibe-backup-", &key(&change.path)[..12]);
    let time: String = Timestamp::now().to_string().replace([':', '-'], "");
    let path = folder.join(format!("{prefix}{time}"));
    if !path.exists() {
        write_atomically(&path, before, Mode::Private)?;
    }
    remove_older(&folder, &prefix)
}

/// Removes all copies but the newest. Their names sort by time.
fn remove_older(folder: &std::path::Path, prefix: &str) -> io::Result<()> {
    let entries = std::fs::read_dir(folder)?.filter_map(Result::ok);
    let mut copies: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix))
        })
        .collect();
    copies.sort_unstable();
    for old in &copies[..copies.len().saturating_sub(KEPT)] {
        std::fs::remove_file(old)?;
    }
    Ok(())
}
