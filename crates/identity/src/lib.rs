//! API keys: recognized, minted, listed, revoked.

mod authenticate;
mod cache;
mod caller;
mod identity;
mod keys;
mod last_used;

pub use authenticate::Refusal;
pub use caller::Caller;
pub use identity::Identity;
pub use keys::{KeyRequest, NewApiKey};
