//! Access to upstreams and records, restricted to one workspace.

mod coolify;
mod errors;
mod gitea;
mod keys;
mod projects;

pub use coolify::{AnyApp, Coolify, Looks, Marked};
pub(crate) use gitea::{Account, Known};
pub use gitea::{Gitea, Tip};
pub use keys::Keys;
pub use projects::{NewProject, Projects};
