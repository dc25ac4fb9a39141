//! API keys: recognized, minted, listed, revoked.

mod authenticate;
mod cache;
mod caller;
mod expiry;
mod identity;
mod keys;
mod last_used;

pub use authenticate::Refusal;
pub use caller::Caller;
pub use expiry::Expiry;
pub use identity::Identity;
pub use keys::{KeyRequest, MINTED_A_DAY, NewApiKey};
