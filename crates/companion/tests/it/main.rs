//! The companion on machines of its own, with servers of its own: also such as lie, and with hostile repositories.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agents;
mod http;
mod login;
mod service;
mod setup;
mod sync;
