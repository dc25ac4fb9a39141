//! The instance itself: its version, its token's abilities, servers, projects and keys.

mod abilities;
mod destinations;
mod keys;
mod mcp;
mod projects;
mod servers;
mod version;

pub use abilities::Abilities;
pub use keys::PrivateKey;
pub use projects::{Environment, Project};
pub use servers::{Proxy, Server, ServerCondition};
pub use version::{Support, UnreadableVersion, Version};
