//! How long the engine is waited for, and who still waits.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};

use super::client::{Client, await_any};
use crate::engine::{Trouble, Wait};
use crate::http::Refusal;

/// How long the engine may take to describe something.
const LOOK: Duration = Duration::from_mins(1);

/// How long an answer is waited for after the client has closed its side: it may still read.
const LINGER: Duration = Duration::from_secs(10);

const SLOW: Refusal = Refusal { status: 504, message: "the Docker Engine did not answer in time" };

/// Waits for the engine and listens to the client meanwhile.
pub(super) struct Patience<'a> {
    client: Option<&'a mut Client>,
    /// How long each byte may take.
    each: Duration,
    /// Whether the client's end ends the waiting at once.
    is_bound: bool,
    /// Whether what the client sends is dropped.
    discards: bool,
}

impl<'a> Patience<'a> {
    pub(super) fn of_client(client: &'a mut Client) -> Self {
        Self { client: Some(client), each: LOOK, is_bound: false, discards: false }
    }

    /// Nobody waits for the answer: what must be done is done.
    pub(super) fn of_nobody(each: Duration) -> Self {
        Self { client: None, each, is_bound: false, discards: false }
    }

    /// Changes how long each byte may take.
    pub(super) fn each(self, each: Duration) -> Self {
        Self { each, ..self }
    }

    /// Makes the client's end the end of the waiting.
    pub(super) fn bound(self, discards: bool) -> Self {
        Self { is_bound: true, discards, ..self }
    }

    /// Receives what the client has sent meanwhile.
    fn listen(&mut self) -> Result<(), Trouble> {
        let Some(client) = &mut self.client else { return Ok(()) };
        client.receive().map_err(|_| Trouble::End)?;
        if self.discards {
            client.discard();
        }
        Ok(())
    }
}

impl Wait for Patience<'_> {
    fn wait(&mut self, engine: BorrowedFd<'_>) -> Result<(), Trouble> {
        let deadline = Instant::now() + self.each;
        loop {
            let mut left = deadline.saturating_duration_since(Instant::now());
            let mut polled = vec![PollFd::from_borrowed_fd(engine, PollFlags::IN)];
            match &self.client {
                Some(client) if client.has_ended && self.is_bound => return Err(Trouble::End),
                Some(client) if client.has_ended => left = left.min(LINGER),
                Some(client) if client.has_room() => {
                    polled.push(PollFd::new(&client.input, PollFlags::IN));
                }
                _ => {}
            }
            if !await_any(&mut polled, Some(left)).map_err(|_| Trouble::End)? {
                return Err(SLOW.into());
            }
            let hears = polled.get(1).is_some_and(|it| !it.revents().is_empty());
            let is_ready = !polled[0].revents().is_empty();
            if hears {
                self.listen()?;
            }
            if is_ready {
                return Ok(());
            }
        }
    }
}
