//! Small bodies of requests without a key.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::web::Payload;
use covibe_domain::Failure;
use covibe_operation::read_json;
use serde::de::DeserializeOwned;

use crate::app_state::App;
use crate::buffered_body::{BodyLimit, body_of_stranger};

/// The bounds of a body. Whoever has no key can send many.
const LIMIT: BodyLimit = BodyLimit {
    noun: "body",
    most: 4 * 1024,
    size: "4 KiB",
    hint: "Send a smaller body.",
    within: Duration::from_secs(10),
};

/// Reads a JSON object with these members.
///
/// # Errors
///
/// Invalid if it has other members or values, too large above 4 KiB, limited if other bodies take too much memory, a
/// timeout after 10 seconds.
pub(super) async fn read<T: DeserializeOwned>(
    app: &App,
    request: &HttpRequest,
    payload: Payload,
    members: &str,
) -> Result<T, Failure> {
    let held = body_of_stranger(&app.dispatcher, request);
    let body = LIMIT.read(request, payload, held).await?;
    read_json(&body.bytes, |_| {
        Failure::invalid("The body is not the JSON object that this path expects.")
            .hint(format!("Send an object with {members}, and nothing else."))
    })
}
