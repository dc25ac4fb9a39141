//! The limit on what may be logged.

use tracing::{Level, Metadata};

/// Whether an event may be logged, regardless of the operator's filter.
///
/// rmcp (3.8) logs complete arguments and results, including connection strings and tokens. Its
/// warnings contain every error that is sent to a client, which may quote that client's own text.
pub fn may_be_logged(event: &Metadata<'_>) -> bool {
    !event.target().starts_with("rmcp") || *event.level() == Level::ERROR
}
