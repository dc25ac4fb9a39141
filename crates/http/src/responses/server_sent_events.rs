//! Server-sent events.

use std::fmt::Display;

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Bytes;
use covibe_domain::Failure;
use futures_util::Stream;

/// Returns an answer that consists of events.
pub(crate) fn event_stream(
    events: impl Stream<Item = Result<Bytes, Failure>> + 'static,
) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        // nginx would keep the events back.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(events)
}

/// Returns an event with JSON, which has no line breaks outside its texts, where they are escaped.
pub(crate) fn event(name: &str, data: impl Display) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_has_its_data_on_a_single_line() {
        assert_eq!(
            event("log", json!({ "logs": "a\nb" })),
            "event: log\ndata: {\"logs\":\"a\\nb\"}\n\n"
        );
    }
}
