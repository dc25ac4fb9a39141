//! Clients that ask for progress are told how far a call is.

mod answer_streams;
mod command_output;
mod deployments;
mod log_following;
mod provisioning;
