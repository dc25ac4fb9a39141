//! A machine is set up as the ships' companion does it: one approval, entries for every agent, no key in any of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::bridge_client::Bridge;
use crate::developer_machine::{Laptop, Run, binary};

const AGENTS: [&str; 3] = [".claude", ".codex", ".cursor"];

/// Returns every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    let (folders, files): (Vec<_>, Vec<_>) =
        entries.map(|entry| entry.path()).partition(|path| path.is_dir() && !path.is_symlink());
    files.into_iter().chain(folders.iter().flat_map(|folder| self::files(folder))).collect()
}

/// Returns the content of every file below the home that is not the companion's own.
fn foreign_files(laptop: &Laptop) -> Vec<(PathBuf, Vec<u8>)> {
    let own = laptop.file(".covibe");
    let foreign = files(&laptop.home()).into_iter().filter(|path| !path.starts_with(&own));
    foreign.map(|path| (path.clone(), fs::read(&path).expect("a file"))).collect()
}

fn assert_no_key_outside_the_credentials(laptop: &Laptop) {
    let credentials = laptop.file(".covibe/credentials.json");
    for path in files(&laptop.home()).into_iter().filter(|path| *path != credentials) {
        let content = fs::read(&path).expect("a file");
        if content.len() > 1_000_000 {
            continue;
        }
        let text = String::from_utf8_lossy(&content);
        let key = text.match_indices("vibn_sk_").find(|(at, _)| {
            let rest = text[at + 8..].bytes();
            rest.take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')).count() > 30
        });
        assert!(key.is_none(), "{} has a key", path.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn setup_connects_every_agent_with_one_approval_and_undo_restores_all_files() {
    let mut laptop = Laptop::with_agents(&AGENTS).await;
    fs::write(laptop.file(".codex/config.toml"), "# mine\nmodel = \"o5\"\n").unwrap();
    fs::write(laptop.file(".cursor/mcp.json"), "{\"mcpServers\": {}}\n").unwrap();
    let before = foreign_files(&laptop);
    let run = laptop.set_up(&["--no-service"]).await;
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(run.stdout.contains("covibe-local exclude"), "{run:#?}");
    let credentials = laptop.file(".covibe/credentials.json");
    assert_eq!(fs::metadata(&credentials).unwrap().permissions().mode() & 0o777, 0o600);
    let stored: Value = serde_json::from_str(&laptop.text(".covibe/credentials.json")).unwrap();
    let tokens = stored["servers"][&laptop.origin]["tokens"].as_object().expect("tokens");
    let mut types: Vec<_> = tokens.keys().map(String::as_str).collect();
    types.sort_unstable();
    assert_eq!(types, ["claude-code", "codex", "companion", "cursor"]);
    for file in [".codex/config.toml", ".cursor/mcp.json"] {
        assert!(laptop.text(file).contains("covibe-mcp"), "{file}");
    }
    assert_no_key_outside_the_credentials(&laptop);

    let after = foreign_files(&laptop);
    let again = laptop.run(&["setup", "--base-url", &laptop.origin, "--no-service"]);
    assert_eq!(again.code, Some(0), "{again:#?}");
    assert_eq!(foreign_files(&laptop), after, "a second setup changes nothing");

    let doctor = laptop.run(&["doctor", "--base-url", &laptop.origin]);
    assert_eq!(doctor.code, Some(0), "{doctor:#?}");

    let undone = laptop.run(&["setup", "--base-url", &laptop.origin, "--undo"]);
    assert_eq!(undone.code, Some(0), "{undone:#?}");
    assert_eq!(foreign_files(&laptop), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bridge_uses_the_stored_key_until_it_is_revoked() {
    let mut laptop = Laptop::with_agents(&[".codex"]).await;
    let run = laptop.set_up(&["--no-service"]).await;
    assert_eq!(run.code, Some(0), "{run:#?}");
    let mut bridge = Bridge::start(&laptop, "codex");
    let initialized = bridge.initialize();
    assert_eq!(initialized["result"]["serverInfo"]["name"], "co-vibe", "{initialized}");
    let described = bridge.call("workspace_describe");
    assert!(described["result"]["content"].is_array(), "{described}");
    assert_ne!(described["result"]["isError"], true, "{described}");

    let agent = &laptop.world.mark.agent;
    let keys = agent.send("GET", "/api/workspaces/mark/keys", &[], None).await.json();
    for key in keys["keys"].as_array().expect("keys") {
        if key["agentType"] == "codex"
            && key["name"].as_str().is_some_and(|n| n.contains("(codex)"))
        {
            let path = format!("/api/workspaces/mark/keys/{}", key["id"].as_str().unwrap());
            agent.send("DELETE", &path, &[], None).await;
        }
    }
    let refused = bridge.call("workspace_describe");
    let text = refused.to_string();
    assert!(refused["error"].is_object() && text.contains("covibe-local login"), "{text}");
    let doctor = laptop.run(&["doctor", "--base-url", &laptop.origin]);
    assert_eq!(doctor.code, Some(1), "{doctor:#?}");
    assert!(doctor.stdout.contains("covibe-local login"), "{doctor:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_from_the_environment_is_used_and_never_stored_or_printed() {
    let laptop = Laptop::with_agents(&[".codex"]).await;
    let key = laptop.world.mark.agent.key.as_ref().expect("a key").expose().to_owned();
    let mut command = laptop.companion(&["setup", "--base-url", &laptop.origin, "--no-service"]);
    let run = Run::to_end(command.env("COVIBE_MCP_TOKEN", &key));
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(run.stderr.contains("covibe-local login"), "the service has no key: {run:#?}");
    for path in files(&laptop.home()) {
        let content = fs::read(&path).unwrap();
        assert!(!String::from_utf8_lossy(&content).contains(&key), "{}", path.display());
    }
    assert!(!run.stdout.contains(&key) && !run.stderr.contains(&key));
}

#[tokio::test(flavor = "multi_thread")]
async fn setup_in_ci_without_the_device_flag_fails_and_writes_nothing() {
    let laptop = Laptop::with_agents(&[".codex"]).await;
    let mut command = laptop.program(binary());
    command.args(["setup", "--base-url", &laptop.origin, "--no-service"]).env("CI", "true");
    let run = Run::to_end(&mut command);
    assert_eq!(run.code, Some(64), "{run:#?}");
    assert!(run.stderr.contains("--device"), "{run:#?}");
    assert!(!laptop.file(".covibe/credentials.json").exists());
    assert!(!laptop.file(".codex/config.toml").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_in_a_moved_folder_finds_its_files_without_covibe_home() {
    let mut laptop = Laptop::with_agents(&[".codex"]).await;
    let moved = laptop.file("moved");
    let origin = laptop.origin.clone();
    let arguments = ["setup", "--base-url", &origin, "--device", "--no-browser", "--no-service"];
    let mut command = laptop.companion(&arguments);
    command.env("COVIBE_HOME", &moved);
    let run = laptop.run_approved(command).await;
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(!laptop.file(".covibe").exists());
    let mut bridge = Bridge::start_at(&laptop, &moved.join("bin/covibe-mcp"), "codex");
    let initialized = bridge.initialize();
    assert_eq!(initialized["result"]["serverInfo"]["name"], "co-vibe", "{initialized}");
}
