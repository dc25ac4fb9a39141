//! The libraries for Python and TypeScript.

use std::process::Command;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{ERAS, assert_answers, assert_complete, is_installed, run_to_end, script};
use crate::server_process::Machine;
use crate::test_environment::{Call, SERVERS, Surroundings};

/// A program that uses a library: it lists the tools of servers, calls some, and prints what it got. One program connects
/// to all servers, because loading the library takes longer than its calls.
struct Library {
    /// The place of the library in the installation.
    place: &'static str,
    interpreter: &'static str,
    source: &'static str,
    eras: &'static [&'static str],
}

const NODE: &str = "node --input-type=module";

const TYPESCRIPT_1: Library = Library {
    place: "node_modules/@modelcontextprotocol/sdk",
    interpreter: NODE,
    source: include_str!("typescript-1.mjs"),
    eras: &[ERAS[0]],
};

const TYPESCRIPT_2: Library = Library {
    place: "node_modules/@modelcontextprotocol/client",
    interpreter: NODE,
    source: include_str!("typescript-2.mjs"),
    eras: &ERAS,
};

const PYTHON: Library = Library {
    place: "python/bin/python",
    interpreter: "python/bin/python",
    source: include_str!("python.py"),
    eras: &ERAS,
};

/// The output of such a program for a server.
#[derive(Debug, Deserialize)]
struct Printed {
    tools: Vec<String>,
    results: Vec<Called>,
}

/// The result of a call.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Called {
    is_error: bool,
    text: String,
    structured: Value,
}

impl Library {
    /// Returns the program.
    fn program(&self, machine: &Machine) -> Command {
        let file = machine.home().join("client");
        std::fs::write(&file, self.source).expect("a file");
        // Modules are looked up in the folder where Node.js starts if their source is standard input.
        let line = format!("cd \"$CLIENTS\" && {} < '{}'", self.interpreter, file.display());
        script(machine, &line)
    }
}

/// Runs the program against servers, each with its calls.
fn run_program(program: &mut Command, era: &str, calls: &Value) -> Vec<Printed> {
    program.env("MCP_ERA", era).env("CALLS", calls.to_string());
    let ran = run_to_end(program);
    serde_json::from_slice(&ran.stdout).unwrap_or_else(|_| panic!("{era}: {ran:?}"))
}

/// Calls a tool, and has another call fail.
fn connects(library: &Library) {
    if !is_installed(library.place) {
        return;
    }
    let machine = Machine::new();
    std::fs::write(machine.work().join("note.txt"), "x").expect("a file");
    let failing = json!({ "path": "none-such" });
    let calls = json!([["workspace", [["list_directory", {}], ["list_directory", failing]]]]);
    for era in library.eras {
        let printed = run_program(&mut library.program(&machine), era, &calls);
        let [Printed { results, .. }] = &*printed else { panic!("{printed:?}") };
        let [answered, failed] = &**results else { panic!("{printed:?}") };
        assert!(!answered.is_error && failed.is_error, "{printed:?}");
        assert!(answered.structured.to_string().contains("note.txt"), "{printed:?}");
        let failure: Value = serde_json::from_str(&failed.text).expect("JSON");
        assert_eq!(failure["code"], json!("not_found"), "{printed:?}");
        assert!(failure["error"].is_string() && failure["hint"].is_string(), "{printed:?}");
        assert_eq!(failed.structured, failure, "{printed:?}");
    }
}

/// Calls each tool of each server once.
async fn calls_each_tool(library: &Library) {
    if !is_installed(library.place) {
        return;
    }
    for era in library.eras {
        let surroundings = Surroundings::new().await;
        let calls = SERVERS.map(|server| (server, surroundings.calls(server)));
        let pairs = |calls: &[Call]| -> Value {
            calls.iter().map(|(tool, given, _)| json!([tool, given])).collect()
        };
        let all = calls.iter().map(|(server, calls)| json!([server, pairs(calls)])).collect();
        let mut program = library.program(&surroundings.machine);
        program.envs(surroundings.variables.iter().map(|(name, value)| (name, value)));
        let printed = run_program(&mut program, era, &all);
        assert_eq!(printed.len(), calls.len(), "{printed:?}");
        for ((server, calls), printed) in calls.iter().zip(&printed) {
            assert_complete(server, &printed.tools, calls);
            assert_eq!(printed.results.len(), calls.len(), "{printed:?}");
            for (call, result) in calls.iter().zip(&printed.results) {
                assert!(!result.is_error, "{call:?}: {result:?}");
                assert_answers(call, &result.text);
                let text: Value = serde_json::from_str(&result.text).expect("JSON");
                assert_eq!(text, result.structured, "{call:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_sdk_package_connects() {
    connects(&TYPESCRIPT_1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_client_package_connects() {
    connects(&TYPESCRIPT_2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_library_connects() {
    connects(&PYTHON);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_sdk_package_calls_each_tool() {
    calls_each_tool(&TYPESCRIPT_1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_client_package_calls_each_tool() {
    calls_each_tool(&TYPESCRIPT_2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_library_calls_each_tool() {
    calls_each_tool(&PYTHON).await;
}
