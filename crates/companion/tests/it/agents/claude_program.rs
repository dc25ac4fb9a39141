//! Claude Code's own program, which writes its own file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use covibe_companion::Agent;
use covibe_companion::agents::Transport;
use serde_json::{Value, json};

use super::Machine;

/// A stand-in that notes its arguments, and edits the file as the program does.
const PROGRAM: &str = r#"#!/usr/bin/env python3
import json, os, sys
home = os.environ["HOME"]
with open(os.path.join(home, "calls"), "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\n")
path = os.path.join(home, ".claude.json")
data = json.load(open(path)) if os.path.exists(path) else {}
servers = data.setdefault("mcpServers", {})
if sys.argv[2] == "remove":
    if servers.pop(sys.argv[5], None) is None:
        sys.exit(1)
else:
    servers[sys.argv[5]] = dict(json.loads(sys.argv[6]), env={})
json.dump(data, open(path, "w"))
"#;

fn machine(program: &str) -> Machine {
    let mut machine = Machine::new();
    let path = machine.path_outside_home("claude");
    fs::write(&path, program).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    machine.places.claude_program = Some(path);
    machine
}

fn calls(machine: &Machine) -> Vec<Vec<String>> {
    let text = fs::read_to_string(machine.path("calls")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn claude_adds_replaces_and_removes_the_entry_by_its_own_program() {
    let mut machine = machine(PROGRAM);
    machine.write(".claude.json", "{\"numStartups\": 3}");
    let (plan, applied) = machine.set_up(&[Agent::ClaudeCode]);
    assert!(plan.diff().contains("claude mcp add-json --scope user covibe '{"), "{}", plan.diff());
    assert_eq!((applied.refused, applied.remarks), (vec![], vec![]));
    assert_eq!(calls(&machine)[0][..5], ["mcp", "add-json", "--scope", "user", "covibe"]);
    let (plan, _) = machine.set_up(&[Agent::ClaudeCode]);
    assert!(plan.is_empty(), "what the program adds to the entry is no difference");
    machine.transport = Transport::Http;
    machine.set_up(&[Agent::ClaudeCode]);
    assert_eq!(calls(&machine)[1], ["mcp", "remove", "--scope", "user", "covibe"]);
    assert_eq!(machine.json(".claude.json")["mcpServers"]["covibe"]["type"], "http");
    machine.undo();
    assert_eq!(machine.json(".claude.json"), json!({ "numStartups": 3, "mcpServers": {} }));
}

#[test]
fn a_failing_claude_program_falls_back_to_editing_the_file() {
    for program in ["#!/bin/sh\nexit 1\n", "#!/bin/sh\nexit 0\n", "no program"] {
        let machine = machine(program);
        machine.write(".claude.json", "{\"numStartups\": 3}");
        let (_, applied) = machine.set_up(&[Agent::ClaudeCode]);
        assert!(applied.remarks[0].contains("edited instead"), "{:?}", applied.remarks);
        let content = machine.json(".claude.json");
        assert_eq!(
            (&content["numStartups"], Value::is_object(&content["mcpServers"]["covibe"])),
            (&json!(3), true)
        );
        machine.undo();
        assert_eq!(machine.read(".claude.json"), "{\"numStartups\": 3}");
    }
}
