//! Agents connect with what `connect` prints, and report a wrong key.

use std::fs;
use std::path::Path;

use super::Project;

/// Trusts the project as its owner does in the dialogs of Claude Code.
fn trust(home: &Path, project: &Path) {
    let file = home.join(".claude.json");
    let known = fs::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok());
    let mut known: serde_json::Value = known.unwrap_or_else(|| serde_json::json!({}));
    known["projects"][project.to_str().expect("UTF-8")] = serde_json::json!({
        "hasTrustDialogAccepted": true, "enabledMcpjsonServers": ["vibn-mark"],
    });
    fs::write(file, known.to_string()).expect("a file");
}

#[tokio::test(flavor = "multi_thread")]
async fn claude_code_connects_and_reports_a_wrong_key() {
    let Some(project) = Project::with(&["claude"]).await else { return };
    let added = project.shell(&project.form("claude-code"), &project.key);
    assert!(added.status.success(), "{added:?}");
    let file = fs::read_to_string(project.folder().join(".mcp.json")).expect("a file");
    assert!(file.contains("${VIBN_API_KEY}") && !file.contains(&project.key), "{file}");
    trust(project.home.path(), &project.folder());
    let listed = project.text("claude mcp list", &project.key);
    assert!(listed.contains("Connected"), "{listed}");
    let wrong = project.text("claude mcp list", "wrong");
    assert!(wrong.contains("Failed to connect"), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn codex_accepts_the_server_with_the_key_from_the_environment() {
    let Some(project) = Project::with(&["codex"]).await else { return };
    let added = project.shell(&project.form("codex"), &project.key);
    assert!(added.status.success(), "{added:?}");
    let listed = project.text("codex mcp list", &project.key);
    assert!(listed.contains("Bearer token") && listed.contains("VIBN_API_KEY"), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn gemini_connects_and_reports_a_wrong_key_and_a_failing_call() {
    let Some(project) = Project::with(&["gemini"]).await else { return };
    fs::create_dir(project.folder().join(".gemini")).expect("a folder");
    let file = project.folder().join(".gemini/settings.json");
    fs::write(file, project.form("gemini")).expect("a file");
    let list = "GEMINI_CLI_TRUST_WORKSPACE=true gemini mcp list";
    let listed = project.text(list, &project.key);
    assert!(listed.contains("- Connected"), "{listed}");
    let wrong = project.text(list, "wrong");
    assert!(!wrong.contains("- Connected"), "{wrong}");
    fs::create_dir_all(project.home.path().join(".gemini")).expect("a folder");
    let settings = r#"{ "security": { "auth": { "selectedType": "gemini-api-key" } } }"#;
    fs::write(project.home.path().join(".gemini/settings.json"), settings).expect("a file");
    fs::write(project.folder().join("agent.mjs"), include_str!("gemini.mjs")).expect("a file");
    let told = project.text("GEMINI_CLI_TRUST_WORKSPACE=true node agent.mjs", &project.key);
    for part in ["No app has this uuid or name.", "apps_list"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}
