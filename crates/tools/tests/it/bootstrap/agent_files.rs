//! The files that the script writes for Claude Code, VS Code, Codex and agents that read
//! `AGENTS.md`.

use serde_json::{Value, json};

use super::fixture::{Ground, shells};
use super::script;

fn parse_file(ground: &Ground, name: &str) -> Value {
    serde_json::from_str(&ground.read(name)).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn claude_codes_mcp_file_gets_an_http_server_without_the_key() {
    let script = script().await;
    for shell in shells() {
        let ground = Ground::new();
        ground.write(".mcp.json", r#"{"mcpServers": {"other": {"command": "x"}}}"#);
        assert_eq!(ground.run(shell, &script).code, Some(0), "{shell:?}");
        let servers = &parse_file(&ground, ".mcp.json")["mcpServers"];
        assert_eq!(servers["other"]["command"], "x", "{shell:?}");
        let ours = &servers["vibn-mark"];
        assert_eq!(ours["type"], "http", "{shell:?}");
        assert_eq!(ours["headers"]["Authorization"], "Bearer ${VIBN_API_KEY}", "{shell:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_and_its_key_input_are_merged_into_vs_codes_mcp_file() {
    let script = script().await;
    for before in ["", r#"{"servers": {"other": {"command": "x"}}}"#] {
        let ground = Ground::new();
        ground.write(".vscode/mcp.json", before);
        for _ in 0..2 {
            assert_eq!(ground.run(&["sh"], &script).code, Some(0));
            let file = parse_file(&ground, ".vscode/mcp.json");
            let header = json!("Bearer ${input:vibn-api-key}");
            assert_eq!(file["servers"]["vibn-mark"]["headers"]["Authorization"], header);
            assert_eq!(file["servers"]["vibn-mark"]["type"], "http");
            assert_eq!(file["servers"]["other"].is_object(), !before.is_empty());
            let inputs = file["inputs"].as_array().expect("a list");
            assert_eq!((inputs.len(), &inputs[0]["password"]), (1, &json!(true)));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn vs_codes_mcp_file_with_comments_or_other_inputs_is_left_unchanged() {
    let script = script().await;
    for before in ["{ /* mine */ }", r#"{"inputs": [{"id": "other"}]}"#] {
        let ground = Ground::new();
        ground.write(".vscode/mcp.json", before);
        let ran = ground.run(&["sh"], &script);
        assert_ne!(ran.code, Some(0));
        assert!(ran.err.contains("Add this to it yourself"), "{}", ran.err);
        let (server, input) = ("${input:vibn-api-key}", "promptString");
        assert!(ran.err.contains(server) && ran.err.contains(input), "{}", ran.err);
        assert_eq!(ground.read(".vscode/mcp.json"), before);
        assert!(ground.path("AGENTS.md").is_file(), "the other steps are done");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_block_of_agents_md_is_replaced_and_the_rest_stays() {
    let script = script().await;
    let ground = Ground::new();
    let before = "# Mine\n\n<!-- co-vibe: begin -->\nold\n<!-- co-vibe: end -->\n\nMore of mine\n";
    ground.write("AGENTS.md", before);
    let ran = ground.run(&["sh"], &script);
    assert_eq!((ran.code, &*ran.err), (Some(0), ""));
    let text = ground.read("AGENTS.md");
    assert!(text.starts_with("# Mine\n\n<!-- co-vibe: begin -->\n"), "{text}");
    assert!(text.ends_with("<!-- co-vibe: end -->\n\nMore of mine\n"), "{text}");
    assert!(!text.contains("\nold\n") && text.contains("mark"), "{text}");
    assert!(ran.out.contains("codex mcp add vibn-mark --url "), "{}", ran.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_git_repository_created_later_ignores_the_key_file() {
    let script = script().await;
    let ground = Ground::new();
    assert_eq!(ground.run(&["sh"], &script).code, Some(0));
    ground.git(&["init", "--quiet"]);
    ground.git(&["add", "--all"]);
    let staged = ground.git(&["ls-files"]);
    assert!(staged.contains("AGENTS.md") && !staged.contains(".env.local"), "{staged}");
}
