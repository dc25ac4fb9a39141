//! The audit: append-only, one chain for each tenant, written in batches.
//!
//! A row (`stored`) does not repeat values: the digest of the entry before is in its row, and an id of a call in
//! the id of the entry. An entry (`audit_entry`) has everything that its digest covers. `append_audit()` on PostgreSQL
//! takes entries and stores rows, so that servers which run on after `migrate` has changed the table can still
//! append. `export` writes the entries that are about to be removed into files, and verifies these against the
//! chain.

mod append;
mod audit_entry;
mod chain;
mod chain_truncation;
mod entry_list;
mod export;
mod partitions;
mod single_entries;
mod stored_row;
mod tenants_with_old_records;
mod unfinished_calls;
mod verify;

pub use audit_entry::{AuditEntry, AuditRecord, Repeats};
pub use entry_list::{AuditFilter, SurfaceTools};
pub use export::ExportFolder;
pub use verify::{Verified, VerifiedExport, VerifyOptions};
