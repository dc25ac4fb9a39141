//! Detaches domains from the apps of workspaces that have lost them, once another workspace has them.
//!
//! A workspace that loses a domain keeps the hosts of its apps: its owner may have taken the domain to another registrar.
//! Once another workspace has registered the domain, the host's proxy must not lead its visitors to these apps. So the
//! next holder can't attach it (`domain_attachment/attach_call.rs`) until the former one has released it: until Coolify
//! has no such host of its apps, and none of their containers has a label with one. Containers whose images bring such
//! a label are ended as anywhere else (`container_watch`), and delay nothing.
//!
//! | module | what it contains |
//! |---|---|
//! | `detachment_round` | the work on domains that other workspaces have now, and what it needs of a worker |
//!
//! [`FormerDomainWatch`] owns the task; whoever runs a server owns it and ends it. Several servers may do so at once: one
//! of them works on a domain at a time, by the lease of the former holder's row. A round begins as soon as a workspace
//! registers a domain, or asks for one that has to be released, and does not wait for the work that earlier ones began.
//! Nothing is remembered in the database but the release: each round looks at what Coolify and Docker have, so that it
//! continues what a killed one began. The hosts are removed by the worker in `tools/src/apps/former_domains`, because the
//! containers are renewed as by `apps.deploy`.

mod detachment_round;

use std::sync::Arc;
use std::time::Duration;

use covibe_background::run_with_restarts;
use covibe_domain::{Failure, boxed};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout_at};

use self::detachment_round::DetachmentRound;
pub use self::detachment_round::{Detached, HostRemoval, HostsLeft};
use crate::platform::Platform;

/// The longest pause between two rounds: another server may have been killed.
const PAUSE: Duration = Duration::from_mins(5);

/// The first pause while containers are being renewed or ended.
const OPEN_PAUSE: Duration = Duration::from_secs(10);

/// The shortest pause, however often workspaces ask.
const SHORTEST_PAUSE: Duration = Duration::from_secs(5);

/// The task that detaches domains; none without a registrar. It ends when it is dropped.
#[derive(Debug)]
pub struct FormerDomainWatch(Option<JoinHandle<()>>);

impl FormerDomainWatch {
    /// Starts the task. Requires a Tokio runtime.
    pub fn begin(platform: &Arc<Platform>, removal: impl HostRemoval) -> Self {
        let watched = platform.registrar().map(|_| Arc::clone(platform));
        let removal: Arc<dyn HostRemoval> = Arc::new(removal);
        Self(watched.map(|platform| {
            let start = move || watch(Arc::clone(&platform), Arc::clone(&removal));
            tokio::spawn(run_with_restarts("former_domains", start))
        }))
    }
}

impl Drop for FormerDomainWatch {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

async fn watch(platform: Arc<Platform>, removal: Arc<dyn HostRemoval>) {
    let mut detachments = DetachmentRound::new_detachments();
    let round = DetachmentRound { platform, removal };
    let mut open_pause = OPEN_PAUSE;
    loop {
        let begun = Instant::now();
        if let Err(failure) = round.begin(&mut detachments).await {
            tracing::warn!(%failure, "the domains that workspaces have lost could not be read");
        }
        let (earliest, mut next_round) = (begun + SHORTEST_PAUSE, begun + PAUSE);
        let is_wanted = loop {
            tokio::select! {
                is_wanted = wait_for_wish(&round.platform, earliest, next_round) => break is_wanted,
                is_released = round.next_end(&mut detachments) => {
                    if !is_released {
                        next_round = next_round.min(Instant::now() + open_pause);
                    }
                }
            }
        };
        // A domain that nobody asks for is looked at ever less often.
        open_pause = if is_wanted { OPEN_PAUSE } else { (open_pause * 2).min(PAUSE) };
    }
}

/// Waits until a workspace wants a domain, at most until the next round is due, and at least until `earliest`. Returns
/// whether a workspace wants one.
async fn wait_for_wish(platform: &Platform, earliest: Instant, due: Instant) -> bool {
    sleep_until(earliest).await;
    timeout_at(due.max(earliest), platform.detachment_wanted.notified()).await.is_ok()
}

impl Platform {
    /// Makes one round over the domains that workspaces have lost and others have, as [`FormerDomainWatch`] does, and waits
    /// for its end.
    ///
    /// # Errors
    ///
    /// If the database does not answer. A domain that could not be looked at counts as open.
    #[boxed]
    pub async fn detach_former_domains(
        platform: &Arc<Self>,
        removal: &Arc<dyn HostRemoval>,
    ) -> Result<Detached, Failure> {
        let (platform, removal) = (Arc::clone(platform), Arc::clone(removal));
        let round = DetachmentRound { platform, removal };
        let (mut detachments, mut detached) =
            (DetachmentRound::new_detachments(), Detached::default());
        round.begin(&mut detachments).await?;
        while !detachments.is_idle() {
            if round.next_end(&mut detachments).await {
                detached.released += 1;
            } else {
                detached.open += 1;
            }
        }
        Ok(detached)
    }
}
