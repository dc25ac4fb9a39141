//! The conformance suite of the protocol passes in both versions, but for the scenarios that need
//! tools, prompts and resources of the suite's own.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::Project;

const SUITE: &str = "node_modules/@modelcontextprotocol/conformance";

/// The suite sends as fast as it can, and takes a call that is refused for its rate for a defect.
const UNHURRIED: [(&str, &str); 2] =
    [("COVIBE_MAX_CALLS_PER_SECOND", "500"), ("COVIBE_MAX_CALLS_PER_SECOND_PER_TENANT", "500")];

#[tokio::test(flavor = "multi_thread")]
async fn the_mcp_conformance_suite_passes_with_the_expected_exceptions() {
    let Some(project) = Project::at(&[SUITE], &UNHURRIED).await else { return };
    let write = |name: &str, text: &str| {
        std::fs::write(project.folder().join(name), text).expect("a file");
    };
    write("with-key.mjs", include_str!("with-key.mjs"));
    write("conformance.yml", include_str!("conformance.yml"));
    let mut proxy = project.script("exec node with-key.mjs", &project.key);
    let mut proxy = proxy.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut port = String::new();
    BufReader::new(proxy.stdout.take().expect("a pipe")).read_line(&mut port).expect("a port");
    for version in ["2025-11-25", "2026-07-28"] {
        let script = format!(
            "node \"$CLIENTS/{SUITE}/dist/index.js\" server --requirements {version} \
             --url http://localhost:{}/api/mcp --expected-failures conformance.yml -o results",
            port.trim()
        );
        let told = project.shell(&script, "");
        let text = String::from_utf8_lossy(&told.stdout);
        let summary = text.rsplit("=== SUMMARY ===").next().unwrap_or_default();
        assert!(told.status.success(), "{version}: {summary}{:?}", told.stderr);
    }
    drop(proxy.stdin.take());
    proxy.wait().expect("it ends");
}
