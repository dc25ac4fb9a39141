//! The bounds of the queue.

use std::fs;
use std::io;
use std::time::Duration;

use super::{ItemName, MAX_FILE, Priority, QUARANTINE, Queue};

/// The maximum number of items.
pub const MAX_ITEMS: usize = 10_000;

/// The maximum size of all items, in bytes.
pub const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// The maximum age of an item. A request to forget something does not expire.
pub const MAX_AGE: Duration = Duration::from_hours(7 * 24);

/// The maximum number of items in quarantine.
pub const MAX_QUARANTINED: usize = 100;

impl Queue<'_> {
    /// Removes the items that are too old, and returns their number.
    pub fn expire(&self) -> usize {
        let is_old = |name: &&ItemName| {
            name.priority() != Priority::Forget && name.made_at().age() > MAX_AGE
        };
        let names = self.names();
        let old: Vec<&ItemName> = names.iter().filter(is_old).collect();
        for name in &old {
            self.remove(name);
        }
        old.len()
    }

    /// Removes the oldest of the least urgent items until there is room for another one.
    pub(super) fn make_room(&self) -> io::Result<()> {
        let mut names = self.names();
        let mut bytes = self.size(&names);
        // The names end with the oldest of the least urgent ones.
        while names.len() >= MAX_ITEMS || bytes + MAX_FILE > MAX_BYTES {
            let Some(name) = names.pop() else { break };
            if name.priority() == Priority::Forget {
                return Err(io::Error::new(io::ErrorKind::QuotaExceeded, "the queue is full"));
            }
            bytes = bytes.saturating_sub(self.file_size(&name));
            self.remove(&name);
        }
        Ok(())
    }

    /// Returns the size of the items: exact where it could exceed the maximum.
    fn size(&self, names: &[ItemName]) -> u64 {
        if (names.len() as u64 + 1) * MAX_FILE <= MAX_BYTES {
            return 0;
        }
        names.iter().map(|name| self.file_size(name)).sum()
    }

    fn file_size(&self, name: &ItemName) -> u64 {
        fs::metadata(self.folder().join(name.as_str())).map_or(0, |metadata| metadata.len())
    }

    pub(super) fn limit_quarantine(&self) {
        let names = self.quarantined();
        let surplus = names.len().saturating_sub(MAX_QUARANTINED);
        for name in &names[..surplus] {
            let _ = fs::remove_file(self.home().path(QUARANTINE).join(name.as_str()));
        }
    }
}
