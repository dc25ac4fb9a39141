//! The audit: every call leaves an entry that says who called what, on which resource, with which
//! outcome.

mod audit_health;
mod auditor;
mod author;
mod draft;
mod lane;
mod lost_entries;
mod request_id;
mod retention;
mod shared;
mod unfinished_calls;
mod writer;

pub use audit_health::AuditHealth;
pub use auditor::{AuditLoad, Auditor};
pub use author::Author;
pub use draft::Draft;
pub use request_id::RequestId;
pub(crate) use request_id::random_id;
pub(crate) use retention::remove_old_records;
