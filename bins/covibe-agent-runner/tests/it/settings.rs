//! Settings that are not usable.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use covibe_agent_runner_core::agents::ToolNames;
use serde_json::json;

use crate::test_runner::World;

fn refusal_text(world: &World) -> String {
    for command in [&[][..], &["check"]] {
        let output = world.command().args(command).output().unwrap();
        assert_eq!(output.status.code(), Some(78), "{output:?}");
        if !command.is_empty() {
            return String::from_utf8(output.stderr).unwrap();
        }
    }
    unreachable!()
}

#[test]
fn a_runner_that_binds_beyond_loopback_requires_a_long_token() {
    let world = World::idle("").with("AGENT_RUNNER_BIND", "0.0.0.0:0");
    assert!(refusal_text(&world).starts_with("AGENT_RUNNER_TOKEN"));
    let short = world.with("AGENT_RUNNER_TOKEN", "0123456789abcdef0123456789abcde");
    let text = refusal_text(&short);
    assert!(text.starts_with("AGENT_RUNNER_TOKEN") && !text.contains("0123"), "{text}");
}

#[test]
fn problems_of_the_configuration_are_reported_one_a_line() {
    let world = World::idle("[agents.x]\ncommand = []\n").with("GITEA_API_URL", "nowhere");
    let text = refusal_text(&world);
    assert!(text.contains("Agent x: command is empty."), "{text}");
    let world = World::idle("[agents.x]\ncommand = [\"a\"]\ntools = [\"no_such_tool\"]\n");
    assert!(refusal_text(&world).contains("`no_such_tool` is not a tool"));
    fs::remove_file(world.home().join("runner.toml")).unwrap();
    assert!(refusal_text(&world).contains("runner.toml cannot be read"));
}

#[test]
fn the_check_command_accepts_usable_settings() {
    let output = World::idle("").command().arg("check").output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn the_check_command_warns_of_a_writable_folder_with_settings_of_an_agents_program() {
    let world = World::idle("[agents.x]\ncommand = [\"a\"]\nwritable = [\"~/.claude\"]\n");
    let output = world.command().arg("check").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    let folder = world.path(".claude").display().to_string();
    let warned = |line: &str| line.starts_with("WARN: Agent x: ") && line.contains(&folder);
    assert!(text.lines().any(warned), "{text}");
}

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/runner.toml");

/// Starts a model that refuses every question, and returns its address.
fn refusing_model() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut vec![0; 65536]);
            let _ = stream
                .write_all(b"HTTP/1.1 400 X\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
        }
    });
    address
}

/// Returns arguments in `runner.toml` that make Codex ask the model at this address.
fn with_model(address: SocketAddr) -> String {
    let settings = [
        "model=none",
        "model_provider=none",
        "model_providers.none.name=none",
        "model_providers.none.wire_api=responses",
        &format!("model_providers.none.base_url=http://{address}/v1"),
        "model_providers.none.request_max_retries=0",
        "model_providers.none.stream_max_retries=0",
    ];
    settings.iter().map(|setting| format!(", \"-c\", \"{setting}\"")).collect()
}

/// Starts the Codex of the example in a job without a repository.
#[test]
fn codex_of_the_example_runs_without_a_repository_or_approvals() {
    let example = fs::read_to_string(EXAMPLE).unwrap();
    // Without it, it refuses all calls that change something outside of its folder.
    let approval = "\"mcp_servers.covibe.default_tools_approval_mode=approve\"";
    assert!(example.contains(approval));
    let Some(clients) = std::env::var_os("COVIBE_CLIENTS") else { return };
    let clients = Path::new(&clients).canonicalize().unwrap();
    let path =
        format!("{}:/usr/local/bin:/usr/bin:/bin", clients.join("node_modules/.bin").display());
    let mut world = World::idle("").with("PATH", &path).with("CODEX_API_KEY", "none");
    let readable = clients.join("node_modules").canonicalize().unwrap();
    let own =
        format!("[agents.pm]\nreadable = [\"{}\", \"{}\"]", clients.display(), readable.display());
    // Its settings are those of its command, because a job has no others.
    let asking = format!("{approval}{}", with_model(refusing_model()));
    let text = example.replace("[agents.pm]", &own).replace(approval, &asking);
    fs::write(world.home().join("runner.toml"), text).unwrap();
    world.start();
    let reply =
        world.post("/api/agent/run", &json!({ "agent": "pm", "task": "Do it.", "timeout_s": 60 }));
    let job = world.wait_for_end(reply.json()["jobId"].as_str().unwrap());
    assert!(job["output"].as_str().unwrap().contains("OpenAI Codex"), "{job}");
}

#[test]
fn the_example_configuration_passes_the_check() {
    let world = World::idle("");
    fs::copy(EXAMPLE, world.home().join("runner.toml")).unwrap();
    let output = world.command().arg("check").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let is_complete = ToolNames::from_registry().names().count() == 28;
    let is_fine =
        |line: &str| line.contains("usable") || !is_complete && line.contains("is not a tool");
    assert!(text.lines().all(is_fine), "{text}");
}
