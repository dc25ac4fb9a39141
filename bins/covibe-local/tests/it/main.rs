//! The companion as it ships, on machines of its own, with a server in this process.

mod activity;
mod bridge;
mod clients;
mod command_line_errors;
mod developer_machine;
mod package;
mod service;
mod setup;
