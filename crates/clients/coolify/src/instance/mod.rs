//! The instance itself: its version, its token's abilities, servers, projects and keys.

mod destinations;
mod mcp;
mod projects;
mod servers;
mod ssh_keys;
mod token_abilities;
mod version;

use covibe_upstream::{Cause, Effect, Error, Trouble};

pub use projects::{Environment, Project};
pub use servers::{Proxy, Server, ServerCondition};
pub use ssh_keys::PrivateKey;
pub use token_abilities::Abilities;
pub use version::{Support, UnreadableVersion, Version};

/// Returns the error for a choice that only the operator can make, and logs it: no answer of
/// Coolify's says so.
fn undecided_error(path: &'static str, trouble: Trouble) -> Error {
    let (upstream, method, cause) = ("Coolify", "GET", Cause::Operator(trouble));
    tracing::warn!(upstream, method, path, %cause, "Coolify cannot be used with its current configuration");
    Error { upstream, method, path, cause, effect: Effect::None }
}
