//! Access tokens: JWTs that are signed with RS256 (RFC 7515, RFC 7519), verified by the keys that WorkOS
//! publishes for each client.
//!
//! The rules are those of WorkOS' own libraries: only RS256, a `kid`, `exp` and `sub` required, and
//! no leeway. Where a token names an audience or a client, it has to be ours.

mod claims;
mod key_cache;
mod key_set;
mod token_format;

pub use claims::Claims;
pub(crate) use claims::Expected;
pub(crate) use key_cache::Keys;
