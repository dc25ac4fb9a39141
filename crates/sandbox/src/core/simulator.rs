//! A running simulator, as its owner sees it.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use covibe_domain::Secret;
use serde_json::Value;

use super::faults::{Fault, Name};
use super::held_requests::Hold;
use super::request_log::{Answered, Recorded};
use super::request_types::Body;
use super::shared_state::Host;
use super::temporary_directories::Scratch;
use super::vendor_interface::{Listable, Setting};

/// The delay of an answer in [`Simulator::meet`]: longer than any attempt.
const NEVER: Duration = Duration::from_hours(1);

/// A running simulator. It stops when this is dropped.
pub struct Simulator {
    /// `http://127.0.0.1:PORT`, without a path, or `unix://` and the path of a socket.
    pub url: String,
    /// The token that may do everything; empty for an API without tokens.
    pub token: Secret,
    host: Arc<Host>,
    server: ServerHandle,
    /// The vendor's files, which are deleted with the simulator.
    pub(crate) directory: Option<Scratch>,
}

impl Simulator {
    pub(crate) fn new(url: String, token: Secret, host: Arc<Host>, server: ServerHandle) -> Self {
        Self { url, token, host, server, directory: None }
    }

    /// Hands over a directory, which is deleted with the simulator.
    pub(crate) fn with_directory(mut self, directory: Scratch) -> Self {
        self.directory = Some(directory);
        self
    }

    /// Returns the state that the server's thread shares with this.
    pub(crate) fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// Delays every request from now on by that long, faults or not.
    pub fn set_latency(&self, latency: Duration) {
        *self.host.latency.lock() = latency;
    }

    /// Moves the simulator's clock forward, so that jobs (deployments, starts, deletions) are that much further.
    /// Requests that [`Name::Late`] holds until then take effect.
    ///
    /// Latency and the delays of faults are not affected.
    pub fn advance(&self, by: Duration) {
        self.host.clock.advance(by);
        self.host.vendor.lock().settle();
        self.host.serve_late();
    }

    /// Arms a fault for the next requests that it matches.
    pub fn arm(&self, fault: Fault) {
        self.host.faults.lock().arm(fault);
    }

    /// Disarms every fault.
    pub fn disarm(&self) {
        self.host.faults.lock().disarm();
    }

    /// Makes a call that meets a fault once, at requests with this method and path. A call that would hang is
    /// abandoned once its request has arrived.
    pub async fn meet<T, R>(
        &self,
        fault: Name,
        (method, path): (&str, &str),
        call: impl Future<Output = T>,
        give_up: impl FnOnce() -> R,
    ) -> T {
        self.arm(Fault::new(fault).on(method, path).delay(NEVER));
        let hangs = matches!(fault, Name::Hang | Name::Delay).then(|| self.hold(method, path));
        let time_out = async {
            if let Some(hold) = &hangs {
                hold.arrived().await;
                // The held request is abandoned, so that the next one would meet the fault.
                self.disarm();
                let _given_up = give_up();
            }
        };
        let (outcome, ()) = tokio::join!(call, time_out);
        self.disarm();
        outcome
    }

    /// Holds the next request with this method and path until the [`Hold`] is dropped; the path is a
    /// pattern as in [`Fault::path`].
    pub fn hold(&self, method: &str, path: &str) -> Hold {
        self.host.holds.add(method, path)
    }

    /// Returns the token of the simulator's own endpoints, which `X-Sandbox-Token` carries.
    pub fn control_token(&self) -> &Secret {
        self.host.control_token.secret()
    }

    /// Records requests with their secrets from now on, for tests that search for these elsewhere.
    pub fn keep_secrets(&self) {
        self.host.log.lock().keep_secrets();
    }

    /// Answers about `other` from now on whenever a request names `asked`; both are whole segments of paths. A
    /// request that changes something takes effect on the object that it names, and its answer names `other`.
    pub fn confuse(&self, asked: &str, other: &str) {
        self.host.confusion.add(asked, other);
    }

    /// Answers creations, which take effect, with this uuid from now on.
    pub fn confuse_creations(&self, uuid: &str) {
        self.host.confusion.of_creations(uuid);
    }

    /// Ends every [`Simulator::confuse`] and [`Simulator::confuse_creations`].
    pub fn unconfuse(&self) {
        self.host.confusion.clear();
    }

    /// Returns the last 5,000 requests, as far as 32 MiB hold them, oldest first, without texts that are recognizable
    /// as secrets, and without bodies above 1 MiB.
    pub fn requests(&self) -> Vec<Recorded> {
        self.host.log.lock().requests().cloned().collect()
    }

    /// Returns what a function reads of the same requests, which are not copied. Until it returns, no other request is
    /// served.
    pub fn read_requests<T>(
        &self,
        read: impl FnOnce(&mut dyn Iterator<Item = &Recorded>) -> T,
    ) -> T {
        read(&mut self.host.log.lock().requests())
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.host.log.lock().clear();
    }

    /// Keeps the vendor's answers from now on, the last 5,000 of them, whole.
    pub fn keep_answers(&self) {
        self.host.log.lock().keep_answers();
    }

    /// Returns the answers since [`Self::keep_answers`] or the last call of this, oldest first.
    pub fn take_answers(&self) -> Vec<Answered> {
        self.host.log.lock().take_answers()
    }

    /// Sends a request to an endpoint of the vendor's own below `/__sandbox/`, and returns the status and the body of
    /// the answer; `None` for an endpoint that the vendor does not have.
    pub fn control(&self, method: &str, endpoint: &str, body: &Value) -> Option<(u16, Value)> {
        let body = body.to_string();
        let reply = self.host.vendor.lock().control(method, endpoint, body.as_bytes())?;
        let shown = if let Body::Json(shown) = reply.body { shown } else { Value::Null };
        Some((reply.status, shown))
    }

    /// Replaces the vendor's settings, as its operator would; those of another vendor change nothing.
    pub fn set(&self, settings: impl Setting) {
        self.host.vendor.lock().set(Box::new(settings));
    }

    /// Lists the names in a collection, oldest first; empty for a collection of another vendor.
    pub fn names(&self, collection: impl Listable) -> Vec<String> {
        self.host.vendor.lock().names(&collection as &dyn Any)
    }

    /// Counts the objects in a collection.
    pub fn count(&self, collection: impl Listable) -> usize {
        self.names(collection).len()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // The call sends the command; its future only waits for the end.
        drop(self.server.stop(false));
    }
}
