//! The clients of other vendors list the tools, call one, and read why another call fails.
//!
//! `cargo xtask test --clients` installs them; a client that is not installed is skipped with a message.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::program::{Machine, run, text};

/// The versions of the protocol: with a handshake, and the stateless one.
const ERAS: [&str; 2] = ["legacy", "modern"];

const INSPECTOR: &str = "node_modules/@modelcontextprotocol/inspector";

/// The status with which the inspector ends when a call fails.
const FAILED: i32 = 5;

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

/// Runs a script of the shell, for at most five minutes. `$SERVER` is the program.
fn script(machine: &Machine, script: &str, era: &str) -> Output {
    let mut command = Command::new("timeout");
    command.args(["--signal=KILL", "300", "sh", "-c", script]).stdin(Stdio::null());
    command.env_clear().env("HOME", machine.home()).env("PATH", path());
    command.env("WORKSPACE_ROOT", machine.work()).current_dir(machine.home());
    command.env("SERVER", env!("CARGO_BIN_EXE_covibe-agent-mcp")).env("MCP_ERA", era);
    run(command.envs(installation().map(|folder| ("CLIENTS", folder))))
}

/// Returns the search path: the programs of the installation first.
fn path() -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let clients = installation().map(|folder| folder.join("node_modules/.bin"));
    std::env::join_paths(clients.into_iter().chain(std::env::split_paths(&path))).expect("a path")
}

#[test]
fn the_inspector_finds_nothing_wrong_and_calls() {
    if !is_installed(INSPECTOR) {
        return;
    }
    let machine = Machine::new();
    std::fs::write(machine.work().join("note.txt"), "x").unwrap();
    for era in ERAS {
        let inspect = |method: &str| {
            let launcher = format!("$CLIENTS/{INSPECTOR}/clients/launcher/build/index.js");
            let server = "-e WORKSPACE_ROOT=\"$WORKSPACE_ROOT\" \"$SERVER\" workspace";
            let line = format!(
                "node \"{launcher}\" --cli {server} --protocol-era {era} --method {method}"
            );
            script(&machine, &line, era)
        };
        let listed = inspect("tools/list --strict");
        assert!(listed.status.success(), "{listed:?}");
        assert!(text(&listed.stdout).contains("execute_command"), "{listed:?}");
        let called = inspect("tools/call --tool-name list_directory");
        assert!(called.status.success(), "{called:?}");
        assert!(text(&called.stdout).contains("note.txt"), "{called:?}");
        let failed = inspect("tools/call --tool-name list_directory --tool-arg path=none-such");
        assert_eq!(failed.status.code(), Some(FAILED), "{failed:?}");
        assert!(text(&failed.stdout).contains("hint"), "{failed:?}");
    }
}

/// Runs a program that prints the number of tools, what a call answers, and why another one fails.
fn connects(program: &str, interpreter: &str, source: &str, eras: &[&str]) {
    if !is_installed(program) {
        return;
    }
    let machine = Machine::new();
    std::fs::write(machine.work().join("note.txt"), "x").expect("a file");
    let file = machine.home().join("client");
    std::fs::write(&file, source).expect("a file");
    for era in eras {
        // Modules are looked up in the folder where Node.js starts if their source is standard input.
        let line = format!("cd \"$CLIENTS\" && {interpreter} < '{}'", file.display());
        let ran = script(&machine, &line, era);
        let printed: Value = serde_json::from_slice(&ran.stdout).unwrap_or_default();
        assert!(printed["tools"].as_u64().is_some_and(|count| count > 1), "{ran:?}");
        assert!(printed["answer"].to_string().contains("note.txt"), "{ran:?}");
        let failure = &printed["failure"];
        assert_eq!(failure["code"], json!("not_found"), "{ran:?}");
        assert!(failure["error"].is_string() && failure["hint"].is_string(), "{ran:?}");
        assert_eq!(printed["structured"], *failure, "{ran:?}");
    }
}

const NODE: &str = "node --input-type=module";

#[test]
fn the_first_typescript_library_connects() {
    let program = "node_modules/@modelcontextprotocol/sdk";
    connects(program, NODE, include_str!("clients/typescript-1.mjs"), &ERAS[..1]);
}

#[test]
fn the_second_typescript_library_connects() {
    let program = "node_modules/@modelcontextprotocol/client";
    connects(program, NODE, include_str!("clients/typescript-2.mjs"), &ERAS);
}

#[test]
fn the_python_library_connects() {
    let source = include_str!("clients/python.py");
    connects("python/bin/python", "python/bin/python", source, &ERAS);
}

#[test]
fn claude_code_connects_by_the_printed_block() {
    if !is_installed("node_modules/.bin/claude") {
        return;
    }
    let machine = Machine::new();
    let line = "\"$SERVER\" workspace --print-config claude-code > .mcp.json 2>/dev/null && \
                claude mcp add-json --scope user vibn-workspace \
                \"$(node -p 'JSON.stringify(JSON.parse(require(\"fs\").readFileSync(\".mcp.json\")).mcpServers[\"vibn-workspace\"])')\" && \
                rm .mcp.json && claude mcp get vibn-workspace";
    let ran = script(&machine, line, "");
    assert!(text(&ran.stdout).contains("Connected"), "{ran:?}");
}

#[test]
fn codex_reads_the_printed_block() {
    if !is_installed("node_modules/.bin/codex") {
        return;
    }
    let machine = Machine::new();
    let line = "mkdir .codex && \"$SERVER\" workspace --print-config codex > .codex/config.toml \
                2>/dev/null && codex mcp get vibn-workspace --json";
    let ran = script(&machine, line, "");
    let entry: Value = serde_json::from_slice(&ran.stdout).unwrap_or_default();
    let transport = &entry["transport"];
    assert_eq!(transport["type"], "stdio", "{ran:?}");
    assert_eq!(transport["command"], env!("CARGO_BIN_EXE_covibe-agent-mcp"), "{ran:?}");
    assert!(transport["env_vars"].to_string().contains("WORKSPACE_ROOT"), "{ran:?}");
}
