//! Private files that several processes write, and that a kill at any point leaves readable: a folder of numbered ones.

mod lock;
mod private_files;

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use covibe_domain::{Failure, Kind};
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::lock::Lock;
use self::private_files::{remove_leftovers, sync_folder};
use crate::platform::file_and_setting_errors::not_stored;

pub(super) use self::private_files::{Record, read_json, write_json};

/// The number of digits of a name, so that names sort as numbers do.
const DIGITS: usize = 12;

/// A folder of numbered files, each of which is written once.
#[derive(Clone, Debug)]
pub(in crate::platform) struct Shelf {
    folder: PathBuf,
    /// The maximum size of a file, in bytes.
    max: u64,
}

/// A shelf that no other process changes.
#[derive(Debug)]
pub(in crate::platform) struct ShelfGuard {
    shelf: Shelf,
    _lock: Lock,
}

impl Shelf {
    pub(in crate::platform) fn new(folder: PathBuf, max: u64) -> Self {
        Self { folder, max }
    }

    pub(in crate::platform) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps other processes from changing the shelf; waits for them at most this long.
    pub(in crate::platform) async fn lock(
        &self,
        patience: Duration,
    ) -> Result<ShelfGuard, Failure> {
        let lock = Lock::acquire(&self.folder, patience).await?;
        let guard = ShelfGuard { shelf: self.clone(), _lock: lock };
        blocking(move || {
            remove_leftovers(&guard.shelf.folder).map_err(|error| not_stored(&error))?;
            Ok(guard)
        })
        .await
    }

    /// Returns the numbers, the lowest first; empty if the folder does not exist yet.
    pub(in crate::platform) fn numbers(&self) -> io::Result<Vec<u64>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let names = entries.map(|entry| Ok(entry?.file_name().to_str().and_then(number)));
        let mut numbers = names.filter_map(Result::transpose).collect::<io::Result<Vec<_>>>()?;
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Reads a file.
    pub(in crate::platform) fn read<T: DeserializeOwned>(
        &self,
        number: u64,
    ) -> io::Result<Record<T>> {
        read_json(&self.folder, &name(number), self.max)
    }
}

impl ShelfGuard {
    pub(in crate::platform) fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Adds a file as the newest one. It is on the disk when this returns.
    pub(in crate::platform) fn add(&self, value: &impl Serialize) -> io::Result<u64> {
        let newest = self.shelf.numbers()?.last().copied().unwrap_or(0);
        let next = newest.checked_add(1).ok_or(ErrorKind::FileTooLarge)?;
        write_json(&self.shelf.folder, &name(next), value)?;
        Ok(next)
    }

    /// Removes a file.
    pub(in crate::platform) fn remove(&self, number: u64) -> io::Result<()> {
        fs::remove_file(self.shelf.folder.join(name(number)))?;
        sync_folder(&self.shelf.folder)
    }
}

fn name(number: u64) -> String {
    format!("{number:0DIGITS$}.json")
}

/// Returns the number of a file's name. Other names, such as those of files that were set aside, have none.
fn number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".json")?;
    let is_number = digits.len() >= DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

/// Does what blocks on files, on a thread that may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.unwrap_or_else(|error| {
        tracing::error!(%error, "a task that worked on files ended early");
        Err(Failure::new(Kind::Upstream, "The server stopped working on the files.")
            .hint("Check what is stored, then repeat the call."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn record_numbers_increase_and_files_of_other_names_are_ignored() {
        let home = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(home.path().join("notes"), 100);
        assert!(shelf.numbers().unwrap().is_empty());
        let guard = shelf.lock(Duration::from_secs(1)).await.unwrap();
        for expected in 1..=3 {
            assert_eq!(guard.add(&"x").unwrap(), expected);
        }
        guard.remove(1).unwrap();
        for other in ["7.json", "000000000009.json.corrupt", "000000000x09.json", ".tmp-1"] {
            fs::write(shelf.folder().join(other), "1").unwrap();
        }
        assert_eq!(shelf.numbers().unwrap(), [2, 3]);
        assert_eq!(guard.add(&"y").unwrap(), 4);
        assert!(matches!(shelf.read::<String>(4).unwrap(), Record::Here(text) if text == "y"));
        assert!(matches!(shelf.read::<String>(1).unwrap(), Record::Gone));
    }
}
