//! The limit on what may be logged.

use tracing::{Level, Metadata};

/// Returns whether an event may be logged, regardless of the operator's filter.
///
/// rmcp (3.8) logs complete arguments and results, including connection strings and tokens. Its
/// warnings contain every error that is sent to a client, which may quote that client's own text.
///
/// actix-http (3.20) logs at ERROR that a client's request is not valid HTTP. That is not an error of
/// the server, and anybody could fill the log with it.
pub fn may_be_logged(event: &Metadata<'_>) -> bool {
    let is_error = *event.level() == Level::ERROR;
    let is_of = |prefix| event.target().starts_with(prefix);
    let is_about_a_client = is_of("actix_http::h1::dispatcher") || is_of("actix_http::h1::decoder");
    if is_about_a_client { !is_error } else { is_error || !is_of("rmcp") }
}
