//! The transport against a raw server, and the budget under a paused clock.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod budget;
mod budget_groups;
mod google;
mod learned_limits;
mod operator_view;
mod outcomes;
mod priorities;
mod redaction;
mod retries;
mod server;
mod shared_budget;
mod shared_budget_trouble;
mod signed_commands;
mod streamed;
