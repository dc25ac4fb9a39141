//! Waiting for the engine, with a timeout, while listening to the client.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};

use super::client_connection::{Client, await_any};
use crate::engine::{Trouble, Wait};
use crate::http::Refusal;

/// The timeout for each byte of a description.
const LOOK: Duration = Duration::from_mins(1);

/// The time that an answer is waited for after the client has closed its side: it may still read.
const LINGER: Duration = Duration::from_secs(10);

const SLOW: Refusal = Refusal { status: 504, message: "the Docker Engine did not answer in time" };

/// Waits for the engine and listens to the client meanwhile.
pub(super) struct EngineWait<'a> {
    client: Option<&'a mut Client>,
    /// The timeout for each byte.
    each: Duration,
    /// True if the wait ends at once with the client's input.
    is_bound: bool,
    /// True if the client's further input is dropped.
    discards: bool,
}

impl<'a> EngineWait<'a> {
    pub(super) fn for_client(client: &'a mut Client) -> Self {
        Self { client: Some(client), each: LOOK, is_bound: false, discards: false }
    }

    /// Creates a wait for an answer that no client waits for.
    pub(super) fn without_client(each: Duration) -> Self {
        Self { client: None, each, is_bound: false, discards: false }
    }

    /// Changes the timeout for each byte.
    pub(super) fn with_timeout(self, each: Duration) -> Self {
        Self { each, ..self }
    }

    /// Ends the wait when the client closes its side.
    pub(super) fn bound_to_client(self, discards: bool) -> Self {
        Self { is_bound: true, discards, ..self }
    }

    /// Receives the client's input meanwhile.
    fn listen(&mut self) -> Result<(), Trouble> {
        let Some(client) = &mut self.client else { return Ok(()) };
        client.receive().map_err(|_| Trouble::End)?;
        if self.discards {
            client.discard();
        }
        Ok(())
    }
}

impl Wait for EngineWait<'_> {
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
