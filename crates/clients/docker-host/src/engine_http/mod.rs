//! HTTP/1.1 over a stream of our own, and the frames in which Docker sends output.
//!
//! It is a thin layer on hyper instead of a client library of Docker's API: such a library
//! (bollard 0.21) reads answers of any size, writes them into the log with the containers' variables,
//! fails on a word that its version does not know, and can't send the gate's own calls.

mod api_call;
mod byte_streams;
mod connection;
mod output_frames;
mod query_string;

pub(crate) use api_call::{Call, EngineAnswer, FailedExchange, container_error};
pub(crate) use byte_streams::Io;
pub(crate) use connection::{Connection, Open};
pub use output_frames::Stream;
pub(crate) use output_frames::{Frames, Part};
pub(crate) use query_string::Query;
