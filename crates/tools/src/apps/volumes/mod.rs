//! The volumes of an app.

pub(super) mod list;
