//! The tools that sub-agents (coder, PM, marketing) work with: 30 operations in five servers.
//!
//! | module | tools | acts with |
//! |---|---|---|
//! | [`coolify`] | 7 | an operator's Coolify token |
//! | [`gitea`] | 6 | a user's Gitea token |
//! | [`workspace`] | 8 | one folder of this machine |
//! | [`platform`] | 7 | a developer's own notes, a skills repository, a web search |
//! | [`agent`] | 2 | a runner for agent jobs |
//!
//! No workspace of a Co-Vibe server stands behind them. They act with the credentials that they are given, so
//! the guard of [`protected_resources`] refuses changes of what nobody may change: an operation that changes something
//! takes a value that only the guard makes. The crate knows neither a transport nor the environment of the process:
//! [`environment_settings`] are read from what a caller hands in, and [`tool_registry`] has the operations.

pub mod agent;
pub mod confinement;
pub mod coolify;
pub mod environment_settings;
pub mod gitea;
pub mod hardened_git;
pub mod platform;
pub mod protected_resources;
pub mod server_kinds;
pub mod tool_registry;
pub mod tree_removal;
pub mod untrusted_text;
pub mod workspace;
