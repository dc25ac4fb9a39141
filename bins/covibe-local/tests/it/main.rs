//! The companion as it ships, on machines of its own, with a server in this process.

mod bridge_client;
mod command_line_errors;
mod developer_machine;
mod hostile_environment;
mod mcp_clients;
mod npm_package;
mod repository_activity;
mod setup;
mod systemd_service;
