//! Stopping, starting and restarting what runs: by docker where the server reaches its host, else by
//! Coolify.
//!
//! Docker keeps what runs: the version, the log and the files. Coolify removes the containers at a stop and
//! creates new ones at a start. Nothing of a call is journaled: each reads what the containers do before it
//! changes anything, so that a repeated call does what a killed one left undone.

mod action;
mod answer;
mod by_coolify;
mod by_docker;
mod call;
mod database;
mod errors;
mod label_check;
mod pending_change;
mod run;
mod state_watch;

pub(crate) use action::Action;
pub(crate) use answer::Controlled;
pub(crate) use by_coolify::{ByCoolify, StartResult};
pub(crate) use call::{Control, Turn};
pub(crate) use database::{Databases, restart_database};
pub(crate) use errors::{being_deleted, deployment_under_way, start_under_way};
