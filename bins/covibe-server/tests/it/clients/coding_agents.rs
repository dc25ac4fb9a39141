//! Agents connect with what `connect` prints, report a wrong key, call tools as a stand-in for their model asks, and
//! cancel a call when they are ended.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{METRICS, Project, log_wait};

/// An agent whose model is a stand-in.
struct Agent {
    /// The language that it speaks with its model.
    dialect: &'static str,
    /// The command that starts it. It finds the address of its model in `$MODEL`.
    command: &'static str,
}

const CLAUDE_CODE: Agent = Agent {
    dialect: "messages",
    command: "ANTHROPIC_BASE_URL=$MODEL ANTHROPIC_API_KEY=none ENABLE_TOOL_SEARCH=false \
              CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 claude -p Begin --mcp-config .mcp.json \
              --strict-mcp-config --allowedTools mcp__vibn-mark",
};

const CODEX: Agent = Agent {
    dialect: "responses",
    command: "codex exec --model stand-in --skip-git-repo-check \
              --dangerously-bypass-approvals-and-sandbox -c model_provider=stand-in \
              -c model_providers.stand-in.name=stand-in -c model_providers.stand-in.base_url=$MODEL/v1 \
              -c model_providers.stand-in.wire_api=responses Begin",
};

/// With a model of its own, it asks none which one to take.
const GEMINI: Agent = Agent {
    dialect: "contents",
    command: "GEMINI_API_KEY=a-key GOOGLE_GEMINI_BASE_URL=$MODEL GEMINI_CLI_TRUST_WORKSPACE=true \
              gemini --approval-mode=yolo --model=gemini-2.5-pro --prompt=Begin",
};

/// Its model comes from a provider of its settings.
const OPENCODE: Agent = Agent {
    dialect: "messages",
    command: "OPENCODE_DISABLE_MODELS_FETCH=1 OPENCODE_DISABLE_AUTOUPDATE=1 opencode run Begin",
};

impl Agent {
    /// Checks that the agent offers its model the tools, that the model learns why a call fails, what another one
    /// returns and what a long one returns, and that the server ends a call when the agent ends.
    async fn assert_calls(&self, project: &Project) {
        let program = project.folder().join("agent.mjs");
        fs::write(program, include_str!("agent.mjs")).expect("a file");
        let app = project.running_app().await;
        let calls = json!([
            ["apps_get", { "uuid": "none-such" }],
            ["workspace_describe", {}],
            ["apps_logs", log_wait(&app, 2_000)],
        ]);
        let told = project.shell(&self.script(&calls), &project.key);
        let learned: Value = serde_json::from_slice(&told.stdout).unwrap_or_default();
        let texts = |name: &str| {
            let texts = learned[name].as_array().into_iter().flatten().filter_map(Value::as_str);
            texts.map(str::to_owned).collect::<Vec<_>>()
        };
        for tool in ["apps_create", "apps_logs", "databases_create", "workspace_describe"] {
            assert!(texts("tools").iter().any(|name| name.ends_with(tool)), "{tool}: {told:?}");
        }
        let results = texts("results");
        let [failure, workspace, logs] = &*results else { panic!("{results:?} {told:?}") };
        for part in ["No app has this uuid or name.", "apps_list"] {
            assert!(failure.contains(part), "{part}: {failure}");
        }
        assert!(workspace.contains("slug") && workspace.contains("mark"), "{workspace}");
        assert!(logs.contains("docker") && logs.contains("cursor"), "{logs}");
        let calls = json!([["apps_logs", log_wait(&app, 600_000)]]);
        project.end_during_wait(&self.script(&calls)).await;
    }

    /// Returns a script that runs the agent with a model that makes these calls.
    fn script(&self, calls: &Value) -> String {
        let Self { dialect, command } = self;
        format!("DIALECT={dialect} CALLS='{calls}' AGENT='{command}' node agent.mjs")
    }
}

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
async fn claude_code_connects_reports_a_wrong_key_and_calls_tools() {
    let Some(project) = Project::at(&["claude"], &[METRICS]).await else { return };
    let added = project.shell(&project.form("claude-code"), &project.key);
    assert!(added.status.success(), "{added:?}");
    let file = fs::read_to_string(project.folder().join(".mcp.json")).expect("a file");
    assert!(file.contains("${VIBN_API_KEY}") && !file.contains(&project.key), "{file}");
    trust(project.home.path(), &project.folder());
    let listed = project.text("claude mcp list", &project.key);
    assert!(listed.contains("Connected"), "{listed}");
    let wrong = project.text("claude mcp list", "wrong");
    assert!(wrong.contains("Failed to connect"), "{wrong}");
    CLAUDE_CODE.assert_calls(&project).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn codex_accepts_the_server_with_the_key_from_the_environment_and_calls_tools() {
    let Some(project) = Project::at(&["codex"], &[METRICS]).await else { return };
    let added = project.shell(&project.form("codex"), &project.key);
    assert!(added.status.success(), "{added:?}");
    let listed = project.text("codex mcp list", &project.key);
    assert!(listed.contains("Bearer token") && listed.contains("VIBN_API_KEY"), "{listed}");
    CODEX.assert_calls(&project).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gemini_connects_reports_a_wrong_key_and_calls_tools() {
    let Some(project) = Project::at(&["gemini"], &[METRICS]).await else { return };
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
    GEMINI.assert_calls(&project).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_connects_reports_a_wrong_key_and_calls_tools() {
    let Some(project) = Project::at(&["opencode"], &[METRICS]).await else { return };
    fs::write(project.folder().join("opencode.json"), project.form("opencode")).expect("a file");
    let provider = json!({
        "npm": "@ai-sdk/anthropic",
        "options": { "baseURL": "{env:MODEL}/v1", "apiKey": "none" },
        "models": { "stand-in": {} },
    });
    let settings = json!({
        "permission": "allow",
        "model": "stand-in/stand-in",
        "small_model": "stand-in/stand-in",
        "provider": { "stand-in": provider },
    });
    let folder = project.home.path().join(".config/opencode");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("opencode.json"), settings.to_string()).expect("a file");
    let list = "OPENCODE_DISABLE_MODELS_FETCH=1 OPENCODE_DISABLE_AUTOUPDATE=1 opencode mcp list";
    let listed = project.text(list, &project.key);
    assert!(listed.contains("✓ vibn-mark"), "{listed}");
    let wrong = project.text(list, "wrong");
    assert!(wrong.contains("✗ vibn-mark") && wrong.contains("401"), "{wrong}");
    OPENCODE.assert_calls(&project).await;
}
