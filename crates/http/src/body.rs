//! Bodies, bounded in size and time.

use std::time::Duration;

use actix_web::error::PayloadError;
use actix_web::web::{Bytes, BytesMut};
use covibe_domain::{Failure, Kind};
use futures_util::{Stream, StreamExt as _};

/// The largest body that any surface takes: 1 MiB.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

/// How long a client may take to send it.
const WITHIN: Duration = Duration::from_secs(30);

/// Reads a body whole.
pub(crate) async fn read(
    payload: &mut (impl Stream<Item = Result<Bytes, PayloadError>> + Unpin),
) -> Result<Bytes, Failure> {
    let slow = |_| Failure::new(Kind::Timeout, "The body did not arrive in time.");
    tokio::time::timeout(WITHIN, collect(payload)).await.map_err(slow)?
}

async fn collect(
    payload: &mut (impl Stream<Item = Result<Bytes, PayloadError>> + Unpin),
) -> Result<Bytes, Failure> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Failure::invalid("The body broke off."))?;
        if body.len() + chunk.len() > MAX_BODY {
            return Err(Failure::new(Kind::TooLarge, "The body is larger than 1 MiB."));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
