//! The output of an agent: head and tail, in files of 1 MiB that only grow.
//!
//! A file is named after its place, so that the offset of each byte in the whole output is known while others are
//! written and removed. A reader that comes back with an offset continues there, or learns which part is no longer
//! kept.

mod reader;
mod writer;

pub(crate) use reader::Stored;
pub(crate) use writer::{Layout, Writer};
