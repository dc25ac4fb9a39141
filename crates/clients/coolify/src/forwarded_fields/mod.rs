//! Every field that is forwarded to Coolify, with its type, its limit and its pattern.
//!
//! Operations check what agents send, each in its own words, and what reaches a shell is of a type
//! that only holds harmless texts. This list is the second wall. The transport holds every request
//! against it before the request is sent; a field that is not listed is refused, whatever its value.

mod calls;
mod patterns;
mod request_check;
mod rule;

pub use calls::CALLS;
pub use covibe_upstream::Outgoing;
pub(crate) use patterns::{is_clone_url, is_env_key, is_template};
pub use request_check::vet;
pub use rule::{Call, Field, Rule, UNLISTED};
