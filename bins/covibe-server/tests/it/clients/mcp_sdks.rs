//! Programs that use the MCP libraries for TypeScript, Python and Go list the tools, call one, read why another call
//! fails, cancel a long call, and wait for one that reports its progress, in each version of the protocol that a
//! library speaks.

use serde_json::{Value, json};

use super::{GO_CLIENT, Project};

/// The versions: those with a handshake, and the stateless one.
const ERAS: [&str; 2] = ["legacy", "modern"];

/// The outcomes of the two calls of `apps.logs` of a program, which cancels the first one. A server that noticed the
/// cancellation only when the program ended would log that call last.
const WAITS: [&str; 2] = ["abandoned", "ok"];

/// Runs a program in these versions of the protocol, with the right key, with a wrong one and without one.
async fn connects(program: &str, interpreter: &str, source: &str, eras: &[&str]) {
    let Some(project) = Project::with(&[program]).await else { return };
    let app = project.running_app().await;
    let file = project.folder().join("client");
    std::fs::write(&file, source).expect("a file");
    for era in eras {
        // Modules are looked up in the folder where Node.js starts if their source is standard input.
        let script = format!(
            "cd \"$CLIENTS\" && APP={app} MCP_ERA={era} {interpreter} < '{}'",
            file.display()
        );
        let told = project.shell(&script, &project.key);
        let printed: Value = serde_json::from_slice(&told.stdout).unwrap_or_default();
        assert_eq!(printed["slug"], "mark", "{told:?}");
        assert!(printed["tools"].as_u64() > Some(20), "{told:?}");
        let failure = &printed["failure"];
        assert_eq!(failure["error"], "No app has this uuid or name.", "{told:?}");
        assert_eq!(failure["code"], json!("not_found"), "{told:?}");
        assert!(failure["hint"].is_string(), "{told:?}");
        assert_eq!(printed["cancelled"], true, "{told:?}");
        assert_eq!(printed["source"], "docker", "{told:?}");
        let progress = printed["progress"][0].as_str();
        assert!(progress.is_some_and(|it| it.starts_with("No new lines yet; ")), "{told:?}");
        for key in ["wrong", ""] {
            let told = project.shell(&script, key);
            assert!(!told.status.success() && told.stdout.is_empty(), "{told:?}");
        }
    }
    assert_eq!(outcomes_of_waits(project).await, WAITS.repeat(eras.len()));
}

/// Stops the server, and returns the outcomes of the calls of `apps.logs` in the order in which they ended.
async fn outcomes_of_waits(project: Project) -> Vec<String> {
    let server = project.server;
    server.signal("TERM");
    let ending = tokio::task::spawn_blocking(move || server.wait_for_end());
    let (_, log) = ending.await.expect("its end");
    let waits = log.lines().filter(|line| line.contains("tool=\"apps.logs\""));
    let outcome =
        |line: &str| line.split_once("outcome=\"")?.1.split_once('"').map(|it| it.0.to_owned());
    waits.filter_map(outcome).collect()
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

#[tokio::test(flavor = "multi_thread")]
async fn the_go_library_connects_in_both_protocol_eras() {
    // It is built already, so it reads no source.
    connects(GO_CLIENT, &format!("./{GO_CLIENT}"), "", &ERAS).await;
}
