//! The output of the program outside of the protocol, and the variables that it reads.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "commands print to the terminal")]

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

/// The exit code of a command line that is refused.
pub(crate) const USAGE: u8 = 64;

/// The exit code of variables that are missing or malformed.
pub(crate) const CONFIGURATION: u8 = 78;

/// The log without `RUST_LOG`. rmcp warns of errors of a client, which that client is answered with.
const DEFAULT_FILTER: &str = "warn,rmcp=error";

/// Returns the value of a variable of this process.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Prints warnings or problems, a line each, and returns whether the settings can be used.
pub(crate) fn print_judgement(finished: &Result<Vec<String>, Vec<String>>) -> bool {
    let (level, lines) = match finished {
        Ok(warnings) => ("warning", warnings),
        Err(problems) => ("error", problems),
    };
    for line in lines {
        eprintln!("{level}: {line}");
    }
    finished.is_ok()
}

/// Prints an error.
pub(crate) fn error(text: &str) {
    eprintln!("error: {text}");
}

/// Prints a remark beside an output that is copied or read by a program.
pub(crate) fn remark(text: &str) {
    eprintln!("{text}");
}

/// Prints a line to stdout. While the program serves, stdout has messages of the protocol and nothing else.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// Starts logging to stderr with the filter of `RUST_LOG`.
pub(crate) fn start_logging() {
    let filter = EnvFilter::try_from_default_env();
    let filter = filter.unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let _started_before = log.with_ansi(io::stderr().is_terminal()).try_init();
}
