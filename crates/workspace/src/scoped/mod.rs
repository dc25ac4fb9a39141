//! Upstreams and records as far as they belong to one workspace.

mod coolify;
mod gitea;
mod keys;
mod projects;

pub use coolify::{AnyApp, Coolify};
pub use gitea::Gitea;
pub use keys::Keys;
pub use projects::{NewProject, Projects};
