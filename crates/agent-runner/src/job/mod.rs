//! A job on disk: one folder, which holds all that is known of it.

mod agent_exit;
mod attempt_claim;
mod folder;
mod id;
mod record;

pub(crate) use agent_exit::{Ending, Exit};
pub(crate) use attempt_claim::Claim;
pub(crate) use folder::JobFolder;
pub(crate) use id::JobId;
pub(crate) use record::{JobRepository, Record};
