//! The body of a delivery as it arrives: kept if it is short, and otherwise read for its signature alone.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::web::{BytesMut, Payload};
use covibe_dispatch::{HeldBody, HookVerifier, NamedHook, Push};
use covibe_domain::{Failure, Kind};
use futures_util::StreamExt as _;
use tokio::time::timeout;

use crate::connection::declared_length;

/// The time that a body may take to arrive: Gitea gives up after 5 seconds.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

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
        let declared = declared_length(request.headers()).unwrap_or_default();
        if declared > Push::MOST_SIGNED_BYTES {
            return Err(too_large());
        }
        let slow = |_| Failure::new(Kind::Timeout, "The body did not arrive in time.");
        timeout(TIMEOUT, Self::collect(payload, hook, held)).await.map_err(slow)?
    }

    async fn collect(
        mut payload: Payload,
        hook: &NamedHook,
        held: HeldBody,
    ) -> Result<Self, Failure> {
        let (mut arrived, mut length) = (Self::Kept(BytesMut::new(), held), 0);
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Failure::invalid("The body is incomplete."))?;
            length += chunk.len();
            if length > Push::MOST_SIGNED_BYTES {
                return Err(too_large());
            }
            arrived = arrived.with(&chunk, hook);
        }
        Ok(arrived)
    }

    /// Adds a piece, for which there may be no room.
    fn with(self, chunk: &[u8], hook: &NamedHook) -> Self {
        match self {
            Self::Kept(mut bytes, mut held) => {
                let is_short = bytes.len() + chunk.len() <= Push::MOST_BYTES;
                if is_short && held.hold(chunk.len()).is_ok() {
                    bytes.extend_from_slice(chunk);
                    return Self::Kept(bytes, held);
                }
                let mut verifier = Box::new(hook.verifier());
                verifier.update(&bytes);
                verifier.update(chunk);
                Self::Long(verifier)
            }
            Self::Long(mut verifier) => {
                verifier.update(chunk);
                Self::Long(verifier)
            }
        }
    }
}

fn too_large() -> Failure {
    Failure::new(Kind::TooLarge, "The body is larger than 16 MiB.")
        .hint("What was pushed is looked for without the delivery.")
}
