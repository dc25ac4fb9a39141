//! The runner as a process: jobs, doors, kills, and a simulated Gitea with real repositories.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agent_process;
mod agent_server_tools;
mod cancelling;
mod client_folders;
mod crash_recovery;
mod event_stream;
mod example_agents;
mod job_queue;
mod raw_http_client;
mod repositories;
mod request_checks;
mod retention;
mod settings;
mod test_runner;
