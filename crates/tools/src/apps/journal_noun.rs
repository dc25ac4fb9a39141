//! The noun for apps in the journal.

/// The noun for an app in the journal and in messages. Apps of both kinds share it, because they
/// share one set of names.
pub(super) const KIND: &str = "app";
