//! A Co-Vibe server: its workspaces and projects, over REST.

mod client;
mod refusals;
mod settings;

pub(super) use client::CoVibe;
pub(in crate::platform) use settings::Server;
