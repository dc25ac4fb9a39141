//! A batch of items, its answer, and the identity of a companion.

use serde::{Deserialize, Serialize};

use super::{ActivityItem, ActivityKey};
use crate::Timestamp;

/// The maximum number of items in a batch.
pub const MAX_BATCH_ITEMS: usize = 50;

/// The maximum size of a batch, in bytes of its body.
pub const MAX_BATCH_BYTES: usize = 256 * 1024;

/// The maximum size of an item, in bytes of its JSON.
pub const MAX_ITEM_BYTES: usize = 32 * 1024;

/// The answer to `GET /api/companion/me`: whom the key stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompanionIdentity {
    /// The slug of the key's workspace.
    pub workspace: String,
    /// When the key expires; absent if never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The salt of the workspace for [`ActivityKey`]s: 64 hexadecimal digits. It stays the same for as long as the
    /// workspace exists.
    pub salt: String,
    /// The version of the server.
    pub server_version: String,
    /// The version of the companion that the server hands out; absent if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub companion_version: Option<String>,
    /// The number of days that activity is kept.
    pub retention_days: u32,
}

/// The machine that a batch comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Machine {
    /// A random id, made when the companion was set up.
    pub id: ActivityKey,
    /// The machine's name, as on the approval page: 1 to 64 visible characters.
    pub name: String,
    /// The operating system and architecture, such as `linux-x64`.
    pub platform: String,
    /// The version of the companion.
    pub companion_version: String,
}

/// The body of `POST /api/companion/batch`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Batch {
    /// The machine that sends.
    pub machine: Machine,
    /// When the batch was sent, by the clock of the machine. The server corrects the times of the items by the
    /// difference to its own clock.
    pub sent_at: Timestamp,
    /// At most [`MAX_BATCH_ITEMS`] items.
    pub items: Vec<ActivityItem>,
}

/// The answer to a batch: one entry for each item, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchAnswer {
    /// The fate of each item, in their order.
    pub items: Vec<ItemAnswer>,
    /// Where other sessions have changed the same files as a worktree of this batch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overlaps: Vec<Overlap>,
}

/// The fate of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemAnswer {
    /// The id of the item.
    pub id: String,
    /// The outcome.
    pub status: ItemStatus,
    /// Why it was rejected, in a word such as `too_large`, `invalid` or `forgotten`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// The outcome of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemStatus {
    /// It was stored.
    Accepted,
    /// It was stored before.
    Duplicate,
    /// It will never be stored: sending it again is useless.
    Rejected,
    /// It was not stored this time: send it again later.
    Retry,
}

/// Another session that has changed the same files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overlap {
    /// The repository.
    pub repo: ActivityKey,
    /// The worktree of this batch.
    pub worktree: ActivityKey,
    /// The name of the other machine.
    pub machine: String,
    /// The branch of the other worktree, if its companion sends branches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The number of changed files that both have.
    pub files: u32,
}
