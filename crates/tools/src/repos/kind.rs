//! The noun for repositories in the journal.

/// The noun in the journal and in messages.
pub(crate) const KIND: &str = "repository";
