//! Access to upstreams and records, restricted to one workspace.

mod coolify;
mod errors;
mod gitea;
mod keys;
mod projects;

pub use coolify::{AnyApp, Coolify};
pub use gitea::Gitea;
pub use keys::Keys;
pub use projects::{NewProject, Projects};
