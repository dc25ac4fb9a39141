//! The audit: every call leaves an entry that says who called what, on which resource, with which
//! outcome.

mod draft;
mod retention;
mod trouble;
mod writer;

pub use draft::{Author, Draft};
pub use writer::{AuditHealth, Auditor};
