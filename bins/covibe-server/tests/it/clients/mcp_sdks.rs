//! Programs that use the MCP libraries for TypeScript and Python list the tools, call one, and read why a call
//! of another one fails, in each version of the protocol that a library speaks.

use serde_json::{Value, json};

use super::Project;

/// The versions: those with a handshake, and the stateless one.
const ERAS: [&str; 2] = ["legacy", "modern"];

/// Runs a program in these versions of the protocol, with the right key, with a wrong one and without one.
async fn connects(program: &str, interpreter: &str, source: &str, eras: &[&str]) {
    let Some(project) = Project::with(&[program]).await else { return };
    let file = project.folder().join("client");
    std::fs::write(&file, source).expect("a file");
    for era in eras {
        // Modules are looked up in the folder where Node.js starts if their source is standard input.
        let script =
            format!("cd \"$CLIENTS\" && MCP_ERA={era} {interpreter} < '{}'", file.display());
        let told = project.shell(&script, &project.key);
        let printed: Value = serde_json::from_slice(&told.stdout).unwrap_or_default();
        assert_eq!(printed["slug"], "mark", "{told:?}");
        assert!(printed["tools"].as_u64() > Some(20), "{told:?}");
        let failure = &printed["failure"];
        assert_eq!(failure["error"], "No app has this uuid or name.", "{told:?}");
        assert_eq!(failure["code"], json!("not_found"), "{told:?}");
        assert!(failure["hint"].is_string(), "{told:?}");
        for key in ["wrong", ""] {
            let told = project.shell(&script, key);
            assert!(!told.status.success() && told.stdout.is_empty(), "{told:?}");
        }
    }
}

const NODE: &str = "node --input-type=module";

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_sdk_package_connects() {
    let program = "node_modules/@modelcontextprotocol/sdk";
    connects(program, NODE, include_str!("typescript-1.mjs"), &ERAS[..1]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_client_package_connects_in_both_protocol_eras() {
    let program = "node_modules/@modelcontextprotocol/client";
    connects(program, NODE, include_str!("typescript-2.mjs"), &ERAS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_library_connects() {
    connects("python/bin/python", "python/bin/python", include_str!("python.py"), &ERAS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fastmcp_connects_in_the_legacy_protocol_era() {
    let source = include_str!("fastmcp.py");
    connects("fastmcp/bin/python", "fastmcp/bin/python", source, &ERAS[..1]).await;
}
