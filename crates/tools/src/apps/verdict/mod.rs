//! What became of a deployment: more than Coolify's `finished`.

mod follow;
mod look;
mod outcome;
mod watch;

pub(super) use follow::{application, service};
pub(super) use outcome::Outcome;
