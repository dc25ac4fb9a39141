//! Commands in a container: their output, and their end.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::control_group::{Group, runs};
use crate::engine_stub::{Engine, command_description, container_description, reply};
use crate::gate_client::{Gate, binary, request};
use crate::{UUID, command, container};

const UPGRADED: &[u8] =
    b"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n\
                          Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

/// The output of a command: frames with bytes that are not text.
const OUTPUT: &[u8] = b"\x01\0\0\0\0\0\0\x05hello\x02\0\0\0\0\0\0\x04\0\xff\r\n";

const MARKER: &str = "0123456789abcdef";

fn start() -> String {
    format!("/exec/{}/start", command())
}

/// An engine whose commands print [`OUTPUT`].
fn printing() -> Engine {
    Engine::answering(|line, stream| {
        let is_start = line.ends_with("/start");
        if is_start {
            stream.write_all(UPGRADED).expect("a reader");
            stream.write_all(OUTPUT).expect("a reader");
        }
        is_start
    })
}

#[test]
fn exec_output_is_chunked_and_the_connection_stays_usable() {
    let engine = printing();
    let mut gate = Gate::start(&engine.socket());
    let body = json!({ "Cmd": ["ls", "$(id)"], "Env": [format!("COVIBE_EXEC={MARKER}")] });
    let target = format!("/containers/{}/exec", container());
    let answer = gate.ask("POST", &target, &body.to_string());
    assert_eq!((answer.status, answer.json()), (201, json!({ "Id": command() })));
    for _ in 0..2 {
        let answer = gate.ask("POST", &start(), r#"{"Detach":false,"Tty":false}"#);
        assert_eq!((answer.status, answer.body.as_slice()), (200, OUTPUT));
    }
    let seen = engine.requests();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\
         Content-Type: application/json\r\nContent-Length: 28\r\n\r\n",
        start()
    );
    assert_eq!(seen[1], head + r#"{"Detach":false,"Tty":false}"#);
}

#[test]
fn an_upgraded_exec_streams_raw_output_and_then_ends_the_connection() {
    let engine = printing();
    let mut gate = Gate::start(&engine.socket());
    gate.send(&request("POST", &start(), "Connection: Upgrade\r\nUpgrade: tcp\r\n", "{}"));
    // Anything that a client sends after it is dropped.
    gate.send(b"POST /containers/create HTTP/1.1\r\nHost: x\r\n\r\n");
    let answer = gate.head();
    assert_eq!(answer.status, 101);
    assert!(answer.head.contains(&"Upgrade: tcp".to_owned()));
    assert_eq!(gate.read_rest(), OUTPUT);
    assert_eq!(engine.requests().len(), 1);
}

#[test]
fn a_refusal_of_the_engine_is_passed_on() {
    let engine = Engine::answering(|line, stream| {
        let is_start = line.ends_with("/start");
        if is_start {
            reply(stream, 409, &json!({ "message": "container is paused" }));
        }
        is_start
    });
    let mut gate = Gate::start(&engine.socket());
    assert_eq!(gate.ask("POST", &start(), "{}").status, 409);
    assert_eq!(gate.ask("GET", "/_ping", "").status, 200);
}

#[test]
fn a_command_that_another_client_created_is_not_started() {
    for (path, value) in [
        ("/OpenStdin", json!(true)),
        ("/ProcessConfig/tty", json!(true)),
        ("/ProcessConfig/privileged", json!(true)),
        ("/ProcessConfig", Value::Null),
    ] {
        let mut seen = command_description(0);
        *seen.pointer_mut(path).unwrap() = value;
        let engine = Engine::describing("/exec/", seen);
        let mut gate = Gate::start(&engine.socket());
        assert_eq!(gate.ask("POST", &start(), "{}").status, 403, "{path}");
        assert!(engine.requests().is_empty());
    }
}

/// Tenants can't make such a container; an operator may permit one.
#[test]
fn no_command_runs_in_a_container_that_reaches_the_host() {
    for (path, value) in [
        ("/HostConfig/Privileged", json!(true)),
        ("/HostConfig/PidMode", json!("host")),
        ("/HostConfig", Value::Null),
    ] {
        let mut seen = container_description(&format!("/web-{UUID}"), UUID);
        *seen.pointer_mut(path).unwrap() = value;
        let engine = Engine::describing("/containers/", seen);
        let mut gate = Gate::start(&engine.socket());
        let body = json!({ "Cmd": ["ls"], "Env": [format!("COVIBE_EXEC={MARKER}")] });
        let target = format!("/containers/{}/exec", container());
        let refused = gate.ask("POST", &target, &body.to_string());
        assert_eq!(refused.status, 403, "{path}");
        assert_eq!(gate.ask("POST", &start(), "{}").status, 403, "{path}");
        assert!(engine.requests().is_empty(), "{path}");
        let look = format!("/containers/{}/json", container());
        assert_eq!(gate.ask("GET", &look, "").status, 200, "it is looked at all the same");
    }
}

/// An engine in whose container `pid` is the command; its output ends with it.
fn engine_of(pid: u32) -> Engine {
    Engine::answering(move |line, stream| {
        if line.contains("/exec/") && line.ends_with("/json") {
            let mut seen = command_description(pid);
            if !runs(pid) {
                (seen["Running"], seen["ExitCode"]) = (json!(false), json!(137));
            }
            reply(stream, 200, &seen);
        } else if line.ends_with("/start") {
            stream.write_all(UPGRADED).expect("a reader");
            wait_for_end(stream);
        } else {
            return false;
        }
        true
    })
}

/// Returns when the gate has closed its side.
fn wait_for_end(stream: &mut UnixStream) {
    let _ = stream.read(&mut [0]);
}

const LEAVES: &str = "(setsid sleep 1000 &); echo ready; exec >&-; sleep 1000";

#[test]
fn a_disconnected_client_leaves_no_exec_process_running() {
    let Some(group) = Group::new() else { return };
    for upgrade in ["", "Connection: Upgrade\r\nUpgrade: tcp\r\n"] {
        let mut child = group.run(LEAVES, Some("cccccccccccccccccccc"));
        let engine = engine_of(child.id());
        let mut gate = Gate::start(&engine.socket());
        gate.send(&request("POST", &start(), upgrade, "{}"));
        gate.head();
        gate.leave();
        assert_eq!(child.wait().expect("a status").signal(), Some(9));
        assert!(gate.process.wait().expect("a status").success());
        assert!(group.pids().is_empty());
    }
}

/// Asks a gate to end a command, and returns the answer.
fn kill_command(gate: &mut Gate, marker: &str) -> Value {
    let target = format!("/covibe/exec/{}/kill", command());
    let answer = gate.ask("POST", &target, &json!({ "marker": marker }).to_string());
    assert_eq!(answer.status, 200);
    answer.json()
}

#[test]
fn a_kill_request_ends_the_command_and_reports_the_result() {
    let Some(group) = Group::new() else { return };
    let mut child = group.run(LEAVES, Some("ddddddddddddddddddd1"));
    let engine = engine_of(child.id());
    let mut gate = Gate::start(&engine.socket());
    let seen = kill_command(&mut gate, "ddddddddddddddddddd1");
    assert!(seen["ended"].as_u64() >= Some(3), "{seen}");
    assert_eq!((&seen["remaining"], &seen["running"]), (&json!(0), &json!(false)));
    assert_eq!((&seen["exitCode"], &seen["sawAll"]), (&json!(137), &json!(true)));
    assert_eq!(child.wait().expect("a status").signal(), Some(9));
    assert_eq!(kill_command(&mut gate, "ddddddddddddddddddd1")["ended"], 0);
}

/// Starts a gate as an account without rights; `capabilities` are those of its binary's file.
/// Prints a message and returns `None` if the system can't do that.
fn restricted(engine: &Engine, folder: &Path, capabilities: Option<&str>) -> Option<Gate> {
    let copy = folder.join("covibe-docker-gate");
    fs::copy(binary(), &copy).expect("a copy");
    let open =
        |path: &Path| Command::new("chmod").arg("a+rwx").arg(path).status().expect("a status");
    open(engine.socket().parent().expect("a folder"));
    open(&engine.socket());
    open(folder);
    if let Some(capabilities) = capabilities {
        let set = Command::new("/usr/sbin/setcap").arg(capabilities).arg(&copy).status();
        if !set.is_ok_and(|status| status.success()) {
            crate::skipped("no setcap here");
            return None;
        }
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&copy);
    command.arg("--socket").arg(engine.socket());
    Some(Gate::from_command(command))
}

#[test]
fn a_gate_without_rights_reports_that_it_could_not_end_a_command() {
    let Some(group) = Group::new() else { return };
    let mut child = group.run("echo ready; exec sleep 1000", Some("ddddddddddddddddddd2"));
    let (engine, folder) = (engine_of(child.id()), tempfile::tempdir().expect("a folder"));
    let mut gate = restricted(&engine, folder.path(), None).unwrap();
    assert_eq!(gate.ask("GET", "/covibe/gate", "").json()["kill"], false);
    let seen = kill_command(&mut gate, "ddddddddddddddddddd2");
    assert_eq!((&seen["remaining"], &seen["running"]), (&json!(1), &json!(true)));
    assert_eq!((&seen["maySignal"], &seen["sawAll"]), (&json!(false), &json!(false)));
    assert!(runs(child.id()));
    drop(group);
    assert_eq!(child.wait().unwrap().signal(), Some(9));
}

#[test]
fn three_capabilities_suffice_to_end_commands() {
    let Some(group) = Group::new() else { return };
    let mut child = group.run(LEAVES, Some("ddddddddddddddddddd3"));
    let (engine, folder) = (engine_of(child.id()), tempfile::tempdir().expect("a folder"));
    let capabilities = "cap_kill,cap_sys_ptrace,cap_dac_read_search+p";
    let Some(mut gate) = restricted(&engine, folder.path(), Some(capabilities)) else {
        drop(group);
        child.wait().unwrap();
        return;
    };
    assert_eq!(gate.ask("GET", "/covibe/gate", "").json()["kill"], true);
    let seen = kill_command(&mut gate, "ddddddddddddddddddd3");
    assert_eq!((&seen["remaining"], &seen["sawAll"]), (&json!(0), &json!(true)));
    assert_eq!(child.wait().expect("a status").signal(), Some(9));
    assert!(group.pids().is_empty());
}
