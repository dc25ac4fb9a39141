//! The companion on machines of its own, with servers of its own: also such as lie, and with hostile repositories.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agents;
mod login;
mod scripted_server;
mod service;
mod setup;
mod sync;
