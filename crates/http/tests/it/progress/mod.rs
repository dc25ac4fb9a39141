//! Clients of MCP that ask for progress are told how far a call is.

mod command_output;
mod deployments;
mod log_following;
mod provisioning;
