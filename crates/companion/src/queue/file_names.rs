//! The names of the files of the queue.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use covibe_domain::Timestamp;
use covibe_domain::companion::ItemBody;
use uuid::Uuid;

use super::Entry;
use crate::files_without_fsync;

/// The urgency of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// A repository is to be forgotten: before anything else is sent.
    Forget,
    /// The state of a worktree.
    Snapshot,
    /// The state of a session.
    Session,
}

impl Priority {
    pub(super) const fn for_body(body: &ItemBody) -> Self {
        match body {
            ItemBody::Snapshot(_) => Self::Snapshot,
            ItemBody::Session(_) => Self::Session,
        }
    }

    const fn digit(self) -> char {
        match self {
            Self::Forget => '0',
            Self::Snapshot => '1',
            Self::Session => '2',
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let all = [Self::Forget, Self::Snapshot, Self::Session];
        all.into_iter().find(|priority| text.chars().eq([priority.digit()]))
    }
}

/// The name of a file of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemName {
    text: String,
    priority: Priority,
    id: Uuid,
}

/// The length of priority and id with the blanks between them.
const HEAD: usize = 1 + 1 + 32 + 1;

/// The length of a tag.
const TAG: usize = 16;

impl ItemName {
    pub(super) fn new(priority: Priority, id: Uuid, entry: &Entry, slot: &str) -> Self {
        let server = files_without_fsync::tag(entry.server.as_str().as_bytes());
        let repository = repository_tag(&entry.common_dir);
        let slot = files_without_fsync::tag(format!("{}{slot}", priority.digit()).as_bytes());
        let (digit, simple) = (priority.digit(), id.simple());
        Self { text: format!("{digit}-{simple}-{server}-{repository}-{slot}.json"), priority, id }
    }

    /// Reads a name; none if it is not one of the queue.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_suffix(".json")?.split('-');
        let priority = Priority::parse(parts.next()?)?;
        let id = Uuid::try_parse(parts.next()?).ok()?;
        let is_tag = |part: &str| part.len() == TAG && part.bytes().all(|b| b.is_ascii_hexdigit());
        let has_tags = parts.clone().count() == 3 && parts.all(is_tag);
        (has_tags && text.len() == HEAD + 3 * TAG + 2 + 5).then(|| Self {
            text: text.to_owned(),
            priority,
            id,
        })
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the urgency.
    pub const fn priority(&self) -> Priority {
        self.priority
    }

    /// Returns the id of the item.
    pub const fn id(&self) -> Uuid {
        self.id
    }

    /// Returns when the item was made, by the clock of then.
    pub fn made_at(&self) -> Timestamp {
        let (seconds, nanos) = self.id.get_timestamp().map_or((0, 0), |at| at.to_unix());
        let millis = seconds.saturating_mul(1000).saturating_add(u64::from(nanos / 1_000_000));
        Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
    }

    pub(super) fn server(&self) -> &str {
        self.tag(0)
    }

    pub(super) fn repository(&self) -> &str {
        self.tag(1)
    }

    pub(super) fn slot(&self) -> &str {
        self.tag(2)
    }

    fn tag(&self, at: usize) -> &str {
        let start = HEAD + at * (TAG + 1);
        &self.text[start..start + TAG]
    }

    /// Returns whether another item of the same slot was added later than this one.
    pub(super) fn is_replaced_by(&self, other: &Self) -> bool {
        self.id != other.id && self.server() == other.server() && self.slot() == other.slot()
    }
}

pub(super) fn repository_tag(common_dir: &Path) -> String {
    files_without_fsync::tag(common_dir.as_os_str().as_bytes())
}
