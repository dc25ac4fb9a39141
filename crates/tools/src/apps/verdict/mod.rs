//! The verdict on a deployment: whether the app runs, which Coolify's `finished` does not say.

mod application;
mod monitor;
mod outcome;
mod reasons;
mod service;

pub(super) use application::application;
pub(super) use outcome::Outcome;
pub(super) use service::service;
