//! Command lines that are refused, and what programs read of the output.

use std::fs;

use covibe_companion::Exit;
use serde_json::Value;

use crate::developer_machine::{Laptop, Run};

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_command_line_exits_with_64_and_a_hint() {
    let laptop = Laptop::new().await;
    for arguments in [
        &["unknown"][..],
        &["setup", "--agents", "emacs"],
        &["setup"],
        &["doctor", "--base-url", "https://ada:pw@co-vibe.dev"],
        &["doctor", "--base-url", "https://co-vibe.dev/callback"],
        &["setup", "--base-url", "https://co-vibe.dev?"],
        &["watch", "--base-url", "http://co-vibe.dev"],
        &["exclude", "--list", "--all"],
    ] {
        let run = laptop.run(arguments);
        assert_eq!(run.code, Some(64), "{arguments:?}: {run:#?}");
        assert!(!run.stderr.is_empty() && run.stdout.is_empty(), "{arguments:?}: {run:#?}");
    }
    assert!(!laptop.file(".covibe").exists(), "nothing was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_base_url_is_refused_before_stored_credentials_are_read() {
    let laptop = Laptop::new().await;
    fs::create_dir(laptop.file(".covibe")).unwrap();
    fs::write(laptop.file(".covibe/credentials.json"), "{").unwrap();
    let run = laptop.run(&["status", "--base-url", "https://co-vibe.dev/callback"]);
    assert_eq!(run.code, Some(64), "{run:#?}");
    assert!(run.stderr.contains("callback"), "{run:#?}");
    let mut command = laptop.companion(&["status"]);
    let run = Run::to_end(command.env("COVIBE_BASE_URL", "https://co-vibe.dev#x"));
    assert_eq!(run.code, Some(64), "{run:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_without_credentials_reports_it_in_text_and_in_json() {
    let laptop = Laptop::new().await;
    let missing = Some(i32::from(Exit::NoCredentials.code()));
    let run = laptop.run(&["doctor"]);
    assert_eq!(run.code, missing, "{run:#?}");
    assert!(run.stderr.contains("Hint: Run `covibe-local setup"), "{run:#?}");
    let run = laptop.run(&["doctor", "--json"]);
    assert_eq!(run.code, missing, "{run:#?}");
    let object: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(object["ok"], false);
    assert!(object["error"]["hint"].is_string(), "{object}");
    let run = laptop.run(&["status", "--json"]);
    let object: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!((run.code, &object["ok"]), (Some(0), &Value::Bool(true)), "{object}");
}

#[tokio::test(flavor = "multi_thread")]
async fn setup_fails_and_doctor_warns_if_the_server_is_unreachable() {
    let laptop = Laptop::with_agents(&[".codex"]).await;
    let away = "http://127.0.0.1:9";
    let run = laptop.run(&["setup", "--base-url", away, "--no-service"]);
    assert_eq!(run.code, Some(69), "{run:#?}");
    assert!(!laptop.file(".codex/config.toml").exists());
    let run = laptop.run(&["doctor", "--base-url", away]);
    assert!(run.stdout.contains("WARN  server.health"), "{run:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hook_command_always_succeeds_with_an_empty_object() {
    let laptop = Laptop::new().await;
    for harness in ["claude-code", "generic", "unknown", ""] {
        let run = laptop.run(&["hook", harness]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(0), "{}\n"), "{harness}: {run:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mcp_headers_prints_the_key_only_for_the_url_of_its_own_server() {
    let mut laptop = Laptop::with_agents(&[".claude"]).await;
    let run = laptop.set_up(&["--no-service"]).await;
    assert_eq!(run.code, Some(0), "{run:#?}");
    let ask = |url: &str| {
        let mut command = laptop.companion(&["mcp-headers", "--agent", "claude-code"]);
        Run::to_end(command.env("CLAUDE_CODE_MCP_SERVER_URL", url))
    };
    let own = ask(&format!("{}/api/mcp", laptop.origin));
    assert!(own.stdout.contains("Bearer vibn_sk_"), "{:?}", own.code);
    for url in ["https://evil.example/api/mcp", &format!("{}/other", laptop.origin)] {
        let run = ask(url);
        assert_eq!((run.code, run.stdout.trim()), (Some(0), "{}"), "{url}: {run:#?}");
        assert!(!run.stderr.is_empty());
    }
}
