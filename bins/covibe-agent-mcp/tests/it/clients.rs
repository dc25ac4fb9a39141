//! The clients of other vendors list the tools, call them, and read why a call fails.
//!
//! `cargo xtask test --clients` installs them; a client that is not installed is skipped with a message.

mod claude_code_and_codex;
mod mcp_inspector;
mod mcp_sdks;
mod scripted_model;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::server_process::{Machine, run};
use crate::test_environment::Call;

/// The versions of the protocol: with a handshake, and the stateless one.
const ERAS: [&str; 2] = ["legacy", "modern"];

/// Returns the folder into which `cargo xtask test --clients` installs.
fn installation() -> Option<PathBuf> {
    std::env::var_os("COVIBE_CLIENTS").map(PathBuf::from)
}

/// Returns whether a program of the installation is there. Says so if there is no installation.
#[expect(clippy::print_stderr, reason = "the output of a test run must say what was skipped")]
fn is_installed(program: &str) -> bool {
    let Some(folder) = installation() else {
        eprintln!("the test with {program} is skipped: cargo xtask test --clients installs it");
        return false;
    };
    // An installation is complete, or else its tests would be skipped unseen.
    assert!(folder.join(program).exists(), "{program} is missing in the installation");
    true
}

/// Returns a script of the shell that runs for at most five minutes. `$SERVER` is the program, and `$CLIENTS` the folder of
/// the installation.
fn script(machine: &Machine, script: &str) -> Command {
    let mut command = Command::new("timeout");
    command.args(["--signal=KILL", "300", "sh", "-c", script]).stdin(Stdio::null());
    command.env_clear().env("HOME", machine.home()).env("PATH", path());
    command.env("WORKSPACE_ROOT", machine.work()).current_dir(machine.home());
    command.env("SERVER", env!("CARGO_BIN_EXE_covibe-agent-mcp"));
    command.envs(installation().map(|folder| ("CLIENTS", folder)));
    command
}

/// Returns the search path: the programs of the installation first.
fn path() -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let clients = installation().map(|folder| folder.join("node_modules/.bin"));
    std::env::join_paths(clients.into_iter().chain(std::env::split_paths(&path))).expect("a path")
}

/// Runs a command to its end in a test that has a runtime.
fn run_to_end(command: &mut Command) -> Output {
    tokio::task::block_in_place(|| run(command))
}

/// Checks that calls are those of all tools, each once.
fn assert_complete(server: &str, listed: &[String], calls: &[Call]) {
    let mut called: Vec<_> = calls.iter().map(|(tool, ..)| *tool).collect();
    called.sort_unstable();
    assert_eq!(listed, called, "{server}");
}

/// Checks that a text is the answer of a call.
fn assert_answers((tool, arguments, part): &Call, text: &str) {
    assert!(text.contains(part), "{tool} {arguments}: {text}");
    let answer: Value = serde_json::from_str(text).unwrap_or_default();
    assert!(answer.is_object() && answer["error"].is_null(), "{tool} {arguments}: {text}");
}
