//! How far a call is, for clients that want to be told.

use tokio::sync::mpsc;

/// How many updates may wait for the client; past that the newest ones are not told.
const QUEUE: usize = 32;

/// One update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// How much is done; it grows with each update of one call.
    pub done: usize,
    /// How much there is to do, where that is known.
    pub total: Option<usize>,
    /// What is being done.
    pub message: String,
}

/// Where a call tells how far it is. Telling never waits.
#[derive(Clone, Debug)]
pub struct Progress(mpsc::Sender<Update>);

impl Progress {
    /// A way to tell, and what is told.
    pub fn channel() -> (Self, mpsc::Receiver<Update>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self(sender), receiver)
    }

    /// Tells how far the call is; lost where nobody listens.
    pub(crate) fn tell(&self, done: usize, total: usize, message: String) {
        let _lost = self.0.try_send(Update { done, total: Some(total), message });
    }

    /// Tells for the `done`-th time how far the call is, where nobody knows how much there is to do.
    pub(crate) fn tell_again(&self, done: usize, message: String) {
        let _lost = self.0.try_send(Update { done, total: None, message });
    }
}
