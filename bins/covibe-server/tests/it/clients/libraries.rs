//! Programs that use the MCP libraries for TypeScript and Python list the tools and call one.

use serde_json::Value;

use super::Project;

/// Runs a program with the right key, with a wrong one and without one.
async fn connects(program: &str, interpreter: &str, source: &str) {
    let Some(project) = Project::with(&[program]).await else { return };
    let file = project.folder().join("client");
    std::fs::write(&file, source).expect("a file");
    // Modules are looked up in the folder where Node.js starts if their source is standard input.
    let script = format!("cd \"$CLIENTS\" && {interpreter} < '{}'", file.display());
    let told = project.shell(&script, &project.key);
    let printed: Value = serde_json::from_slice(&told.stdout).unwrap_or_default();
    assert_eq!(printed["slug"], "mark", "{told:?}");
    assert!(printed["tools"].as_u64() > Some(20), "{told:?}");
    for key in ["wrong", ""] {
        let told = project.shell(&script, key);
        assert!(!told.status.success() && told.stdout.is_empty(), "{told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_typescript_library_connects() {
    let source = include_str!("typescript-1.mjs");
    connects("node_modules/@modelcontextprotocol/sdk", "node --input-type=module", source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_typescript_library_connects() {
    let source = include_str!("typescript-2.mjs");
    connects("node_modules/@modelcontextprotocol/client", "node --input-type=module", source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_library_connects() {
    connects("python/bin/python", "python/bin/python", include_str!("python.py")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fastmcp_connects() {
    connects("fastmcp/bin/python", "fastmcp/bin/python", include_str!("fastmcp.py")).await;
}
