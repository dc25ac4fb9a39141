//! The verdict on a deployment or start: whether it runs, which Coolify's `finished` does not say.
//!
//! `Witness` notes the containers that were there before, so that only those of this start count, and `Monitor`
//! judges successive observations. If one upstream does not answer, the observations of the other one still count.

mod application;
mod container;
mod crashed;
mod kind;
#[cfg(test)]
mod model;
mod monitor;
mod outcome;
mod reasons;
mod rounds;
mod start;
mod start_sight;
mod started_containers;
mod witness;

pub(crate) use application::application;
pub(crate) use outcome::Outcome;
pub(crate) use start::{follow, follow_new, last_sight, start, unfollowed_warning};
pub(crate) use witness::Witness;
