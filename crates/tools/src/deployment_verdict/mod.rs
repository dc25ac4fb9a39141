//! The verdict on a deployment or start: whether it runs, which Coolify's `finished` does not say.
//!
//! `Witness` notes the containers that were there before, so that only those of this start count, and `Monitor`
//! judges successive observations. If one upstream does not answer, the observations of the other one still count.

mod application_verdict;
mod container_facts;
mod container_monitor;
mod crashed_containers;
mod deployment_outcome;
mod docker_evidence;
#[cfg(test)]
mod model;
mod observation_rounds;
mod outcome_reasons;
mod start_observations;
mod start_verdict;
mod started_containers;
mod verdict_kind;

pub(crate) use application_verdict::application;
pub(crate) use deployment_outcome::Outcome;
pub(crate) use docker_evidence::Witness;
pub(crate) use start_verdict::{follow, follow_new, last_sight, start, unfollowed_warning};
