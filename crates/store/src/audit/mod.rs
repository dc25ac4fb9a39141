//! The audit: append-only, one chain for each tenant, written in batches.

mod append;
mod chain;
mod cut;
mod entry;
mod export;
mod find;
mod list;
mod old;
mod partitions;
mod stored;
mod unfinished;
mod verify;

pub use entry::{AuditEntry, AuditRecord, Repeats};
pub use export::ExportFolder;
pub use list::AuditFilter;
pub use verify::{Verified, VerifiedExport, VerifyOptions};
