//! Failures of the project operations.

use covibe_domain::Failure;

/// 400: the text is not one line.
pub(super) fn invalid_line(param: &str) -> Failure {
    Failure::invalid(format!("`{param}` must be one line of text."))
}

/// 400: PostgreSQL can't store the text.
pub(super) fn nul_in_body() -> Failure {
    Failure::invalid("`body` must be text; it has a NUL character.")
}

/// 400: an update without changes.
pub(super) fn no_changes() -> Failure {
    Failure::invalid("No changes given.").hint("Pass name, kind, body, repo or links.")
}
