//! A small interpreter of what is executed in containers. Nothing is run on this machine: what a command
//! prints and how long it takes is worked out beforehand.
//!
//! It knows quotes, `$NAME`, `${NAME}`, `$?`, assignments, `;`, newlines, `&&`, `||`, `|` (into a few
//! programs) and redirections of output to the other stream or to `/dev/null`, and the programs in `programs`.
//! Every other program is not found.

mod files;
mod place;
mod programs;
mod run;
mod start;
mod words;

pub(super) use files::{Found, all as files_of, find};
pub(super) use start::start;
