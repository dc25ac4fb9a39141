//! The volumes of an app.

mod errors;
pub(in crate::apps) mod list;
pub(in crate::apps) mod wipe;
