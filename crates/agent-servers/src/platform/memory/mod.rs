//! Notes that outlive a conversation.

mod entry;
mod found;
mod store;

pub(super) use entry::{Entry, MAX_TAG, MAX_TAGS};
pub(super) use found::Filter;
pub(super) use store::{Found, MemoryStore, Numbered};

/// The maximum size of a note, in bytes.
pub(super) const MAX_CONTENT: usize = 64 * 1024;

/// The maximum number of notes of a session key.
pub(super) const MAX_ENTRIES: usize = 1_000;
