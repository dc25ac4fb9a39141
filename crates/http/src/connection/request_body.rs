//! The body of a request, which is received as its reader takes it.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpMessage as _;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use bytes::Bytes;
use futures_util::Stream;

use super::exchange::{AHEAD, Exchange};

/// A body that tells its connection when all of it was taken that has arrived.
struct TakenBody {
    payload: Payload,
    exchange: Rc<Exchange>,
}

impl Stream for TakenBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.payload).poll_next(cx);
        if polled.is_pending() {
            this.exchange.took_all();
        }
        polled
    }
}

/// Has the rest of a long body wait until its reader has taken what came before.
pub(super) fn take_in_turn(request: &mut ServiceRequest, exchange: &Rc<Exchange>) {
    if !may_be_long(request.headers()) {
        return;
    }
    let (payload, exchange) = (request.take_payload(), Rc::clone(exchange));
    request.set_payload(Payload::Stream { payload: Box::pin(TakenBody { payload, exchange }) });
}

/// Returns whether a body may be longer than what is received of it before anybody reads it.
fn may_be_long(headers: &HeaderMap) -> bool {
    match declared_length(headers) {
        Some(length) => length > AHEAD,
        None => headers.contains_key(TRANSFER_ENCODING) || headers.contains_key(CONTENT_LENGTH),
    }
}

/// Returns the length that a request declares of its body.
pub(crate) fn declared_length(headers: &HeaderMap) -> Option<usize> {
    if headers.contains_key(TRANSFER_ENCODING) {
        return None;
    }
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
