//! Deliveries of webhooks: their signature, and what they say of a push.
//!
//! Seen with Gitea 1.25.2, 1.21.4 and Forgejo 11.0.1: a delivery comes 0.1 to 4 s after the push, once,
//! and is never repeated. Its body has about 5.5 KB and at most 5 commits (Forgejo 15). A tag has none
//! (Forgejo: `refs/tags/…`). A branch that is deleted has an `after` of zeros only.

mod parse;
mod signature;

pub use parse::{Push, PushHead, Pushed};
pub use signature::{HookSecret, Unsigned};
