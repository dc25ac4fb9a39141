//! Databases in the journal of creations.

/// The kind of a database in the journal of creations.
pub(super) const KIND: &str = "database";
