//! The product requirements document of a session key: versions on this machine and, if there is a server, a project there.

mod link;
mod publish;
mod server;
mod store;
mod version;

pub(super) use link::Published;
pub(super) use server::Server;
pub(super) use store::{Current, Finalized, PrdStore};
pub(super) use version::{MAX_TEXT, MAX_TITLE, Version};
