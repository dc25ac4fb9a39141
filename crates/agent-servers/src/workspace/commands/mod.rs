//! Commands of the shell: bounded in time and output, without a terminal, and ended with all that they have started.

mod environment;
mod output;
mod run;

pub(super) use environment::Environment;
pub(super) use run::{Outcome, Tree, run};
