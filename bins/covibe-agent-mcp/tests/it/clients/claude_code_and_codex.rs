//! Claude Code and Codex, with the blocks that are printed for them.

use serde_json::Value;

use super::scripted_model::{Dialect, Model};
use super::{assert_answers, assert_complete, is_installed, run_to_end, script};
use crate::server_process::{Machine, text};
use crate::test_environment::{SERVERS, Surroundings};

/// Has an agent call each tool of each server once, as a stand-in for its model asks for it. The script finds the address
/// of the model in `$MODEL`, and the name of the server in `$NAME`.
async fn calls_each_tool(dialect: Dialect, line: &str) {
    let surroundings = Surroundings::new().await;
    for server in SERVERS {
        let calls = surroundings.calls(server);
        let model = Model::start(dialect, server, calls.clone());
        let mut agent = script(&surroundings.machine, line);
        agent.envs(surroundings.variables.iter().map(|(name, value)| (name, value)));
        agent.env("NAME", server).env("MODEL", format!("http://{}", model.address));
        let ran = run_to_end(&mut agent);
        assert!(ran.status.success(), "{server}: {ran:?}");
        let told = model.notes();
        assert_complete(server, &told.tools, &calls);
        assert_eq!(told.results.len(), calls.len(), "{server}: {told:?}");
        for (call, result) in calls.iter().zip(&told.results) {
            assert_answers(call, result);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn claude_code_calls_each_tool() {
    if is_installed("node_modules/.bin/claude") {
        let line = "\"$SERVER\" $NAME --print-config claude-code > mcp.json 2>/dev/null && \
                    ANTHROPIC_BASE_URL=$MODEL ANTHROPIC_API_KEY=none ENABLE_TOOL_SEARCH=false \
                    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 claude -p 'Do it.' --mcp-config mcp.json \
                    --strict-mcp-config --allowedTools mcp__vibn-$NAME";
        calls_each_tool(Dialect::Messages, line).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codex_calls_each_tool() {
    if is_installed("node_modules/.bin/codex") {
        let line = "mkdir -p .codex && \"$SERVER\" $NAME --print-config codex > .codex/config.toml 2>/dev/null && \
                    codex exec --model stand-in --skip-git-repo-check --dangerously-bypass-approvals-and-sandbox \
                    -c model_provider=stand-in -c model_providers.stand-in.name=stand-in \
                    -c model_providers.stand-in.base_url=$MODEL/v1 -c model_providers.stand-in.wire_api=responses 'Do it.'";
        calls_each_tool(Dialect::Responses, line).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn claude_code_connects_with_the_printed_configuration() {
    if !is_installed("node_modules/.bin/claude") {
        return;
    }
    let machine = Machine::new();
    let line = "\"$SERVER\" workspace --print-config claude-code > .mcp.json 2>/dev/null && \
                claude mcp add-json --scope user vibn-workspace \
                \"$(node -p 'JSON.stringify(JSON.parse(require(\"fs\").readFileSync(\".mcp.json\")).mcpServers[\"vibn-workspace\"])')\" && \
                rm .mcp.json && claude mcp get vibn-workspace";
    let ran = run_to_end(&mut script(&machine, line));
    assert!(text(&ran.stdout).contains("Connected"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn codex_reads_the_printed_configuration() {
    if !is_installed("node_modules/.bin/codex") {
        return;
    }
    let machine = Machine::new();
    let line = "mkdir .codex && \"$SERVER\" workspace --print-config codex > .codex/config.toml \
                2>/dev/null && codex mcp get vibn-workspace --json";
    let ran = run_to_end(&mut script(&machine, line));
    let entry: Value = serde_json::from_slice(&ran.stdout).unwrap_or_default();
    let transport = &entry["transport"];
    assert_eq!(transport["type"], "stdio", "{ran:?}");
    assert_eq!(transport["command"], env!("CARGO_BIN_EXE_covibe-agent-mcp"), "{ran:?}");
    assert!(transport["env_vars"].to_string().contains("WORKSPACE_ROOT"), "{ran:?}");
}
