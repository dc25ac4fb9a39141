//! The body of a delivery as it arrives: kept if it is short, and otherwise read for its signature alone.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::web::{BytesMut, Payload};
use covibe_dispatch::{HeldBody, HookVerifier, NamedHook, Push};
use covibe_domain::Failure;

use crate::buffered_body::BodyLimit;

/// The time that a body may take to arrive: Gitea gives up after 5 seconds.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

/// The bounds of a delivery of a hook that is known.
const LIMIT: BodyLimit = BodyLimit {
    noun: "body",
    most: Push::MOST_SIGNED_BYTES,
    size: "16 MiB",
    hint: "The push is found by polling instead.",
    within: TIMEOUT,
};

/// The part of a delivery that has arrived.
pub(super) enum Arrived {
    /// All of it.
    Kept(BytesMut, HeldBody),
    /// More than is kept: what checks its signature.
    Long(Box<HookVerifier>),
}

impl Arrived {
    /// Receives a delivery of a hook that is known.
    ///
    /// # Errors
    ///
    /// Too large above 16 MiB, invalid if it is incomplete, a timeout after 10 seconds.
    pub(super) async fn receive(
        request: &HttpRequest,
        payload: Payload,
        hook: &NamedHook,
        held: HeldBody,
    ) -> Result<Self, Failure> {
        let mut arrived = Self::Kept(BytesMut::new(), held);
        let add = |chunk: &[u8]| {
            arrived.add(chunk, hook);
            Ok(())
        };
        LIMIT.receive(request, payload, add).await?;
        Ok(arrived)
    }

    /// Adds a piece, for which there may be no room.
    fn add(&mut self, chunk: &[u8], hook: &NamedHook) {
        if let Self::Kept(bytes, held) = self {
            let is_short = bytes.len() + chunk.len() <= Push::MOST_BYTES;
            if is_short && held.hold(chunk.len()).is_ok() {
                return bytes.extend_from_slice(chunk);
            }
            let mut verifier = Box::new(hook.verifier());
            verifier.update(bytes);
            *self = Self::Long(verifier);
        }
        if let Self::Long(verifier) = self {
            verifier.update(chunk);
        }
    }
}
