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

use super::exchange::Exchange;

/// A body that reports to its connection when all of it was taken that has arrived, and when it has ended.
struct TakenBody {
    payload: Payload,
    exchange: Rc<Exchange>,
}

impl Stream for TakenBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.payload).poll_next(cx);
        match &polled {
            Poll::Pending => this.exchange.took_all(),
            Poll::Ready(None) => this.exchange.finish_body(),
            Poll::Ready(Some(_)) => {}
        }
        polled
    }
}

/// Has the rest of a body wait until its reader has taken what came before. Returns whether there is a body.
pub(super) fn take_in_turn(request: &mut ServiceRequest, exchange: &Rc<Exchange>) -> bool {
    let payload = request.take_payload();
    if matches!(payload, Payload::None) {
        return false;
    }
    let exchange = Rc::clone(exchange);
    request.set_payload(Payload::Stream { payload: Box::pin(TakenBody { payload, exchange }) });
    true
}

/// Returns the length that a request declares of its body.
pub(crate) fn declared_length(headers: &HeaderMap) -> Option<usize> {
    if headers.contains_key(TRANSFER_ENCODING) {
        return None;
    }
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
