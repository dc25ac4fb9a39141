//! Bodies that are read whole: a bound for each, and one count for all that are in memory.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::web::{Bytes, BytesMut, Payload};
use covibe_dispatch::{BodySender, Dispatcher, HeldBody};
use covibe_domain::{Failure, Kind};
use futures_util::StreamExt as _;

use crate::connection::{address_of, declared_length};

/// The most bytes for which there is room before they arrive: whoever only announces a body gets no memory.
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

impl BodyLimit {
    /// Reads a body.
    ///
    /// # Errors
    ///
    /// Too large above the maximum, before anything is read if the request says so; invalid if it is incomplete; limited
    /// if other bodies take too much memory; a timeout.
    pub(crate) async fn read(
        &self,
        request: &HttpRequest,
        payload: Payload,
        held: HeldBody,
    ) -> Result<Body, Failure> {
        let declared = declared_length(request.headers()).unwrap_or_default();
        if declared > self.most {
            return Err(self.too_large());
        }
        let slow =
            |_| Failure::new(Kind::Timeout, format!("The {} did not arrive in time.", self.noun));
        let collected =
            self.collect(payload, BytesMut::with_capacity(declared.min(AT_FIRST)), held);
        tokio::time::timeout(self.within, collected).await.map_err(slow)?
    }

    async fn collect(
        &self,
        mut payload: Payload,
        mut bytes: BytesMut,
        mut held: HeldBody,
    ) -> Result<Body, Failure> {
        while let Some(chunk) = payload.next().await {
            let chunk =
                chunk.map_err(|_| Failure::invalid(format!("The {} is incomplete.", self.noun)))?;
            if bytes.len() + chunk.len() > self.most {
                return Err(self.too_large());
            }
            held.hold(chunk.len())?;
            bytes.extend_from_slice(&chunk);
        }
        Ok(Body { bytes: bytes.freeze(), held })
    }

    fn too_large(&self) -> Failure {
        let message = format!("The {} is larger than {}.", self.noun, self.size);
        Failure::new(Kind::TooLarge, message).hint(self.hint)
    }
}
