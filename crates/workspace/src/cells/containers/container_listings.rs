//! The containers that run on docker hosts, as they were listed last: those who ask at once share one call.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_docker_host::{Address, DockerHost, Error, Running};
use covibe_domain::Timestamp;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use parking_lot::Mutex;

/// The containers of all resources that ran on a host at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    /// The time at which the host was asked.
    pub(crate) at: Timestamp,
    /// The containers.
    pub(crate) containers: Arc<[Running]>,
}

/// A listing for which several wait.
type SharedListing = Shared<BoxFuture<'static, Result<Listing, Error>>>;

/// The last listing of each docker host of a cell, and when it was asked for.
#[derive(Debug, Default)]
pub(crate) struct Listings(Mutex<HashMap<Address, (Instant, SharedListing)>>);

impl Listings {
    /// Returns the running containers of a host from a list that is at most `max_age` old, or lists them. The call to
    /// the host continues when a caller that waits for it gives up. Requires a Tokio runtime.
    ///
    /// # Errors
    ///
    /// The host does not answer.
    pub(crate) async fn read(
        &self,
        host: &DockerHost,
        max_age: Duration,
    ) -> Result<Listing, Error> {
        self.shared(host, max_age).await
    }

    fn shared(&self, host: &DockerHost, max_age: Duration) -> SharedListing {
        let mut held = self.0.lock();
        let is_usable = |(asked, listing): &&(Instant, SharedListing)| {
            asked.elapsed() <= max_age && !matches!(listing.peek(), Some(Err(_)))
        };
        if let Some((_, listing)) = held.get(host.address()).filter(is_usable) {
            return listing.clone();
        }
        let (asked, at) = (Instant::now(), Timestamp::now());
        let asking = tokio::spawn({
            let host = host.clone();
            async move { host.running().await }
        });
        let listing = async move {
            let running = asking.await.map_err(|_| Error::Malformed)??;
            Ok(Listing { at, containers: running.into() })
        };
        let listing = listing.boxed().shared();
        held.insert(host.address().clone(), (asked, listing.clone()));
        listing
    }
}
