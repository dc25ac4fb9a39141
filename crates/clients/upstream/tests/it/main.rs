//! The transport against a raw server, and the budget under a paused clock.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod budget;
mod commands;
mod drawn;
mod drawn_trouble;
mod google;
mod groups;
mod learned;
mod outcomes;
mod priorities;
mod redaction;
mod repeats;
mod server;
mod streamed;
mod told_operator;
