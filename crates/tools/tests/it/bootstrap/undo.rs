//! The parts that `--undo` removes, and those that it leaves.

use super::fixture::{Ground, shells};
use super::script;

#[tokio::test(flavor = "multi_thread")]
async fn undo_removes_everything_but_the_gitignore_entry() {
    let script = script().await;
    for shell in shells() {
        let ground = Ground::new();
        assert_eq!(ground.run(shell, &script).code, Some(0), "{shell:?}");
        let ran = ground.undo(shell, &script);
        assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{shell:?}: {}", ran.out);
        let names: Vec<_> = ground.tree().into_keys().collect();
        assert_eq!(names, [ground.path(".gitignore")], "{shell:?}");
        assert_eq!(ground.undo(shell, &script).code, Some(0), "{shell:?}: a second time");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_restores_existing_files_to_their_previous_content() {
    let script = script().await;
    let files = [
        ("AGENTS.md", "# Mine\n\nBe brief.\n"),
        (".cursor/mcp.json", "{\n  \"mcpServers\": {\n    \"a\": {\"b\": [1.10]}\n  }\n}\n"),
        (".mcp.json", "{\"mcpServers\":{\"a\":{}},\"x\": \"\\u00e9\"}\n"),
        (".vscode/mcp.json", "{\n\t\"servers\": {\n\t\t\"a\": {}\n\t}\n}\n"),
        (".env.local", "# mine\nexport A='x y'\nVIBN_OTHER=1\n"),
        (".gitignore", ".env.local\n"),
    ];
    for shell in shells() {
        let ground = Ground::new();
        for (name, text) in &files {
            ground.write(name, text);
        }
        let before = ground.tree();
        assert_eq!(ground.run(shell, &script).code, Some(0), "{shell:?}");
        assert_eq!(ground.undo(shell, &script).code, Some(0), "{shell:?}");
        for (name, text) in files {
            assert_eq!(ground.read(name), text, "{shell:?}: {name}");
        }
        assert_eq!(ground.tree().len(), before.len(), "{shell:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_removes_the_mcp_server_at_any_position_in_the_file() {
    let script = script().await;
    let ours = r#""vibn-mark": {"url": "x", "more": [1, {}]}"#;
    let cases = [
        (format!(r#"{{"mcpServers": {{{ours}, "a": {{}}}}}}"#), r#"{"mcpServers": { "a": {}}}"#),
        (format!(r#"{{"mcpServers": {{"a": {{}}, {ours}}}}}"#), r#"{"mcpServers": {"a": {}}}"#),
        (
            format!(r#"{{"mcpServers": {{"a": {{}} , {ours} , "b": 1}}}}"#),
            r#"{"mcpServers": {"a": {}  , "b": 1}}"#,
        ),
        (format!(r#"{{"z": 1, "mcpServers": {{ {ours} }}}}"#), r#"{"z": 1, "mcpServers": {}}"#),
        (r#"{"mcpServers": {"a": {}}}"#.to_owned(), r#"{"mcpServers": {"a": {}}}"#),
        (r#"{"a": 1}"#.to_owned(), r#"{"a": 1}"#),
    ];
    for shell in shells() {
        for (before, after) in &cases {
            let ground = Ground::new();
            ground.write(".mcp.json", before);
            assert_eq!(ground.undo(shell, &script).code, Some(0), "{shell:?}: {before}");
            assert_eq!(ground.read(".mcp.json").trim_end(), *after, "{shell:?}: {before}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_leaves_and_reports_files_that_it_cannot_change_safely() {
    let script = script().await;
    let ground = Ground::new();
    let files =
        [(".mcp.json", "{ /* mine */ }"), ("AGENTS.md", "<!-- co-vibe: begin -->\nno end\n")];
    for (name, text) in &files {
        ground.write(name, text);
    }
    let ran = ground.undo(&["sh"], &script);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    for (name, text) in files {
        assert!(ran.err.contains(name), "{name}: {}", ran.err);
        assert_eq!(ground.read(name), text);
    }
    let unknown = ground.run(&["sh", "-s", "--", "--undoo"], &script);
    assert!(unknown.code == Some(1) && unknown.err.contains("--undo"), "{}", unknown.err);
}
