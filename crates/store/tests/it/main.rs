//! The store on both databases: isolation, schema, transactions, claims, start-up guard.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod activity;
mod attachments;
mod attempts;
mod audit;
mod budgets;
mod catalogue;
mod chain;
mod clone_keys;
mod commits;
mod creations;
mod cuts;
mod deployment_queue;
mod detached_commands;
mod device_grants;
mod domains;
mod exports;
mod files;
mod fixture;
mod founding;
mod full_disk;
mod guard;
mod health;
mod isolation;
mod keys;
mod links;
mod listing;
mod migrations;
mod parity;
mod partitions;
mod people;
mod pushes;
mod removals;
mod rows;
mod runs;
mod stalls;
mod storage;
mod tenant_rows;
mod transactions;
mod workspaces;
