//! The MCP Inspector.

use std::fmt::Write as _;
use std::process::Output;

use serde_json::{Value, json};

use super::{ERAS, assert_answers, assert_complete, is_installed, run_to_end, script};
use crate::server_process::{Machine, text};
use crate::test_environment::{Call, SERVERS, Surroundings};

const INSPECTOR: &str = "node_modules/@modelcontextprotocol/inspector";

/// The status with which it ends when a call fails.
const FAILED: i32 = 5;

/// Runs it against a server with these variables.
fn inspect(
    machine: &Machine,
    (server, variables): (&str, &[(&str, String)]),
    era: &str,
    method: &str,
) -> Output {
    let mut line = format!("node \"$CLIENTS/{INSPECTOR}/clients/launcher/build/index.js\" --cli");
    for (name, value) in variables {
        let _ = write!(line, " -e '{name}={value}'");
    }
    let _ = write!(line, " \"$SERVER\" {server} --protocol-era {era} --method {method}");
    run_to_end(&mut script(machine, &line))
}

/// Returns the method that makes a call.
fn calling((tool, arguments, _): &Call) -> String {
    let mut method = format!("tools/call --tool-name {tool}");
    for (name, value) in arguments.as_object().expect("an object") {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let _ = write!(method, " --tool-arg '{name}={value}'");
    }
    method
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inspector_shows_the_hint_of_a_failed_call() {
    if !is_installed(INSPECTOR) {
        return;
    }
    let machine = Machine::new();
    let variables = [("WORKSPACE_ROOT", machine.work().display().to_string())];
    for era in ERAS {
        let call = calling(&("list_directory", json!({ "path": "none-such" }), ""));
        let failed = inspect(&machine, ("workspace", &variables), era, &call);
        assert_eq!(failed.status.code(), Some(FAILED), "{failed:?}");
        assert!(text(&failed.stdout).contains("hint"), "{failed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inspector_validates_each_server_and_calls_a_tool_of_it() {
    if !is_installed(INSPECTOR) {
        return;
    }
    let surroundings = Surroundings::new().await;
    for server in SERVERS {
        let inspect = |era: &str, method: &str| {
            let of = (server, &*surroundings.variables);
            let ran = inspect(&surroundings.machine, of, era, method);
            assert!(ran.status.success(), "{server} {method}: {ran:?}");
            serde_json::from_slice::<Value>(&ran.stdout).expect("JSON")
        };
        let calls = surroundings.calls(server);
        for era in ERAS {
            let listed = inspect(era, "tools/list --strict");
            let tools = listed["tools"].as_array().expect("a list");
            let names: Vec<_> =
                tools.iter().filter_map(|tool| tool["name"].as_str().map(str::to_owned)).collect();
            assert_complete(server, &names, &calls);
        }
        // It starts anew for each call: the libraries and the agents call the other tools.
        let call = calls.first().expect("a call");
        let result = inspect(ERAS[1], &calling(call));
        assert_answers(call, result["content"][0]["text"].as_str().expect("a text"));
    }
}
