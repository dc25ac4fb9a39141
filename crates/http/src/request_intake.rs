//! Requests of callers: who calls, a place among the running calls, and a body that is limited in size and
//! time.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::error::PayloadError;
use actix_web::web::{Bytes, Query};
use actix_web::{HttpMessage as _, HttpRequest};
use covibe_dispatch::{Caller, Credential, Dispatcher, Request, RequestPermit};
use covibe_domain::Failure;
use futures_util::{FutureExt as _, Stream};

use crate::buffered_body::{BodyLimit, buffer_for};
use crate::connection::{self, CredentialKind};

/// The maximum size of a body on any surface: 1 MiB.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

/// The bounds of the body of a call.
const LIMIT: BodyLimit = BodyLimit {
    noun: "body",
    most: MAX_BODY,
    size: "1 MiB",
    hint: "Nothing was changed. Send less at a time.",
    within: Duration::from_secs(30),
};

/// A request that was received.
pub(crate) struct Received {
    pub(crate) caller: Caller,
    pub(crate) body: Bytes,
    /// Its place among the running calls.
    pub(crate) place: Arc<RequestPermit>,
}

/// Authenticates a request, reads its body, and finds it a place among the running calls.
///
/// A body that does not come with the head may take as long as [`read_body`] permits, and the key may
/// be revoked meanwhile, so the caller is authenticated again after it.
///
/// # Errors
///
/// Those of [`Dispatcher::enter`], of [`read_body`] and of [`Dispatcher::begin`].
pub(crate) async fn receive(
    dispatcher: &Dispatcher,
    request: &HttpRequest,
    payload: &mut (impl Stream<Item = Result<Bytes, PayloadError>> + Unpin),
    credential: Credential<'_>,
) -> Result<Received, Failure> {
    let (caller, mut place) = enter(dispatcher, request, credential).await?;
    let (body, is_late) = {
        let mut reading = pin!(read_body(request, payload, &mut place));
        match reading.as_mut().now_or_never() {
            Some(body) => (body?, false),
            None => (reading.await?, true),
        }
    };
    let caller =
        if is_late { dispatcher.authenticate_again(credential, &place).await? } else { caller };
    dispatcher.begin(&caller, &mut place).await?;
    Ok(Received { caller, body, place: Arc::new(place) })
}

/// Authenticates a request, and finds it a place among those whose requests are received. A caller who makes too many calls
/// is known, too.
///
/// # Errors
///
/// Those of [`Dispatcher::enter`].
pub(crate) async fn enter(
    dispatcher: &Dispatcher,
    request: &HttpRequest,
    credential: Credential<'_>,
) -> Result<(Caller, RequestPermit), Failure> {
    let identified = identified(request);
    let caller = dispatcher.authenticate_request(credential, &identified).await?;
    let by = match credential {
        Credential::Session { .. } => CredentialKind::Session,
        _ => CredentialKind::Key,
    };
    connection::mark_authenticated(request, by, caller.principal.person());
    dispatcher.enter_as(caller, identified).await
}

/// Returns the request's id and origin, which each request has.
pub(crate) fn identified(request: &HttpRequest) -> Arc<Request> {
    let known = request.extensions().get::<Arc<Request>>().cloned();
    known.unwrap_or_else(|| Arc::new(Request::new(None, None)))
}

/// Returns the parameters of a query.
pub(crate) fn query(request: &HttpRequest) -> Result<Vec<(String, String)>, Failure> {
    Query::<Vec<(String, String)>>::from_query(request.query_string())
        .map(Query::into_inner)
        .map_err(|_| {
            Failure::invalid("The query string is malformed.")
                .hint("Write name=value&name=value, percent-encoded, then retry.")
        })
}

/// Reads a whole body.
///
/// # Errors
///
/// A timeout after 30 seconds, invalid if it is incomplete, too large above 1 MiB, limited if the bodies of
/// running calls take too much memory.
async fn read_body(
    request: &HttpRequest,
    payload: &mut (impl Stream<Item = Result<Bytes, PayloadError>> + Unpin),
    place: &mut RequestPermit,
) -> Result<Bytes, Failure> {
    let mut body = buffer_for(request);
    let add = |chunk: &[u8]| {
        place.hold(chunk.len())?;
        body.extend_from_slice(chunk);
        Ok(())
    };
    LIMIT.receive(request, payload, add).await?;
    Ok(body.freeze())
}
