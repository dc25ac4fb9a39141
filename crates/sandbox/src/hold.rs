//! Requests that a simulator holds back until a test lets them go on.

use tokio::sync::watch;

use crate::faults::Fault;
use crate::server::{Host, Simulator, lock};
use crate::wire::Request;

/// How far a held request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Expected,
    Arrived,
    Released,
}

/// The next request of one kind, which is held before it is served. Dropping this releases it.
#[derive(Debug)]
pub struct Hold(watch::Sender<Stage>);

/// What the server knows of it.
#[derive(Debug)]
pub(crate) struct Held {
    pattern: Fault,
    stage: watch::Sender<Stage>,
}

impl Simulator {
    /// Holds the next request with this method and path, which is written as [`Fault::path`] is.
    pub fn hold(&self, method: &str, path: &str) -> Hold {
        let stage = watch::Sender::new(Stage::Expected);
        let pattern = Fault::new(crate::faults::Name::Delay).on(method, path);
        lock(&self.host.held).push(Held { pattern, stage: stage.clone() });
        Hold(stage)
    }
}

impl Hold {
    /// Waits until the request has arrived.
    pub async fn arrived(&self) {
        let mut stage = self.0.subscribe();
        // This holds a sender, so that the channel is open.
        let _open = stage.wait_for(|stage| *stage >= Stage::Arrived).await;
    }

    /// Lets the request go on, or the next one pass if it has not arrived.
    pub fn release(self) {}
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.send_replace(Stage::Released);
    }
}

/// Waits until the request may be served.
pub(crate) async fn pass(host: &Host, request: &Request) {
    let Some(stage) = take(host, request) else { return };
    stage.send_if_modified(|stage| {
        let is_expected = *stage == Stage::Expected;
        if is_expected {
            *stage = Stage::Arrived;
        }
        is_expected
    });
    let mut released = stage.subscribe();
    // This holds a sender, so that the channel is open.
    let _open = released.wait_for(|stage| *stage == Stage::Released).await;
}

fn take(host: &Host, request: &Request) -> Option<watch::Sender<Stage>> {
    let mut held = lock(&host.held);
    held.retain(|one| *one.stage.borrow() == Stage::Expected);
    let at = held.iter().position(|one| one.pattern.meets(&request.method, &request.path))?;
    Some(held.remove(at).stage)
}
