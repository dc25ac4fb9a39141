//! Failures of the workspace operations.

use std::fmt::Display;

use covibe_domain::Failure;

/// 400: the text is not a slug.
pub(super) fn invalid_slug(reason: &impl Display) -> Failure {
    Failure::invalid(format!("`slug`: {reason}.")).hint("Choose another slug.")
}
