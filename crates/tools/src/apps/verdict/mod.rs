//! The verdict on a deployment: whether the app runs, which Coolify's `finished` does not say.

mod application;
mod crashed;
mod fault;
mod judged;
mod kind;
mod monitor;
mod outcome;
mod reasons;
mod rejection;
mod service;
mod witness;

pub(super) use application::application;
pub(super) use outcome::Outcome;
pub(super) use service::service;
pub(super) use witness::Witness;
