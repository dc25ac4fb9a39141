//! The body of an answer, in small pieces, and the count of its bytes until they are sent.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use bytes::Bytes;

use super::connection_table::{Permit, WaitingBytes};
use super::exchange::Exchange;

/// The size of a piece. The HTTP library copies pieces until it has [`BUFFERED`] bytes.
const PIECE: usize = 8 * 1024;

/// The number of bytes of an answer that are copied before they are written.
pub(super) const BUFFERED: usize = 2 * PIECE;

/// An extension of a response whose body is read piece by piece: the most bytes of it that are in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Streamed(pub(crate) usize);

impl Streamed {
    /// The extension for a body that is in memory once, however many clients receive it: those who do not hurry nobody.
    pub(crate) const SHARED: Self = Self(0);
}

/// The body of an answer.
pub(crate) struct CountedBody {
    body: BoxBody,
    rest: Bytes,
    exchange: Option<Rc<Exchange>>,
    _waiting: Option<WaitingBytes>,
    _permit: Option<Permit>,
}

impl CountedBody {
    /// Wraps the body of the answer to a request.
    pub(super) fn new(
        body: BoxBody,
        exchange: Option<Rc<Exchange>>,
        permit: Option<Permit>,
        streamed: Option<Streamed>,
    ) -> Self {
        let bytes = match body.size() {
            BodySize::Sized(bytes) => usize::try_from(bytes).unwrap_or(usize::MAX),
            BodySize::None | BodySize::Stream => 0,
        };
        let bytes = streamed.map_or(bytes, |Streamed(most)| bytes.min(most));
        let waiting = exchange.as_ref().map(|exchange| exchange.table().wait(bytes));
        Self { body, rest: Bytes::new(), exchange, _waiting: waiting, _permit: permit }
    }
}

impl MessageBody for CountedBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        if this.rest.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_next(cx)) {
                Some(Ok(bytes)) => this.rest = bytes,
                ended => return Poll::Ready(ended),
            }
        }
        let piece = this.rest.split_to(PIECE.min(this.rest.len()));
        Poll::Ready(Some(Ok(piece)))
    }
}

impl Drop for CountedBody {
    fn drop(&mut self) {
        if let Some(exchange) = &self.exchange {
            exchange.set_answered();
        }
    }
}
