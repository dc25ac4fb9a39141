//! The pauses between two looks at the containers of a host: they end as soon as a container starts there.

use std::time::Duration;

use covibe_docker_host::{DockerHost, Moment};
use tokio::time::{Instant, sleep};

/// The pause while more is to be looked at, or containers are being ended.
pub(super) const SHORT_PAUSE: Duration = Duration::from_secs(1);

/// When the next look is due.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Up to when starts are known, by the host's clock; `None` while the host does not tell them.
    known: Option<Moment>,
}

impl Pace {
    /// Waits for this long, or until a container starts. A short pause is not worth a call, and what happens meanwhile
    /// is told in the next one.
    pub(super) async fn pause(&mut self, host: &DockerHost, pause: Duration) {
        let until = Instant::now() + pause;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left <= SHORT_PAUSE {
                return sleep(left).await;
            }
            let Ok(starts) = host.await_start(self.known.as_ref(), left).await else {
                // A gate of an earlier version tells none, and a host that fails is not asked again at once.
                self.known = None;
                return sleep(left).await;
            };
            self.known = Some(starts.at);
            if starts.is_seen {
                return;
            }
        }
    }
}
