//! Storages, tasks, backups and tags, which belong to a resource.

use covibe_domain::Timestamp;

use super::storage::Storage;
use super::task::Task;
use crate::coolify::values::Object;

/// The schedule of a database's backups.
pub(crate) struct Backup {
    pub(crate) id: i64,
    pub(crate) uuid: String,
    /// The number of its database, counted separately for each type.
    pub(crate) database_number: usize,
    /// The uuid of its database.
    pub(crate) owner: String,
    /// The class of its database.
    pub(crate) class: String,
    /// The columns that a request can set.
    pub(crate) fields: Object,
    pub(crate) created: Timestamp,
}

/// A tag of a resource.
pub(crate) struct Tag {
    pub(crate) uuid: String,
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) created: Timestamp,
}

/// Everything that belongs to resources, each with the uuid of its owner.
#[derive(Default)]
pub(crate) struct Attached {
    pub(crate) storages: Vec<Storage>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) backups: Vec<Backup>,
    pub(crate) tags: Vec<Tag>,
}

impl Attached {
    /// Removes everything whose owner no longer exists.
    pub(crate) fn retain(&mut self, is_there: impl Fn(&str) -> bool) {
        self.storages.retain(|one| is_there(&one.owner));
        self.tasks.retain(|one| is_there(&one.owner));
        self.backups.retain(|one| is_there(&one.owner));
        self.tags.retain(|one| is_there(&one.owner));
    }

    /// Returns the storages of an owner, oldest first.
    pub(crate) fn storages_of(&self, owner: &str) -> impl Iterator<Item = &Storage> {
        self.storages.iter().filter(move |one| one.owner == owner)
    }
}
