//! The server of a job of the runner.

use serde_json::json;

use crate::server_process::{Machine, Running, run, text};

fn job(machine: &Machine, tools: &str) -> Running {
    let root = machine.work();
    let root = root.to_str().expect("UTF-8");
    let arguments = ["job", "--job", "j1", "--root", root, "--tools", tools];
    let mut server = Running::start(&mut machine.bare(&arguments));
    server.initialize();
    server
}

#[test]
fn a_job_is_served_only_its_listed_tools() {
    let machine = Machine::new();
    std::fs::write(machine.work().join("note.txt"), "x").unwrap();
    let mut server = job(&machine, "list_directory,list_repos");
    let tools = server.tools();
    let names: Vec<_> = tools.iter().filter_map(|tool| tool["name"].as_str()).collect();
    assert_eq!(names, ["list_directory", "list_repos"]);
    let result = server.call("list_directory", &json!({}));
    assert!(result.to_string().contains("note.txt"), "{result}");
    let call = json!({ "name": "execute_command", "arguments": { "command": "true" } });
    assert_eq!(server.ask("tools/call", call)["error"]["code"], -32602);
}

#[test]
fn a_tool_of_an_unconfigured_server_returns_unready_with_the_missing_variables() {
    let machine = Machine::new();
    let mut server = job(&machine, "list_directory,list_repos");
    let result = server.call("list_repos", &json!({}));
    let content = &result["structuredContent"];
    assert_eq!((&content["code"], &content["retryable"]), (&json!("unready"), &json!(false)));
    for name in ["GITEA_API_URL", "GITEA_API_TOKEN", "GITEA_USERNAME"] {
        assert!(content["hint"].as_str().unwrap().contains(name), "{content}");
    }
}

#[test]
fn a_job_with_an_unknown_tool_exits_with_64() {
    let machine = Machine::new();
    let root = machine.work();
    let root = root.to_str().unwrap();
    for tools in ["list_repoz", "list_directory,spawn_agent"] {
        let arguments = ["job", "--job", "j1", "--root", root, "--tools", tools];
        let ran = run(&mut machine.bare(&arguments));
        assert_eq!(ran.status.code(), Some(64), "{ran:?}");
        assert!(text(&ran.stderr).contains("Unknown tool"), "{ran:?}");
    }
}
