//! One request and its answer on a connection, as the stream and the service both see it.

use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;

use tokio::time::Instant;

use super::connection_table::{ConnectionPlace, Table};

/// The number of bytes of a body that the HTTP library gets before its reader has taken those before. It would keep 150 KiB of
/// each body that nobody reads.
const AHEAD: usize = 8 * 1024;

/// The state of a connection. The stream stops reading while a request is being answered, and the service reports when
/// that begins and ends.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(super) place: ConnectionPlace,
    pub(super) peer: IpAddr,
    stage: Cell<Stage>,
    /// True if the HTTP library has the whole request.
    is_received: Cell<bool>,
    /// True until the HTTP library has found the end of the body, or nobody needs the body now.
    is_body_due: Cell<bool>,
    /// True if the client has closed the connection after the whole request.
    has_left: Cell<bool>,
    /// True if the connection ends with this answer.
    is_last: Cell<bool>,
    /// True if the request is cancelled if its client leaves.
    is_bound: Cell<bool>,
    /// True if the caller of the request is known.
    is_authenticated: Cell<bool>,
    /// The bytes of the body that the HTTP library got since its reader had taken all.
    ahead: Cell<usize>,
    reader: RefCell<Option<Waker>>,
    /// When an answer was written last.
    written_at: Cell<Option<Instant>>,
}

/// The stage of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The service has no request.
    Waiting,
    /// The service has a request.
    Running,
    /// The HTTP library has the whole answer.
    Answered,
    /// The answer is written.
    Written,
}

impl Exchange {
    /// Creates the state of a new connection.
    pub(super) fn new(place: ConnectionPlace, peer: IpAddr) -> Rc<Self> {
        Rc::new(Self {
            place,
            peer,
            stage: Cell::new(Stage::Waiting),
            is_received: Cell::new(false),
            is_body_due: Cell::new(false),
            has_left: Cell::new(false),
            is_last: Cell::new(false),
            is_bound: Cell::new(false),
            is_authenticated: Cell::new(false),
            ahead: Cell::new(0),
            reader: RefCell::default(),
            written_at: Cell::default(),
        })
    }

    /// Returns the table of all connections.
    pub(super) fn table(&self) -> &Arc<Table> {
        self.place.table()
    }

    /// Returns the stage.
    pub(super) fn stage(&self) -> Stage {
        self.stage.get()
    }

    /// Records that the service has a request, and whether the HTTP library hands a body over with it.
    pub(super) fn begin(&self, has_body: bool) {
        self.stage.set(Stage::Running);
        self.is_body_due.set(has_body);
        self.update_busy();
    }

    /// Records that the caller of the request is known.
    pub(super) fn authenticate(&self) {
        self.is_authenticated.set(true);
        self.update_busy();
    }

    /// Keeps the connection from being closed for another one while the server owes it an answer: the whole request was
    /// read, up to the end that the HTTP library finds, and its client waits for the answer. Whoever sends a request
    /// slowly would hold the place for nothing, whether or not they are known. The whole request of a caller who is known
    /// is answered to its end even if its client has left: permits limit the number of such requests.
    pub(super) fn update_busy(&self) {
        let is_answered = matches!(self.stage.get(), Stage::Running | Stage::Answered);
        let is_whole = self.is_received.get() && !self.is_body_due.get();
        let is_needed = !self.has_left.get() || self.is_authenticated.get();
        self.place.set_busy(is_answered && is_whole && is_needed);
    }

    /// Records that the HTTP library has found the end of the body.
    pub(super) fn finish_body(&self) {
        self.is_body_due.set(false);
        self.update_busy();
    }

    /// Returns whether the client has closed the connection after the whole request.
    pub(super) fn has_left(&self) -> bool {
        self.has_left.get()
    }

    /// Records that the client has closed the connection after the whole request.
    pub(super) fn set_left(&self) {
        self.has_left.set(true);
        self.update_busy();
    }

    /// Cancels the request from now on if its client leaves.
    pub(super) fn bind(&self) {
        self.is_bound.set(true);
        self.wake();
    }

    /// Returns whether the request is cancelled if its client leaves.
    pub(super) fn is_bound(&self) -> bool {
        self.is_bound.get()
    }

    /// Records that the service has an answer. Returns whether the connection ends with it, which it does
    /// if the request was not received to its end, because the rest would have to be read and ignored, and
    /// if the server stops soon.
    pub(super) fn answer(&self) -> bool {
        self.finish_body();
        let is_draining = self.table().is_draining();
        self.is_last.set(!self.is_received.get() || self.place.is_reserve() || is_draining);
        self.is_last.get()
    }

    /// Records that the HTTP library has the whole answer.
    pub(super) fn set_answered(&self) {
        self.stage.set(Stage::Answered);
    }

    /// Records that all bytes of the HTTP library are written.
    pub(super) fn set_flushed(&self) {
        if self.stage.get() == Stage::Answered {
            self.stage.set(Stage::Written);
            self.written_at.set(Some(Instant::now()));
            self.place.set_busy(false);
            self.wake();
        }
    }

    /// Records that the HTTP library got bytes of a body.
    pub(super) fn handed_over(&self, bytes: usize) {
        self.ahead.set(self.ahead.get() + bytes);
    }

    /// Returns whether the HTTP library has enough of the body until its reader takes some.
    pub(super) fn is_ahead(&self) -> bool {
        self.ahead.get() >= AHEAD
    }

    /// Records that the reader of the body has taken all that the HTTP library got, and waits for more.
    pub(super) fn took_all(&self) {
        if self.ahead.replace(0) >= AHEAD {
            self.wake();
        }
    }

    fn wake(&self) {
        if let Some(reader) = self.reader.borrow().as_ref() {
            reader.wake_by_ref();
        }
    }

    /// Returns when an answer was written last.
    pub(super) fn written_at(&self) -> Option<Instant> {
        self.written_at.get()
    }

    /// Records whether the HTTP library has the whole request.
    pub(super) fn set_received(&self, is_received: bool) {
        if self.is_received.replace(is_received) != is_received {
            self.update_busy();
        }
    }

    /// Returns whether the connection ends with this answer.
    pub(super) fn is_last(&self) -> bool {
        self.is_last.get()
    }

    /// Begins with the next request.
    pub(super) fn renew(&self) {
        self.stage.set(Stage::Waiting);
        self.set_received(false);
        self.has_left.set(false);
        self.is_bound.set(false);
        self.is_authenticated.set(false);
        self.ahead.set(0);
    }

    /// Wakes this task once there is something to read for it: the answer is written, or the body was taken.
    pub(super) fn wake_when_wanted(&self, reader: &Waker) {
        let mut present = self.reader.borrow_mut();
        if !present.as_ref().is_some_and(|present| present.will_wake(reader)) {
            *present = Some(reader.clone());
        }
    }
}
