//! The content of a file of the queue.

use std::path::PathBuf;

use covibe_domain::companion::{ActivityItem, ActivityKey};
use serde::{Deserialize, Serialize};

use crate::origin::Origin;

/// The content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "almost every value is an item")]
pub enum Content {
    /// An item of a batch.
    Item(ActivityItem),
    /// A repository that the server is to forget.
    Forget(ActivityKey),
}

/// An item, the server that it is for, and where it comes from. The paths stay on this machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The server.
    pub server: Origin,
    /// The worktree that it is about.
    pub worktree: PathBuf,
    /// The common git directory of its repository.
    pub common_dir: PathBuf,
    /// The content.
    pub content: Content,
}

impl Entry {
    /// Returns the item, if it is one.
    pub const fn item(&self) -> Option<&ActivityItem> {
        match &self.content {
            Content::Item(item) => Some(item),
            Content::Forget(_) => None,
        }
    }

    /// Returns the size of the item's JSON, in bytes.
    pub fn wire_size(&self) -> usize {
        self.item().and_then(|item| serde_json::to_vec(item).ok()).map_or(0, |json| json.len())
    }
}
