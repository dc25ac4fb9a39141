//! `covibe-agent-runner`: starts agents as jobs. Under the word `supervise`, the same program is the supervisor of one job.
//!
//! It only composes: what is done with jobs is in `covibe-agent-runner-core`.

mod cli;
mod commands;
mod settings;

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use cli::{Arguments, Command};

/// The exit code for a command line that is not understood.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    match arguments.command {
        None | Some(Command::Serve) => commands::serve(),
        Some(Command::Check) => commands::check(),
        Some(Command::Supervise { folder, attempt }) => commands::supervise(&folder, attempt),
    }
}

/// Prints what is wrong with the command line, or the help that was asked for.
fn refuse(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    let is_asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if is_asked { ExitCode::SUCCESS } else { USAGE.into() }
}
