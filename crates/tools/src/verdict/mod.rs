//! The verdict on a deployment or start: whether it runs, which Coolify's `finished` does not say.
//!
//! `Witness` notes the containers that were there before, so that only those of this start count, and `Monitor`
//! judges successive observations. If one upstream does not answer, the observations of the other one still count.

mod application;
mod container_facts;
mod crashed;
mod docker_evidence;
mod kind;
#[cfg(test)]
mod model;
mod monitor;
mod observation_rounds;
mod outcome;
mod reasons;
mod start;
mod start_observations;
mod started_containers;

pub(crate) use application::application;
pub(crate) use docker_evidence::Witness;
pub(crate) use outcome::Outcome;
pub(crate) use start::{follow, follow_new, last_sight, start, unfollowed_warning};
