//! The server as a process of its own.

mod audit;
mod backups;
mod binary;
mod check;
mod clients;
mod commands;
mod connect;
mod data_directory;
mod descriptors;
mod frozen;
mod killed;
mod log_levels;
mod logs;
mod mistakes;
mod moving;
mod operator;
mod pages;
mod proxies;
mod reconcile;
mod rewrite;
mod rotation;
mod secrets;
mod server;
mod stopping;
mod tenants;
mod unread_log;
