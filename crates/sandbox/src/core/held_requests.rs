//! Requests that a simulator holds back until a test releases them.

use parking_lot::Mutex;
use tokio::sync::watch;

use super::faults::{Fault, Name};
use super::request_types::Request;

/// The state of a held request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Expected,
    Arrived,
    Released,
}

/// The next request of one kind, which is held before it is served. Dropping this releases it.
#[derive(Debug)]
pub struct Hold(watch::Sender<Stage>);

/// A hold, as the server sees it.
#[derive(Debug)]
struct Pending {
    pattern: Fault,
    stage: watch::Sender<Stage>,
}

/// The holds of a simulator.
#[derive(Debug, Default)]
pub(crate) struct Holds(Mutex<Vec<Pending>>);

impl Hold {
    /// Waits until the request has arrived.
    pub async fn arrived(&self) {
        let mut stage = self.0.subscribe();
        // `self` keeps a sender, so the channel stays open.
        let _open = stage.wait_for(|stage| *stage >= Stage::Arrived).await;
    }

    /// Releases the request, or lets the next one pass if it has not arrived.
    pub fn release(self) {}
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.send_replace(Stage::Released);
    }
}

impl Holds {
    /// Holds the next request with this method and path; the path is a pattern as in
    /// [`Fault::path`].
    pub(crate) fn add(&self, method: &str, path: &str) -> Hold {
        let stage = watch::Sender::new(Stage::Expected);
        let pattern = Fault::new(Name::Delay).on(method, path);
        self.0.lock().push(Pending { pattern, stage: stage.clone() });
        Hold(stage)
    }

    /// Waits until the request may be served.
    pub(crate) async fn pass(&self, request: &Request) {
        let Some(stage) = self.take(request) else { return };
        stage.send_if_modified(|stage| {
            let is_expected = *stage == Stage::Expected;
            if is_expected {
                *stage = Stage::Arrived;
            }
            is_expected
        });
        let mut released = stage.subscribe();
        // `stage` is a sender, so the channel stays open.
        let _open = released.wait_for(|stage| *stage == Stage::Released).await;
    }

    fn take(&self, request: &Request) -> Option<watch::Sender<Stage>> {
        let mut pending = self.0.lock();
        pending.retain(|one| *one.stage.borrow() == Stage::Expected);
        let at = pending.iter().position(|one| one.pattern.matches(request))?;
        Some(pending.remove(at).stage)
    }
}
