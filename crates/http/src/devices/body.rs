//! Small bodies of requests without a key.

use std::time::Duration;

use actix_web::web::{BytesMut, Payload};
use covibe_domain::{Failure, Kind};
use covibe_operation::{duplicate_member, find_duplicate};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

/// The maximum size of a body. Whoever has no key can send many.
const MAX_BODY: usize = 4 * 1024;

/// The timeout for receiving a body.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Reads a JSON object with these members.
///
/// # Errors
///
/// Invalid if it has other members or values, too large above 4 KiB, a timeout after 10 seconds.
pub(super) async fn read<T: DeserializeOwned>(
    payload: Payload,
    members: &str,
) -> Result<T, Failure> {
    let slow = |_| Failure::new(Kind::Timeout, "The body did not arrive in time.");
    let body = timeout(TIMEOUT, collect(payload)).await.map_err(slow)??;
    if let Some(name) = find_duplicate(&body) {
        return Err(duplicate_member(&name));
    }
    serde_json::from_slice(&body).map_err(|_| {
        Failure::invalid("The body is not the JSON object that this path takes.")
            .hint(format!("Send an object with {members}, and nothing else."))
    })
}

async fn collect(mut payload: Payload) -> Result<BytesMut, Failure> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Failure::invalid("The body is incomplete."))?;
        if body.len() + chunk.len() > MAX_BODY {
            return Err(Failure::new(Kind::TooLarge, "The body is larger than 4 KiB."));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
