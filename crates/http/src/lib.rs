//! actix-web in front of the dispatcher: REST, both MCP envelopes, health, the OpenAPI document, and
//! how clients connect.
//!
//! This crate only translates. The dispatcher decides what a call may do and what it answers.

mod answer;
mod app;
mod blocked;
mod body;
pub mod clients;
mod companion;
mod connection;
mod console;
mod cookbook;
mod devices;
mod doors;
mod health;
mod hooks;
mod intake;
mod log_filter;
mod mcp;
mod packages;
mod pages;
mod people;
mod photos;
mod rest;
mod server;

pub use app::{App, AuthMode};
pub use blocked::serve_blocked;
pub use connection::{ConnectionLimits, Connections, InvalidProxy, Proxies, Reason};
pub use log_filter::may_be_logged;
pub use packages::Packages;
pub use photos::remove_lost_photos;
pub use server::{Running, serve};
