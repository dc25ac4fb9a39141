//! What Gitea accepts, and how it pages.

pub(crate) mod accounts;
pub(crate) mod names;
pub(crate) mod paging;

mod input;

pub(crate) use input::Input;
