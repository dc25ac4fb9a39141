//! The client's side: requests in, replies out, neither without a bound in time and size.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio, read, write};

use crate::engine::Trouble;
use crate::http::{BODY, BadMessage, BodyFraming, Chunked, Head, parse_head};

/// The maximum number of bytes that are received at once.
const PIECE: usize = 64 << 10;

/// The timeout of a request, from its first byte on.
const REQUEST: Duration = Duration::from_secs(30);

/// The time after which a client that takes nothing of a reply is given up.
const STALLED: Duration = Duration::from_mins(2);

const SLOW: BadMessage = BadMessage { status: 408, message: "the request did not arrive in time" };

/// A client's connection.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) input: OwnedFd,
    output: OwnedFd,
    /// The bytes that were received and not read yet.
    received: Vec<u8>,
    /// True if the client has closed its side.
    pub(super) has_ended: bool,
}

/// A request, or the reason why it can't be read; `None` after the last one.
type Requested = Result<Option<(Head, Vec<u8>)>, BadMessage>;

impl Client {
    pub(super) fn new(input: OwnedFd, output: OwnedFd) -> io::Result<Self> {
        ioctl_fionbio(&output, true)?;
        Ok(Self { input, output, received: Vec::new(), has_ended: false })
    }

    /// Reads the next request.
    pub(super) fn request(&mut self) -> io::Result<Requested> {
        let mut deadline = None;
        loop {
            if !self.received.is_empty() && deadline.is_none() {
                deadline = Some(Instant::now() + REQUEST);
            }
            match parse_head(&self.received) {
                Err(bad) => return Ok(Err(bad)),
                Ok(Some((head, length))) => {
                    self.received.drain(..length);
                    let body = self.body(head.body, deadline.unwrap_or_else(Instant::now))?;
                    return Ok(body.map(|body| body.map(|body| (head, body))));
                }
                Ok(None) if self.has_ended => return Ok(Ok(None)),
                Ok(None) if !self.await_more(deadline)? => return Ok(Err(SLOW)),
                Ok(None) => {}
            }
        }
    }

    fn body(
        &mut self,
        body: BodyFraming,
        deadline: Instant,
    ) -> io::Result<Result<Option<Vec<u8>>, BadMessage>> {
        let (mut chunked, mut contents) = (Chunked::new(), Vec::new());
        loop {
            match body {
                BodyFraming::Length(length) if self.received.len() >= length => {
                    return Ok(Ok(Some(self.received.drain(..length).collect())));
                }
                BodyFraming::Length(_) => {}
                BodyFraming::Chunked => {
                    let Ok(read) = chunked.read(&self.received, &mut contents) else {
                        return Ok(Err(BadMessage::request(
                            "the chunks of the body can't be read",
                        )));
                    };
                    self.received.drain(..read);
                    if contents.len() > BODY {
                        return Ok(Err(BadMessage::too_large("the body is longer than 256 KiB")));
                    }
                    if chunked.is_done() {
                        return Ok(Ok(Some(contents)));
                    }
                }
            }
            if self.has_ended {
                return Ok(Ok(None));
            }
            if !self.await_more(Some(deadline))? {
                return Ok(Err(SLOW));
            }
        }
    }

    /// Waits for input and receives it; returns false after the deadline.
    fn await_more(&mut self, deadline: Option<Instant>) -> io::Result<bool> {
        let left = deadline.map(|it| it.saturating_duration_since(Instant::now()));
        let mut polled = [PollFd::new(&self.input, PollFlags::IN)];
        if !await_any(&mut polled, left)? {
            return Ok(false);
        }
        self.receive()?;
        Ok(true)
    }

    /// Receives the available bytes, at most 64 KiB.
    pub(super) fn receive(&mut self) -> io::Result<()> {
        let mut piece = vec![0; PIECE];
        match read(&self.input, piece.as_mut_slice()) {
            // A client that resets the connection has gone, too.
            Ok(0) | Err(Errno::CONNRESET) => self.has_ended = true,
            Ok(length) => self.received.extend_from_slice(&piece[..length]),
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Returns whether there is room for more input.
    pub(super) fn has_room(&self) -> bool {
        self.received.len() < PIECE
    }

    /// Drops the received bytes, which are no longer a request.
    pub(super) fn discard(&mut self) {
        self.received.clear();
    }

    /// Writes all bytes, as fast as the client takes them.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> Result<(), Trouble> {
        while !bytes.is_empty() {
            match write(&self.output, bytes) {
                Ok(length) => bytes = &bytes[length..],
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    let mut polled = [PollFd::new(&self.output, PollFlags::OUT)];
                    if !await_any(&mut polled, Some(STALLED)).unwrap_or(false) {
                        return Err(Trouble::End);
                    }
                }
                Err(_) => return Err(Trouble::End),
            }
        }
        Ok(())
    }
}

/// Waits until one of them is ready; returns false when the time is over.
pub(super) fn await_any(polled: &mut [PollFd<'_>], left: Option<Duration>) -> io::Result<bool> {
    let left = left.map(Timespec::try_from).transpose().map_err(io::Error::other)?;
    match poll(polled, left.as_ref()) {
        Ok(ready) => Ok(ready > 0),
        // A signal that does not end the process: the caller looks again.
        Err(Errno::INTR) => Ok(true),
        Err(error) => Err(error.into()),
    }
}
