//! The wall clock.

use covibe_domain::Timestamp;

/// Returns the current time.
pub(crate) fn now() -> Timestamp {
    std::time::SystemTime::now().into()
}
