//! A small, strict subset of HTTP/1.1, from which every forwarded message is built anew.
//!
//! One parser reads each message. Unknown syntax ends the connection, because the end of that
//! message is not known.

mod answer_head;
mod chunked;
mod client_reply;
mod request_head;
mod request_target;

pub(crate) use answer_head::{AnswerHead, Framing, parse_answer};
pub(crate) use chunked::Chunked;
pub(crate) use client_reply::{Reply, chunk, failure};
pub(crate) use request_head::{BodyFraming, Head, Method, parse_head};
pub(crate) use request_target::{Query, Target, number, query_text};

/// The longest head of a message, in bytes.
pub(crate) const HEAD: usize = 16 << 10;

/// The longest body of a request, in bytes. A command with its environment is the longest there is.
pub(crate) const BODY: usize = 256 << 10;

/// The reason why a message can't be read on: the connection ends after the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadMessage {
    pub(crate) status: u16,
    pub(crate) message: &'static str,
}

impl BadMessage {
    pub(crate) const fn request(message: &'static str) -> Self {
        Self { status: 400, message }
    }

    pub(crate) const fn too_large(message: &'static str) -> Self {
        Self { status: 413, message }
    }
}

/// The reason why a request that was read is not carried out; the connection goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The status of the answer.
    pub(crate) status: u16,
    /// The message for the client.
    pub(crate) message: &'static str,
}

impl Refusal {
    /// Returns the refusal of something that the gate never allows: 403.
    pub(crate) const fn forbidden(message: &'static str) -> Self {
        Self { status: 403, message }
    }
}
