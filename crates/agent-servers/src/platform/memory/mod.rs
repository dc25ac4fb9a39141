//! Notes that outlive a conversation: those of a session key, a file each.

mod note;
mod note_search;

use std::io;
use std::time::Duration;

use covibe_domain::Failure;

use crate::platform::file_and_setting_errors::{not_read, not_stored};
use crate::platform::files::{Record, Shelf, ShelfGuard, blocking};
use crate::platform::session_folder::SessionFolder;

pub(super) use self::note::{Entry, MAX_CONTENT, MAX_TAG, MAX_TAGS};
pub(super) use self::note_search::Filter;

/// The maximum number of notes of a session key.
pub(super) const MAX_ENTRIES: usize = 1_000;

/// The maximum size of a note's file, in bytes: JSON escapes a character by up to six.
const MAX_FILE: u64 = MAX_CONTENT as u64 * 6 + 16 * 1024;

/// The longest wait for other processes; each of them needs milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// The maximum number of notes that are kept in memory for an answer.
const MAX_FOUND: usize = 100;

/// The notes of a session key.
#[derive(Clone, Debug)]
pub(in crate::platform) struct MemoryStore(Shelf);

/// A note with its number.
#[derive(Debug)]
pub(in crate::platform) struct Numbered {
    pub(in crate::platform) id: u64,
    pub(in crate::platform) entry: Entry,
}

/// A note was saved.
#[derive(Debug)]
pub(in crate::platform) struct Saved {
    pub(in crate::platform) id: u64,
    /// The number of notes now.
    pub(in crate::platform) total: usize,
    /// The oldest notes, which had to go.
    pub(in crate::platform) removed: Vec<Numbered>,
    /// The names of files that could not be read.
    pub(in crate::platform) set_aside: Vec<String>,
}

/// The notes that match a filter.
#[derive(Debug, Default)]
pub(in crate::platform) struct MatchingNotes {
    /// The newest of them first.
    pub(in crate::platform) entries: Vec<Numbered>,
    /// Their number.
    pub(in crate::platform) total: usize,
    /// The names of files that could not be read.
    pub(in crate::platform) set_aside: Vec<String>,
}

impl MemoryStore {
    pub(in crate::platform) fn new(session: &SessionFolder) -> Self {
        Self(Shelf::new(session.join("memory"), MAX_FILE))
    }

    /// Adds a note. Beyond [`MAX_ENTRIES`], the oldest one is removed and returned.
    pub(in crate::platform) async fn save(&self, entry: Entry) -> Result<Saved, Failure> {
        let guard = self.0.lock(PATIENCE).await?;
        blocking(move || save(&guard, &entry).map_err(|error| not_stored(&error))).await
    }

    /// Returns the notes that match.
    pub(in crate::platform) async fn find(&self, filter: Filter) -> Result<MatchingNotes, Failure> {
        let notes = self.0.clone();
        blocking(move || find(&notes, &filter).map_err(|error| not_read(&error))).await
    }
}

/// The new note is on the disk before an old one goes. After a kill in between, the next call removes one more.
fn save(guard: &ShelfGuard, entry: &Entry) -> io::Result<Saved> {
    let id = guard.add(entry)?;
    let numbers = guard.shelf().numbers()?;
    let surplus = numbers.len().saturating_sub(MAX_ENTRIES);
    let mut saved =
        Saved { id, total: numbers.len() - surplus, removed: Vec::new(), set_aside: Vec::new() };
    for oldest in numbers.into_iter().take(surplus) {
        match guard.shelf().read(oldest)? {
            Record::Here(entry) => {
                guard.remove(oldest)?;
                saved.removed.push(Numbered { id: oldest, entry });
            }
            Record::SetAside(name) => saved.set_aside.push(name),
            Record::Gone => {}
        }
    }
    Ok(saved)
}

fn find(shelf: &Shelf, filter: &Filter) -> io::Result<MatchingNotes> {
    let mut found = MatchingNotes::default();
    for id in shelf.numbers()?.into_iter().rev() {
        match shelf.read::<Entry>(id)? {
            Record::Here(entry) if filter.matches(&entry) => {
                found.total += 1;
                if found.entries.len() < MAX_FOUND {
                    found.entries.push(Numbered { id, entry });
                }
            }
            Record::SetAside(name) => found.set_aside.push(name),
            Record::Here(_) | Record::Gone => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use covibe_domain::Timestamp;

    use super::*;

    fn note(content: &str) -> Entry {
        Entry::new(Timestamp::now(), &[], content.to_owned()).unwrap()
    }

    #[tokio::test]
    async fn saving_a_note_removes_all_notes_over_the_limit_and_returns_them() {
        let home = tempfile::tempdir().unwrap();
        let store = MemoryStore(Shelf::new(home.path().join("memory"), MAX_FILE));
        {
            let guard = store.0.lock(PATIENCE).await.unwrap();
            for number in 0..=MAX_ENTRIES {
                guard.add(&note(&format!("note {number}"))).unwrap();
            }
        }
        let saved = store.save(note("the last")).await.unwrap();
        let removed: Vec<_> =
            saved.removed.iter().map(|each| (each.id, &*each.entry.content)).collect();
        assert_eq!((removed, saved.total), (vec![(1, "note 0"), (2, "note 1")], MAX_ENTRIES));
        assert_eq!(store.find(Filter::default()).await.unwrap().total, MAX_ENTRIES);
    }
}
