//! Coolify's ids.

use crate::core::random;

/// Returns a random uuid: 24 of `[a-z0-9]`.
pub(crate) fn random() -> String {
    random::lowercase_alphanumeric(24)
}
