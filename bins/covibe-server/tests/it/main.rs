//! The server as a process of its own.

mod audit;
mod binary;
mod check;
mod commands;
mod killed;
mod logs;
mod secrets;
mod server;
mod tenants;
