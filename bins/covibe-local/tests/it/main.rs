//! The companion as it ships, on machines of its own, with a server in this process.

mod activity;
mod bridge;
mod clients;
mod laptop;
mod package;
mod service;
mod setup;
mod usage;
