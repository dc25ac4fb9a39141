//! Requests of callers, as far as every surface receives them.

use actix_web::HttpRequest;
use actix_web::error::PayloadError;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Bytes;
use covibe_dispatch::{Caller, Dispatcher};
use covibe_domain::Failure;
use futures_util::{FutureExt as _, Stream};

use crate::body;

/// Authenticates a request and reads its body.
///
/// A body that does not come with the head may take as long as [`body::read`] permits, and the key may
/// be revoked meanwhile, so the caller is authenticated again after it.
///
/// # Errors
///
/// Those of authentication and of [`body::read`].
pub(crate) async fn receive(
    dispatcher: &Dispatcher,
    request: &HttpRequest,
    payload: &mut (impl Stream<Item = Result<Bytes, PayloadError>> + Unpin),
) -> Result<(Caller, Bytes), Failure> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let caller = dispatcher.authenticate(header).await?;
    let mut reading = Box::pin(body::read(payload));
    if let Some(body) = (&mut reading).now_or_never() {
        return Ok((caller, body?));
    }
    let body = reading.await?;
    Ok((dispatcher.authenticate(header).await?, body))
}
