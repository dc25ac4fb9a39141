//! The pauses between two rounds over the containers of a host. They end as soon as a container starts there.

use std::time::Duration;

use covibe_docker_host::{DockerHost, Moment};
use tokio::time::{Instant, sleep};

/// The pause while more containers are to be checked, or some are being ended.
pub(super) const SHORT_PAUSE: Duration = Duration::from_secs(1);

/// The schedule of the next round.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// The time up to which starts are known, by the host's clock; `None` while the host does not report them.
    known: Option<Moment>,
}

impl Pace {
    /// Waits for this long, or until a container starts. A short pause is not worth a call; the next call reports
    /// starts in it.
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
