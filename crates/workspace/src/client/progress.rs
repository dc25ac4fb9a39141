//! Progress reports of a call, for clients that ask for them.

use tokio::sync::mpsc;

/// The maximum number of pending updates; further ones are dropped.
const QUEUE: usize = 32;

/// One progress update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// How much is done; it grows with each update of a call.
    pub done: usize,
    /// How much there is to do, if that is known.
    pub total: Option<usize>,
    /// What is being done.
    pub message: String,
}

/// The sending side of a call's progress reports. Sending never waits.
#[derive(Clone, Debug)]
pub struct Progress(mpsc::Sender<Update>);

impl Progress {
    /// Creates the sending and the receiving side.
    pub fn channel() -> (Self, mpsc::Receiver<Update>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self(sender), receiver)
    }

    /// Reports progress; `total` is `None` if it is not known how much there is to do. The update
    /// is lost if nobody receives it.
    pub fn report(&self, done: usize, total: Option<usize>, message: String) {
        let _lost = self.0.try_send(Update { done, total, message });
    }
}
