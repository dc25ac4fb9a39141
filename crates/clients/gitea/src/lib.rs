//! The part of the Gitea API, 1.22 to 1.27, that provisioning and repositories need.
//!
//! The client acts as one site administrator. It decides by status, because Gitea's texts change
//! between releases. A 404 may also mean that the resource is not visible.

mod client;
mod keys;
mod location;
mod orgs;
mod page;
mod refusal;
mod repos;
mod teams;
mod tokens;
mod users;

pub use client::{Client, Config};
pub use covibe_upstream::{Cause, ConfigError, Conflict, Effect, Error};
pub use keys::Key;
pub use orgs::{Org, Visibility};
pub use repos::Repo;
pub use tokens::{NewToken, Token};
pub use users::User;
