//! `queue/`: the items that no server has confirmed, a file an item.
//!
//! A file is called `<priority>-<uuid>-<server>-<repository>-<slot>.json`; the last three are tags. An item replaces the
//! earlier ones of its slot, so that a worktree and a session have at most one each. The names alone say what is to be
//! sent, expired or purged; any process may add and remove files.

mod entry;
mod file_names;
mod limits;

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::PathBuf;

use covibe_domain::companion::{ActivityItem, ActivityKey, MAX_ITEM_BYTES};
use uuid::Uuid;

use crate::files_without_fsync;
use crate::home::{CompanionHome, read_bounded};
use crate::origin::Origin;

pub use entry::{Content, Entry};
pub use file_names::{ItemName, Priority};
pub use limits::{MAX_AGE, MAX_BYTES, MAX_ITEMS, MAX_QUARANTINED};

/// The name of the folder.
pub const QUEUE: &str = "queue";

/// The folder of items that a server rejected.
pub const QUARANTINE: &str = "quarantine";

/// The maximum size of a file: an item and where it comes from, in bytes.
const MAX_FILE: u64 = MAX_ITEM_BYTES as u64 + 16 * 1024;

/// The folder of items.
#[derive(Clone, Debug)]
pub struct Queue<'a> {
    home: &'a CompanionHome,
}

impl<'a> Queue<'a> {
    /// Returns the queue of a folder. It need not exist.
    pub const fn new(home: &'a CompanionHome) -> Self {
        Self { home }
    }

    /// Adds an item, then removes the earlier ones of its slot. An item that is too large goes to quarantine.
    ///
    /// # Errors
    ///
    /// An error of the file system; the earlier items are then still there.
    pub fn add(&self, entry: &Entry, slot: &str) -> io::Result<ItemName> {
        let (priority, id) = match &entry.content {
            Content::Item(item) => (Priority::for_body(&item.body), parse_id(item)?),
            Content::Forget(_) => (Priority::Forget, Uuid::now_v7()),
        };
        let name = ItemName::new(priority, id, entry, slot);
        let content = serde_json::to_vec(entry).map_err(io::Error::other)?;
        let folder = self.home.create_folder(QUEUE)?;
        self.make_room()?;
        files_without_fsync::put(&folder, name.as_str(), &content)?;
        for older in self.names().iter().filter(|other| other.is_replaced_by(&name)) {
            self.remove(older);
        }
        if content.len() as u64 > MAX_FILE || entry.wire_size() > MAX_ITEM_BYTES {
            self.quarantine(&name);
        }
        Ok(name)
    }

    /// Asks a server to forget a repository, as far as this machine reported it.
    ///
    /// # Errors
    ///
    /// An error of the file system.
    pub fn add_forget(&self, server: &Origin, key: &ActivityKey) -> io::Result<ItemName> {
        let content = Content::Forget(key.clone());
        let entry = Entry {
            server: server.clone(),
            worktree: PathBuf::new(),
            common_dir: PathBuf::new(),
            content,
        };
        self.add(&entry, key.as_str())
    }

    /// Returns the names of all items, the most urgent and newest first.
    pub fn names(&self) -> Vec<ItemName> {
        let entries = fs::read_dir(self.folder()).into_iter().flatten().flatten();
        let mut names: Vec<ItemName> =
            entries.filter_map(|e| ItemName::parse(e.file_name().to_str()?)).collect();
        names.sort_unstable_by(|a, b| (a.priority(), b.id()).cmp(&(b.priority(), a.id())));
        names
    }

    /// Returns the names of the items for a server, without those that a later one replaced.
    pub fn pending(&self, server: &Origin) -> Vec<ItemName> {
        let (tag, mut slots) =
            (files_without_fsync::tag(server.as_str().as_bytes()), HashSet::new());
        let mut names = self.names();
        names.retain(|name| name.server() == tag);
        // The newest of a slot comes first; a crash can leave an older one.
        names.retain(|name| {
            let is_newest = slots.insert(name.slot().to_owned());
            if !is_newest {
                self.remove(name);
            }
            is_newest
        });
        names
    }

    /// Returns an item; none if it is gone. One that is not valid goes to quarantine.
    pub fn read(&self, name: &ItemName) -> Option<Entry> {
        let path = self.folder().join(name.as_str());
        if !fs::symlink_metadata(&path).ok()?.is_file() {
            self.remove(name);
            return None;
        }
        let content = match read_bounded(&path, MAX_FILE) {
            Ok(content) => content?,
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Vec::new(),
            Err(_) => return None,
        };
        let entry = serde_json::from_slice::<Entry>(&content).ok();
        let entry = entry.filter(|entry| {
            files_without_fsync::tag(entry.server.as_str().as_bytes()) == name.server()
        });
        if entry.is_none() {
            self.quarantine(name);
        }
        entry
    }

    /// Removes an item, because it is stored or replaced.
    pub fn remove(&self, name: &ItemName) {
        let _ = fs::remove_file(self.folder().join(name.as_str()));
    }

    /// Moves an item to the folder of those that are never sent again.
    pub fn quarantine(&self, name: &ItemName) {
        let from = self.folder().join(name.as_str());
        let folder = self.home.create_folder(QUARANTINE);
        let moved = folder.and_then(|folder| fs::rename(&from, folder.join(name.as_str())));
        if moved.is_err() {
            // It would be sent again and again.
            let _ = fs::remove_file(&from);
        }
        self.limit_quarantine();
    }

    /// Removes the items of a repository, even from quarantine, and returns their number.
    pub fn purge(&self, common_dir: &std::path::Path) -> usize {
        let tag = file_names::repository_tag(common_dir);
        let mut count = 0;
        for name in self.names().iter().filter(|name| name.repository() == tag) {
            self.remove(name);
            count += 1;
        }
        for name in self.quarantined().iter().filter(|name| name.repository() == tag) {
            let _ = fs::remove_file(self.home.path(QUARANTINE).join(name.as_str()));
        }
        count
    }

    /// Returns the items in quarantine, the oldest first.
    pub fn quarantined(&self) -> Vec<ItemName> {
        let entries = fs::read_dir(self.home.path(QUARANTINE)).into_iter().flatten().flatten();
        let mut names: Vec<ItemName> =
            entries.filter_map(|e| ItemName::parse(e.file_name().to_str()?)).collect();
        names.sort_unstable_by_key(ItemName::id);
        names
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.home.path(QUEUE)
    }

    pub(super) const fn home(&self) -> &CompanionHome {
        self.home
    }
}

fn parse_id(item: &ActivityItem) -> io::Result<Uuid> {
    Uuid::try_parse(&item.id).map_err(io::Error::other)
}
