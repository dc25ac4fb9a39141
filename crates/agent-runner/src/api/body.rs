//! Bodies of requests, bounded in size and time.

use std::time::Duration;

use actix_web::web::{BytesMut, Payload};
use covibe_domain::{Failure, Kind};
use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::time::timeout;

/// The maximum size of a body, in bytes.
const MAX_BODY: usize = 128 * 1024;

/// The time that a body may take to arrive.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Reads a body as a JSON object.
pub(super) async fn object(payload: Payload) -> Result<Value, Failure> {
    let body = timeout(TIMEOUT, read(payload)).await;
    let body =
        body.map_err(|_| Failure::invalid("The body did not arrive within 30 seconds."))??;
    match serde_json::from_slice(&body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(Failure::invalid("The body must be a JSON object.")),
        Err(error) => Err(Failure::invalid(format!(
            "The body is not JSON: line {}, column {}.",
            error.line(),
            error.column()
        ))),
    }
}

async fn read(mut payload: Payload) -> Result<BytesMut, Failure> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Failure::invalid("The body could not be received."))?;
        if body.len() + chunk.len() > MAX_BODY {
            return Err(Failure::new(Kind::TooLarge, "The body is larger than 128 KiB."));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
