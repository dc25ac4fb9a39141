//! The transport against a raw server, and the budget under a paused clock.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod budget_fairness;
mod budget_groups;
mod call_outcomes;
mod failure_log_and_call_counts;
mod google_tokens;
mod learned_limits;
mod priorities;
mod redaction;
mod retries;
mod scripted_server;
mod shared_budget;
mod shared_budget_trouble;
mod signed_commands;
mod streamed_answers;
