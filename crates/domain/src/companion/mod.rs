//! The wire format between the companion on a developer's machine and the server: `GET /api/companion/me`,
//! `POST /api/companion/batch` and `DELETE /api/companion/repos/{key}`.
//!
//! Nothing here has room for the name of a file, a commit's message, a prompt or an absolute path. Repositories and
//! paths are keyed by [`ActivityKey`], an HMAC with the salt of the workspace.

mod activity_keys;
mod batch;
mod batch_items;

pub use activity_keys::{ActivityKey, InvalidActivityKey};
pub use batch::{
    Batch, BatchAnswer, CompanionIdentity, ItemAnswer, ItemStatus, MAX_BATCH_BYTES,
    MAX_BATCH_ITEMS, MAX_ITEM_BYTES, Machine, Overlap,
};
pub use batch_items::{
    ActivityItem, Counters, DirtyState, ItemBody, MAX_DIRTY_PATHS, RepositoryRef, Session,
    SnapshotBody, SnapshotHead, SnapshotUpstream, TokenCounts, ToolCounts, WorktreeRef,
};
