//! What a call asks for.

use crate::on_host::LogRules;

/// What a call asks for.
pub(super) struct Query {
    pub(super) service: Option<String>,
    pub(super) lines: u32,
    pub(super) since: Option<i64>,
    /// What every log is cut and masked by.
    pub(super) rules: LogRules,
}
