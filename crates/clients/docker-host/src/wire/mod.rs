//! HTTP/1.1 over a stream of our own, and the frames in which Docker sends output.
//!
//! It is a thin layer on hyper instead of a client library of Docker's API: such a library
//! (bollard 0.21) reads answers of any size, writes them into the log with the containers' variables,
//! fails on a word that its version does not know, and can't send the gate's own calls.

mod call;
mod connection;
mod frames;
mod io;
mod query;

pub(crate) use call::{Call, EngineAnswer, FailedExchange, container_error};
pub(crate) use connection::{Connection, Open};
pub use frames::Stream;
pub(crate) use frames::{Frames, Part};
pub(crate) use io::Io;
pub(crate) use query::Query;
