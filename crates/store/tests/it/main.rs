//! The store on both databases: isolation, schema, transactions, claims, start-up guard.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod activity;
mod api_keys;
mod attempt_limits;
mod audit;
mod audit_chain;
mod audit_exports;
mod audit_listing;
mod audit_partitions;
mod audit_removal;
mod broken_tenant_isolation;
mod chain_truncation;
mod clone_keys;
mod creation_journal;
mod deployment_queue;
mod detached_commands;
mod device_grants;
mod domain_attachments;
mod domain_spending;
mod domains;
mod first_people;
mod fixture;
mod former_domains;
mod full_disk;
mod health;
mod lost_commits;
mod migrations;
mod one_time_links;
mod people;
mod provisioning_runs;
mod pushes;
mod rate_budgets;
mod restored_access;
mod row_samples;
mod row_security_policies;
mod schema_parity;
mod shares;
mod sqlite_file;
mod stalled_connections;
mod storage;
mod tenant_isolation;
mod tenant_rows;
mod transactions;
mod workspaces;
