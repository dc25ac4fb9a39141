//! actix-web in front of the dispatcher: REST, both MCP envelopes, health, the OpenAPI document, and
//! how clients connect.
//!
//! This crate only translates. The dispatcher decides what a call may do and what it answers.

mod app_state;
mod buffered_body;
pub mod clients;
mod companion_api;
mod connection;
mod console;
mod cookbook;
mod device_setup;
mod health;
mod hooks;
mod host_and_origin_check;
mod incomplete_configuration;
mod log_filter;
mod mcp;
mod packages;
mod pages;
mod people;
mod photos;
#[cfg(test)]
#[path = "../../compose/tests/it/processor_time.rs"]
mod processor_time;
mod request_intake;
mod responses;
mod rest;
mod server;

pub use app_state::{App, AuthMode};
pub use connection::{ConnectionLimits, Connections, InvalidProxy, Proxies, Reason};
pub use incomplete_configuration::serve_blocked;
pub use log_filter::may_be_logged;
pub use packages::Packages;
pub use photos::remove_lost_photos;
pub use server::{Running, serve};
