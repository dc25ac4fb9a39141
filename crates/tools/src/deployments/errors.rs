//! Failures of the deployment operations.

use covibe_domain::Failure;

/// 400: the text to search for is too long.
pub(super) fn unsearchable_text() -> Failure {
    Failure::invalid("`search` is too long.").hint("Pass a shorter text.")
}
