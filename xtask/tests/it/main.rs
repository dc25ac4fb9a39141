//! The commands as processes.

mod domains;
mod sign_in;
mod storage;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs a rehearsal with nothing but these variables.
fn rehearse(what: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.env_clear().env("PATH", std::env::var_os("PATH").expect("a path"));
    command.envs(variables.iter().copied()).args(["rehearse", what]).args(arguments);
    command.output().expect("it starts")
}

/// Returns the server's binary: the one that ships, which `cargo xtask test` builds, or one beside this program.
/// `cargo test -p xtask` alone builds none, which is printed.
#[expect(clippy::print_stderr, reason = "the output of a test run must say what was skipped")]
fn server() -> Option<String> {
    let shipped = std::env::var_os("COVIBE_SERVER_BINARY").map(PathBuf::from);
    let beside = || Path::new(env!("CARGO_BIN_EXE_xtask")).with_file_name("covibe-server");
    let is_shipped = shipped.is_some();
    let server = shipped.unwrap_or_else(beside);
    if is_shipped || server.is_file() {
        return Some(server.display().to_string());
    }
    eprintln!("skipped: no covibe-server beside this program");
    None
}

/// Returns how many lines begin with a word.
fn count(output: &Output, word: &str) -> usize {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().filter(|line| line.starts_with(word)).count()
}
