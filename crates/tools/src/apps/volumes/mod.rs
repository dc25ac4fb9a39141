//! The volumes of an app.

mod errors;
pub(super) mod list;
pub(super) mod wipe;
