//! Commands that are executed in containers, by a table of answers. Nothing runs on this machine, and no shell is
//! imitated: the output of a command and its duration are computed in advance.
//!
//! `sh -c` takes single commands of the table, or several with `;` between them, each with `>&2` at its end if it is
//! to print to stderr. A variable is a word of its own (`$NAME`). Children before ` & ` print nothing. Every other
//! program is reported as not found.

mod command_execution;
mod command_table;
mod container_files;
mod exec_context;
mod shell_line;

pub(super) use command_execution::start;
pub(super) use container_files::{FileEntry, all as files_of, find};
