//! HTTP/1.1 as the gate understands it, which is little: what is forwarded is built anew from it.
//!
//! One parser reads each message. What it does not understand ends the connection, because where
//! that message ends is not known.

mod answer;
mod chunked;
mod head;
mod reply;
mod target;

pub(crate) use answer::{Answer, Framing, parse_answer};
pub(crate) use chunked::Chunked;
pub(crate) use head::{Body, Head, Method, parse_head};
pub(crate) use reply::{Reply, chunk, failure};
pub(crate) use target::{Query, Target, number, query_text};

/// The longest head of a message, in bytes.
pub(crate) const HEAD: usize = 16 << 10;

/// The longest body of a request, in bytes. A command with its environment is the longest there is.
pub(crate) const BODY: usize = 256 << 10;

/// Why a message can't be read on: the connection ends after the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    pub(crate) status: u16,
    pub(crate) message: &'static str,
}

impl Bad {
    pub(crate) const fn request(message: &'static str) -> Self {
        Self { status: 400, message }
    }

    pub(crate) const fn too_large(message: &'static str) -> Self {
        Self { status: 413, message }
    }
}

/// Why a request that was read is not carried out; the connection goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The status of the answer.
    pub(crate) status: u16,
    /// What the client is told.
    pub(crate) message: &'static str,
}

impl Refusal {
    /// What the gate lets nobody do: 403.
    pub(crate) const fn barred(message: &'static str) -> Self {
        Self { status: 403, message }
    }
}
