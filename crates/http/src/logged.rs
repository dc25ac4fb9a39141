//! What may be logged at all.

use tracing::{Level, Metadata};

/// Whether an event may be logged, whatever the operator's filter lets through.
///
/// rmcp (3.8) logs arguments and results whole, connection strings and tokens among them, and with a
/// warning every error that a client is answered, which tells that client's own text back.
pub fn may_be_logged(event: &Metadata<'_>) -> bool {
    !event.target().starts_with("rmcp") || *event.level() == Level::ERROR
}
