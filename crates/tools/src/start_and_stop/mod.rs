//! Stopping, starting and restarting what runs: by docker where the server reaches its host, else by
//! Coolify.
//!
//! Docker keeps what runs: the version, the log and the files. Coolify removes the containers at a stop and
//! creates new ones at a start. Nothing of a call is journaled: each reads what the containers do before it
//! changes anything, so that a repeated call does what a killed one left undone.

mod answer;
mod call_execution;
mod control_action;
mod control_call;
mod coolify_control;
mod database_start;
mod docker_control;
mod errors;
mod image_label_check;
mod pending_change;
mod state_watch;

pub(crate) use answer::Controlled;
pub(crate) use control_action::Action;
pub(crate) use control_call::{Control, Turn};
pub(crate) use coolify_control::{ByCoolify, StartResult};
pub(crate) use database_start::{Databases, restart_database};
pub(crate) use errors::{being_deleted, deployment_under_way, start_under_way};
