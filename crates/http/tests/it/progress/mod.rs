//! Clients of MCP that ask for progress are told how far a call is.

mod deploying;
mod following;
mod printing;
mod provisioning;
