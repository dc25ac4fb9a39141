//! The files that the script writes, and those that it leaves alone.

use serde_json::{Value, json};

use super::fixture::{Ground, KEY, shells};
use super::script;

#[tokio::test(flavor = "multi_thread")]
async fn the_script_sets_up_an_empty_directory_and_a_second_run_changes_nothing() {
    let script = script().await;
    let mut first = None;
    for shell in shells() {
        let ground = Ground::new();
        let ran = ground.run(shell, &script);
        assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{shell:?}");
        let tree = ground.tree();
        let names: Vec<_> = tree.keys().filter(|path| path.is_file()).cloned().collect();
        let expected = [
            ".cursor/mcp.json",
            ".cursor/rules/co-vibe.mdc",
            ".env.local",
            ".gitignore",
            ".mcp.json",
            ".vscode/mcp.json",
            "AGENTS.md",
        ];
        assert_eq!(names, expected.map(|name| ground.path(name)), "{shell:?}");
        assert_eq!(ground.mode(".env.local"), 0o600, "{shell:?}");
        let holders = tree.values().filter(|(_, text)| String::from_utf8_lossy(text).contains(KEY));
        assert_eq!(holders.count(), 1, "{shell:?}: the key is in .env.local alone");
        assert_eq!(ground.run(shell, &script).code, Some(0), "{shell:?}");
        assert_eq!(ground.tree(), tree, "{shell:?}: a second run changes nothing");
        let texts: Vec<_> = tree.into_values().collect();
        assert_eq!(*first.get_or_insert(texts.clone()), texts, "{shell:?} is like the others");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_writes_the_mcp_server_and_rules_for_cursor() {
    let ground = Ground::new();
    assert_eq!(ground.run(&["sh"], &script().await).code, Some(0));
    let mcp: Value = serde_json::from_str(&ground.read(".cursor/mcp.json")).expect("JSON");
    let url = mcp["mcpServers"]["vibn-mark"]["url"].clone();
    assert!(url.as_str().is_some_and(|url| url.ends_with("/api/mcp")), "{mcp}");
    let headers = json!({ "Authorization": "Bearer ${env:VIBN_API_KEY}" });
    let server = json!({ "url": url, "headers": headers });
    assert_eq!(mcp, json!({ "mcpServers": { "vibn-mark": server } }));
    let rules = ground.read(".cursor/rules/co-vibe.mdc");
    let head = "---\ndescription: The Co-Vibe workspace mark\nglobs:\nalwaysApply: true\n---\n";
    assert!(rules.starts_with(head), "{rules}");
    let needed =
        ["gitea_credentials", "VIBN_API_KEY", "never print", "403", "503", "*.mark.", "vibn-mark"];
    for word in needed {
        assert!(rules.contains(word), "{word}: {rules}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_mcp_servers_are_preserved_byte_for_byte() {
    let script = script().await;
    let before = "{\r\n    \"z\": 1.10,\n    \"mcpServers\" : {\n        \"a b\":  {\"command\": \"x\\u00e9\"},\n        \
                  \"vibn-mark\": {\"disabled\": true, \"url\": \"old\"}\n    },\n    \"a\": [12345678901234567890]\n}";
    for shell in shells() {
        let ground = Ground::new();
        ground.write(".cursor/mcp.json", before);
        ground.set_mode(".cursor/mcp.json", 0o640);
        assert_eq!(ground.run(shell, &script).code, Some(0), "{shell:?}");
        let after = ground.read(".cursor/mcp.json");
        let url = after.split("\"url\": \"").nth(1).and_then(|rest| rest.split('"').next());
        let url = url.expect("a URL");
        let ours = format!(
            "{{\"disabled\": true, \"url\": \"{url}\", \"headers\": {{\"Authorization\": \
             \"Bearer ${{env:VIBN_API_KEY}}\"}}}}"
        );
        let expected = before.replace("{\"disabled\": true, \"url\": \"old\"}", &ours) + "\n";
        assert_eq!(after, expected, "{shell:?}");
        assert_eq!(ground.mode(".cursor/mcp.json"), 0o640, "{shell:?}");
        let tree = ground.tree();
        assert_eq!(ground.run(shell, &script).code, Some(0), "{shell:?}");
        assert_eq!(ground.tree(), tree, "{shell:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_added_mcp_server_follows_the_formatting_of_the_file() {
    let script = script().await;
    let added = |before: &str| {
        let ground = Ground::new();
        ground.write(".cursor/mcp.json", before);
        let ran = ground.run(&["sh"], &script);
        assert_eq!(ran.code, Some(0), "{before}: {}", ran.err);
        let text = ground.read(".cursor/mcp.json");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        assert!(value["mcpServers"]["vibn-mark"]["headers"].is_object(), "{text}");
        text
    };
    let tabs = added("{\n\t\"mcpServers\": {\n\t\t\"a\": {}\n\t}\n}\n");
    assert!(tabs.contains("\n\t\t\"a\": {},\n\t\t\"vibn-mark\": {\n\t\t\t\"url\": "), "{tabs}");
    let wide = added("{\n    \"x\": 1\n}\n");
    assert!(wide.contains("\n    \"mcpServers\": {\n        \"vibn-mark\": {\n"), "{wide}");
    let dense = added("{\"mcpServers\":{\"a\":{}}}");
    assert!(dense.starts_with("{\"mcpServers\":{\"a\":{},\"vibn-mark\": {\"url\": "), "{dense}");
    assert_eq!(added(""), added("{}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn mcp_files_that_are_not_plain_json_are_left_unchanged() {
    let script = script().await;
    let deep = format!("{}{}", "[".repeat(150), "]".repeat(150));
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(300_000));
    let documents: [&[u8]; 16] = [
        b"nonsense",
        b"{\"mcpServers\": {}} // mine",
        b"{/* mine */}",
        b"{\"mcpServers\": {},}",
        b"{\"a\": 1, \"a\": 2}",
        b"{\"mcpServers\": {\"vibn-mark\": {}, \"vibn-mark\": {}}}",
        b"{\"mcpServers\": [] }",
        b"{\"mcpServers\": {\"vibn-mark\": \"x\"}}",
        b"{\"mcpServers\": null}",
        b"{\"mcp\\u0053ervers\": {}}",
        b"[]",
        b"{} {}",
        b"{\"a\": 01}",
        b"{\"a\": \"\0\"}",
        deep.as_bytes(),
        large.as_bytes(),
    ];
    for (number, document) in documents.into_iter().enumerate() {
        let shell = shells()[number % shells().len()];
        let ground = Ground::new();
        ground.write(".cursor/mcp.json", document);
        let ran = ground.run(shell, &script);
        let what =
            format!("{shell:?}, {}", String::from_utf8_lossy(&document[..document.len().min(60)]));
        assert_eq!(ran.code, Some(1), "{what}: {}", ran.err);
        assert_eq!(
            std::fs::read(ground.path(".cursor/mcp.json")).expect("a file"),
            document,
            "{what}"
        );
        assert!(ran.err.contains(".cursor/mcp.json"), "{what}: {}", ran.err);
        assert!(ground.read(".env.local").contains(KEY), "{what}: the rest is done");
        assert!(ground.path(".cursor/rules/co-vibe.mdc").exists(), "{what}: the rest is done");
        if !document.contains(&0) {
            assert!(ran.err.contains("Bearer ${env:VIBN_API_KEY}"), "{what}: {}", ran.err);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_lines_of_env_local_are_preserved() {
    let script = script().await;
    let before = "# mine\nA='x y'\nexport VIBN_API_KEY=old # \nB=$(touch owned)\r\n VIBN_WORKSPACE = x\n\
                  VIBN_API_KEY=older\nVIBN_API_KEY_2=kept\n#VIBN_API_KEY=kept\nC=\"\\n\\\\\"";
    for shell in shells() {
        let ground = Ground::new();
        ground.write(".env.local", before);
        ground.set_mode(".env.local", 0o640);
        let ran = ground.run(shell, &script);
        assert_eq!(ran.code, Some(0), "{shell:?}: {}", ran.err);
        assert!(ran.out.contains("chmod 600"), "{shell:?}: {}", ran.out);
        let after = ground.read(".env.local");
        let begin = format!(
            "# mine\nA='x y'\nexport VIBN_API_KEY={KEY}\nB=$(touch owned)\r\n VIBN_WORKSPACE=mark\n\
             VIBN_API_KEY_2=kept\n#VIBN_API_KEY=kept\nC=\"\\n\\\\\"\nVIBN_MCP_URL=http://"
        );
        assert!(after.starts_with(&begin), "{shell:?}: {after}");
        assert_eq!(ground.mode(".env.local"), 0o640, "{shell:?}");
        let tree = ground.tree();
        assert_eq!(ground.run(shell, &script).code, Some(0), "{shell:?}");
        assert_eq!(ground.tree(), tree, "{shell:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_cursor_rules_file_gets_a_replaceable_block() {
    let script = script().await;
    for shell in shells() {
        let ground = Ground::new();
        ground.write(".cursor/rules", "Be brief.");
        assert_eq!(ground.run(shell, &script).code, Some(0), "{shell:?}");
        let after = ground.read(".cursor/rules");
        assert!(after.starts_with("Be brief.\n\n<!-- co-vibe: begin -->\n# Co-Vibe\n"), "{after}");
        let older = after.replace("# Co-Vibe\n", "# Older\nOlder rules.\n") + "Be kind.\n";
        ground.write(".cursor/rules", &older);
        assert_eq!(ground.run(shell, &script).code, Some(0), "{shell:?}");
        assert_eq!(ground.read(".cursor/rules"), after.clone() + "Be kind.\n", "{shell:?}");
        for bad in [after.replace("co-vibe: end", "gone"), after.clone() + &after] {
            ground.write(".cursor/rules", &bad);
            let ran = ground.run(shell, &script);
            assert_eq!((ran.code, ground.read(".cursor/rules")), (Some(1), bad), "{shell:?}");
        }
    }
}
