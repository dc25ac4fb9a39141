//! The server as a process of its own.

mod audit;
mod check;
mod killed;
mod secrets;
mod server;
