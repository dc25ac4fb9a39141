//! What is executed in containers: a table of answers. Nothing is run on this machine, and no shell is imitated:
//! what a command prints and how long it takes is worked out beforehand.
//!
//! `sh -c` takes single commands of the table, several with `;` between them, each with `>&2` at its end if it is to
//! print to stderr, and a variable as a word of its own (`$NAME`), and children before
//! ` & ` that print nothing. Every other program is not found.

mod answers;
mod files;
mod line;
mod place;
mod start;

pub(super) use files::{Found, all as files_of, find};
pub(super) use start::start;
