//! The gate as a process, between a client and an engine.

mod container_starts;
mod control_group;
mod engine_stub;
mod exec_commands;
mod forwarded_requests;
mod gate_client;
mod inherited_labels;
mod process_termination;
mod random_input;
mod reduced_answers;
mod ssh;

/// The uuid of the resource that the tests act on.
const UUID: &str = "abcdefghijkl012345678901";

/// The id of its container.
fn container() -> String {
    "0af9".repeat(16)
}

/// The id of a command in it.
fn command() -> String {
    "1be8".repeat(16)
}

#[expect(clippy::print_stderr, reason = "the output of a test run must say what was skipped")]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}
