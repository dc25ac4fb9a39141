//! `covibe-local`: the commands of the companion. Under the name `covibe-mcp`, the same program is the MCP bridge.
//!
//! It only composes: what the commands do is in `covibe-companion`.

mod cli;
mod command_context;
mod command_output;
mod commands;
mod terminal;

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;
use covibe_companion::{CompanionHome, Exit, hook};

use cli::{BridgeArguments, LocalArguments};
use command_output::Output;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    if Path::new(&name).file_stem() == Some(OsStr::new("covibe-mcp")) {
        return bridge();
    }
    // A hook holds up an agent, so it goes past everything that other commands need.
    if arguments.next().is_some_and(|command| command == "hook") {
        return run_hook(&arguments.next().unwrap_or_default());
    }
    match LocalArguments::try_parse() {
        Ok(arguments) => local(arguments),
        Err(error) => refuse(&error),
    }
}

fn local(arguments: LocalArguments) -> ExitCode {
    let output = Output::new(arguments.common.json, arguments.common.quiet);
    let outcome = commands::run(arguments, &output);
    let exit = match &outcome {
        Ok(exit) => *exit,
        Err(problem) => problem.exit,
    };
    output.finish(outcome.err().as_ref(), exit);
    exit.code().into()
}

fn bridge() -> ExitCode {
    match BridgeArguments::try_parse() {
        Ok(arguments) => match commands::bridge(&arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(problem) => {
                command_output::error(&problem);
                problem.exit.code().into()
            }
        },
        Err(error) => refuse(&error),
    }
}

/// Notes an event. The answer is the same whatever happens, because an agent would wait or complain otherwise.
fn run_hook(harness: &OsStr) -> ExitCode {
    let answer = match CompanionHome::find() {
        Ok(home) => hook::run(&harness.to_string_lossy(), io::stdin().lock(), &home),
        Err(_) => hook::ANSWER,
    };
    // An agent that does not read the answer has what it wants.
    let _ = writeln!(io::stdout(), "{answer}");
    ExitCode::SUCCESS
}

/// Prints what is wrong with the command line, or the help that was asked for.
fn refuse(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    let is_asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if is_asked { ExitCode::SUCCESS } else { Exit::Usage.code().into() }
}
