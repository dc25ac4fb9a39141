//! The query of a call for logs.

use crate::on_host::LogRules;

/// The query of a call for logs.
pub(super) struct Query {
    pub(super) service: Option<String>,
    pub(super) lines: u32,
    pub(super) since: Option<i64>,
    /// The rules for cutting and masking every log.
    pub(super) rules: LogRules,
}
