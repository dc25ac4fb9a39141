//! One answer of the engine, read as it comes.

use std::io::{self, Read as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use crate::http::{AnswerHead, Chunked, Framing, Refusal, parse_answer};

/// The maximum number of bytes that are read at once.
const PIECE: usize = 64 << 10;

const GARBLED: Refusal =
    Refusal { status: 502, message: "the Docker Engine's answer can't be understood" };
const CUT: Refusal = Refusal {
    status: 502,
    message: "the Docker Engine closed the connection before the end of its answer",
};
const LARGE: Refusal = Refusal { status: 502, message: "the Docker Engine's answer is too large" };

/// The reason why a request is not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The client gets an error; the connection stays usable.
    Refused(Refusal),
    /// The client has gone, or can no longer get an error.
    End,
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Waits until the engine has sent something.
pub(crate) trait Wait {
    /// Returns when `engine` can be read; fails if that takes too long or nobody is waiting.
    fn wait(&mut self, engine: BorrowedFd<'_>) -> Result<(), Trouble>;
}

/// An answer that is being read.
#[derive(Debug)]
pub(crate) struct Exchange {
    stream: UnixStream,
    /// The bytes that were received and not read yet.
    received: Vec<u8>,
    body: Reading,
}

/// The progress of reading the body.
#[derive(Debug)]
enum Reading {
    /// Bytes that are missing.
    Length(u64),
    Chunked(Chunked),
    Close,
    Done,
}

impl Exchange {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self { stream, received: Vec::new(), body: Reading::Done }
    }

    /// Reads the head.
    pub(crate) fn head(&mut self, wait: &mut dyn Wait) -> Result<AnswerHead, Trouble> {
        loop {
            if let Some((answer, length)) = parse_answer(&self.received).map_err(|()| GARBLED)? {
                self.received.drain(..length);
                self.body = match answer.framing {
                    Framing::None => Reading::Done,
                    Framing::Length(length) => Reading::Length(length),
                    Framing::Chunked => Reading::Chunked(Chunked::new()),
                    Framing::Close => Reading::Close,
                };
                return Ok(answer);
            }
            if self.receive(wait)? == 0 {
                return Err(CUT.into());
            }
        }
    }

    /// Returns the next piece of the body, at most 64 KiB; `None` at its end.
    pub(crate) fn piece(&mut self, wait: &mut dyn Wait) -> Result<Option<Vec<u8>>, Trouble> {
        loop {
            if let Some(piece) = self.take_body_bytes()? {
                return Ok(Some(piece));
            }
            if matches!(self.body, Reading::Done) {
                return Ok(None);
            }
            if self.receive(wait)? == 0 {
                return if matches!(self.body, Reading::Close) {
                    Ok(None)
                } else {
                    Err(CUT.into())
                };
            }
        }
    }

    /// Reads the whole body, of at most `most` bytes.
    pub(crate) fn read_whole(
        &mut self,
        wait: &mut dyn Wait,
        most: usize,
    ) -> Result<Vec<u8>, Trouble> {
        let mut whole = Vec::new();
        while let Some(piece) = self.piece(wait)? {
            whole.extend_from_slice(&piece);
            if whole.len() > most {
                return Err(LARGE.into());
            }
        }
        Ok(whole)
    }

    /// Takes the part of the received bytes that belongs to the body.
    fn take_body_bytes(&mut self) -> Result<Option<Vec<u8>>, Trouble> {
        let mut out = Vec::new();
        match &mut self.body {
            Reading::Done => {}
            Reading::Close => out.append(&mut self.received),
            Reading::Length(missing) => {
                let length = usize::try_from(*missing).unwrap_or(usize::MAX);
                out.extend(self.received.drain(..length.min(self.received.len())));
                *missing -= u64::try_from(out.len()).unwrap_or(u64::MAX);
                if *missing == 0 {
                    self.body = Reading::Done;
                }
            }
            Reading::Chunked(chunked) => {
                let read = chunked.read(&self.received, &mut out).map_err(|_| GARBLED)?;
                self.received.drain(..read);
                if chunked.is_done() {
                    self.body = Reading::Done;
                }
            }
        }
        Ok((!out.is_empty()).then_some(out))
    }

    /// Receives more; returns the number of bytes, 0 if the engine has closed the connection.
    fn receive(&mut self, wait: &mut dyn Wait) -> Result<usize, Trouble> {
        let mut piece = vec![0; PIECE];
        loop {
            wait.wait(self.stream.as_fd())?;
            match self.stream.read(&mut piece) {
                Ok(length) => {
                    self.received.extend_from_slice(&piece[..length]);
                    return Ok(length);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(CUT.into()),
            }
        }
    }
}
