//! Bodies that are read whole: a bound for each, and one count for all that are in memory.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::error::PayloadError;
use actix_web::web::{Bytes, BytesMut, Payload};
use covibe_dispatch::{BodySender, Dispatcher, HeldBody};
use covibe_domain::{Failure, Kind};
use futures_util::{Stream, StreamExt as _};

use crate::connection::{address_of, declared_length};

/// The maximum number of bytes for which there is room before they arrive: a client that only announces a body gets no
/// memory.
const AT_FIRST: usize = 16 * 1024;

/// The bounds of a kind of body.
pub(crate) struct BodyLimit {
    /// The name of the body in answers.
    pub(crate) noun: &'static str,
    /// Its maximum size in bytes, and in words.
    pub(crate) most: usize,
    pub(crate) size: &'static str,
    /// The hint if it is larger.
    pub(crate) hint: &'static str,
    /// The time that it may take to arrive.
    pub(crate) within: Duration,
}

/// A body. Its bytes count until it is dropped.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) bytes: Bytes,
    pub(crate) held: HeldBody,
}

/// Returns the body of a request of somebody who has not shown who they are; nothing of it has arrived.
pub(crate) fn body_of_stranger(dispatcher: &Dispatcher, request: &HttpRequest) -> HeldBody {
    dispatcher.begin_body(BodySender::Stranger(address_of(request)))
}

/// Returns what a body is kept in, with room for what is declared of it.
pub(crate) fn buffer_for(request: &HttpRequest) -> BytesMut {
    let declared = declared_length(request.headers()).unwrap_or_default();
    BytesMut::with_capacity(declared.min(AT_FIRST))
}

impl BodyLimit {
    /// Reads a body.
    ///
    /// # Errors
    ///
    /// Those of [`BodyLimit::receive`], and limited if other bodies take too much memory.
    pub(crate) async fn read(
        &self,
        request: &HttpRequest,
        payload: Payload,
        mut held: HeldBody,
    ) -> Result<Body, Failure> {
        let mut bytes = buffer_for(request);
        let keep = |chunk: &[u8]| {
            held.hold(chunk.len())?;
            bytes.extend_from_slice(chunk);
            Ok(())
        };
        self.receive(request, payload, keep).await?;
        Ok(Body { bytes: bytes.freeze(), held })
    }

    /// Hands over the parts of a body as they arrive.
    ///
    /// # Errors
    ///
    /// Too large above the maximum, before anything is read if the request says so; invalid if it is incomplete; a
    /// timeout; and those of `take`.
    pub(crate) async fn receive(
        &self,
        request: &HttpRequest,
        payload: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
        take: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if declared_length(request.headers()).is_some_and(|declared| declared > self.most) {
            return Err(self.too_large());
        }
        let slow = |_| {
            Failure::new(Kind::Timeout, format!("The {} did not arrive in time.", self.noun))
                .hint("Nothing was changed. Send the request again.")
        };
        tokio::time::timeout(self.within, self.collect(payload, take)).await.map_err(slow)?
    }

    async fn collect(
        &self,
        mut payload: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
        mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut length = 0;
        while let Some(chunk) = payload.next().await {
            let chunk =
                chunk.map_err(|_| Failure::invalid(format!("The {} is incomplete.", self.noun)))?;
            length += chunk.len();
            if length > self.most {
                return Err(self.too_large());
            }
            take(&chunk)?;
        }
        Ok(())
    }

    fn too_large(&self) -> Failure {
        let message = format!("The {} is larger than {}.", self.noun, self.size);
        Failure::new(Kind::TooLarge, message).hint(self.hint)
    }
}
