//! The bounds of messages and calls, and the ways in which calls and the program end.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;
use std::time::Instant;

use rustix::process::{Signal, kill_process};
use serde_json::json;

use crate::server_process::{Alive, Machine, Running, SOON, VARIABLES, run, text};

/// Starts a command that runs until it is ended.
fn running(machine: &Machine) -> (Running, u64, Alive) {
    let pipe = machine.pipe("alive");
    let mut server = machine.connect("workspace");
    let id = server.begin("execute_command", &json!({ "command": Alive::command(&pipe) }));
    let alive = Alive::wait_for(&pipe);
    (server, id, alive)
}

#[test]
fn the_ninth_concurrent_call_is_refused_as_retryable() {
    let machine = Machine::new();
    let (started, gate) = (machine.pipe("started"), machine.pipe("gate"));
    let mut server = machine.connect("workspace");
    let command = json!({ "command": "echo started >started; read line <gate" });
    for _ in 0..8 {
        server.begin("execute_command", &command);
    }
    // Opened for both, a pipe does not end between two of those that write to it.
    let started = File::options().read(true).write(true).open(&started).unwrap();
    assert_eq!(BufReader::new(started).lines().take(8).count(), 8);
    let result = server.call("list_directory", &json!({}));
    assert_eq!(result["isError"], true, "{result}");
    let content = &result["structuredContent"];
    assert_eq!((&content["code"], &content["retryable"]), (&json!("limited"), &json!(true)));
    assert_eq!(content["details"]["retryAfterSeconds"], 1, "{content}");
    let mut gate = File::options().write(true).open(&gate).unwrap();
    gate.write_all(&b"go\n".repeat(8)).unwrap();
    for _ in 0..8 {
        let answer = server.read();
        assert_eq!(answer["result"]["isError"], false, "{answer}");
    }
    assert_eq!(server.call("list_directory", &json!({}))["isError"], false);
}

#[test]
fn cancelling_a_call_kills_its_processes_and_sends_no_answer() {
    let machine = Machine::new();
    let (mut server, id, alive) = running(&machine);
    let start = Instant::now();
    let params = json!({ "requestId": id, "reason": "test" });
    let cancel = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params });
    server.write(&cancel.to_string());
    alive.wait_for_end();
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    // A call that is cancelled has no answer.
    assert_eq!(server.call("list_directory", &json!({}))["isError"], false);
}

#[test]
fn the_end_of_stdin_ends_running_calls_and_the_program() {
    let machine = Machine::new();
    let (mut server, _, alive) = running(&machine);
    let start = Instant::now();
    server.close();
    alive.wait_for_end();
    assert_eq!(server.wait(), Some(0));
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    let answers = server.remaining_messages();
    assert_eq!(answers[0]["result"]["isError"], true, "{answers:?}");
}

#[test]
fn signals_end_running_calls_and_the_program() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let machine = Machine::new();
        let (mut server, _, alive) = running(&machine);
        let start = Instant::now();
        kill_process(server.pid(), signal).unwrap();
        alive.wait_for_end();
        assert_eq!(server.wait(), Some(0), "{signal:?}");
        assert!(start.elapsed() < SOON, "{signal:?}: {:?}", start.elapsed());
    }
}

#[test]
fn an_idle_program_exits_with_0_on_end_of_stdin_or_sigterm() {
    let machine = Machine::new();
    let mut server = machine.serve("workspace");
    server.close();
    assert_eq!(server.wait(), Some(0));
    let mut server = machine.serve("workspace");
    // It answers, so it receives signals.
    server.ask("ping", json!({}));
    kill_process(server.pid(), Signal::TERM).unwrap();
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn a_client_that_closes_stdin_at_once_still_gets_the_answers_of_short_calls() {
    let machine = Machine::new();
    let mut server = machine.connect("workspace");
    let id = server.begin("list_directory", &json!({}));
    server.close();
    assert_eq!(server.read()["id"], id);
    assert_eq!(server.wait(), Some(0));
    let requests = machine.work().join("requests");
    let init = json!({ "protocolVersion": "2025-11-25", "capabilities": {},
                       "clientInfo": { "name": "test", "version": "1" } });
    let init = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": init });
    // The last line has no end.
    let list = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" });
    std::fs::write(&requests, format!("{init}\n{list}")).unwrap();
    let mut command = machine.program(&["workspace"]);
    let ran = run(command.stdin(Stdio::from(File::open(&requests).unwrap())));
    assert!(ran.status.success(), "{ran:?}");
    assert_eq!(text(&ran.stdout).lines().count(), 2, "{ran:?}");
}

#[test]
fn an_overlong_message_is_refused_with_its_request_id() {
    let machine = Machine::new();
    let mut server = machine.connect("workspace");
    let long = "x".repeat(4 * 1024 * 1024);
    let params = json!({ "name": "list_directory", "arguments": { "path": long } });
    let answer = server.ask("tools/call", params.clone());
    assert_eq!(answer["error"]["code"], -32600);
    assert_eq!(answer["error"]["data"]["maxBytes"], 4 * 1024 * 1024, "{answer}");
    // As the clients for TypeScript and Python write it: the id is the last member.
    let last = json!({ "method": "tools/call", "params": params, "jsonrpc": "2.0", "id": "z" });
    server.write(&last.to_string());
    assert_eq!(server.read()["id"], "z");
    assert_eq!(server.call("list_directory", &json!({}))["isError"], false);
}

#[test]
fn a_program_whose_stdout_is_closed_ends() {
    let machine = Machine::new();
    let mut command = machine.program(&["workspace"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, r#"{{"jsonrpc":"2.0","id":1,"method":"ping"}}"#).unwrap();
    // The input stays open.
    assert!(child.wait().unwrap().code().is_some());
    drop(stdin);
}

#[test]
fn stdout_has_only_protocol_messages_and_the_log_contains_no_tokens() {
    let machine = Machine::new();
    let log = machine.home().join("log");
    let mut command = machine.program(&["gitea"]);
    command.env("RUST_LOG", "trace").stderr(File::create(&log).unwrap());
    let mut server = Running::start(&mut command);
    server.initialize();
    server.tools();
    let result = server.call("list_repos", &json!({}));
    assert!(result["isError"].is_boolean(), "{result}");
    server.close();
    assert_eq!(server.wait(), Some(0));
    assert!(server.remaining_messages().is_empty());
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("tools/list") || log.contains("ListTools"), "{log}");
    for (name, value) in VARIABLES.iter().filter(|(name, _)| name.ends_with("TOKEN")) {
        assert!(!log.contains(value), "{name} is in the log");
    }
}
