//! The audit: every call leaves an entry that says who called what, on which resource, with which
//! outcome.

mod audit_health;
mod audit_lanes;
mod auditor;
mod copied_changes;
mod entry_author;
mod entry_draft;
mod lane_writer;
mod lost_entries;
mod request_id;
mod retention;
mod shared_state;
mod unfinished_calls;

pub use audit_health::AuditHealth;
pub use auditor::{AuditLoad, Auditor};
pub(crate) use copied_changes::start_auditing;
pub use entry_author::Author;
pub use entry_draft::Draft;
pub(crate) use entry_draft::audited_text;
pub use request_id::RequestId;
pub(crate) use request_id::random_id;
pub(crate) use retention::remove_old_records;
