//! The companion: it runs on a developer's machine, connects the agents there to a server, and sends the activity of the
//! repositories that they work in.
//!
//! | modules | of |
//! |---|---|
//! | [`setup`], [`login`], [`agents`], [`doctor`], [`uninstall`] | the commands that a person runs |
//! | [`bridge`], [`mcp_headers`] | the way of an agent's calls |
//! | [`hook`], [`inbox`], [`exclude`] | events of agents, noted or left out |
//! | [`sync`], [`git`], [`snapshot`], [`sessions`], [`queue`], [`uplink`] | the loop that sends the activity |
//! | [`service`], [`program_copies`] | the service that runs the loop, and the programs |
//!
//! Everything that it keeps lies in one folder, `~/.covibe` ([`home::CompanionHome`]). Nothing of the server runs here.
//!
//! An agent's hook notes an event as a small file in `inbox/`, without the network. The loop of the service reads
//! it, looks at the worktree by git, writes items into `queue/`, and sends them in batches with a key of scope
//! `ingest`, which calls nothing else: `Credential::Companion` in `crates/dispatch` is the only place that accepts
//! it.

pub mod agent_kinds;
pub mod agents;
pub mod bridge;
pub mod command_error;
pub mod credentials;
pub mod doctor;
pub mod exclude;
mod files_without_fsync;
pub mod git;
pub mod home;
pub mod hook;
pub mod inbox;
pub mod login;
pub mod mcp_headers;
pub mod origin;
pub mod program_copies;
pub mod progress_output;
pub mod queue;
pub mod repos;
pub mod server;
pub mod service;
pub mod sessions;
pub mod settings;
pub mod setup;
pub mod snapshot;
pub mod sync;
pub mod transcript;
pub mod uninstall;
pub mod uplink;

pub use agent_kinds::Agent;
pub use command_error::{Exit, Problem};
pub use home::CompanionHome;
pub use origin::Origin;
