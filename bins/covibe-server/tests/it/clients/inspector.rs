//! The MCP Inspector finds nothing wrong with the list of tools, in both versions of the protocol.

use super::Project;

const INSPECTOR: &str = "node_modules/@modelcontextprotocol/inspector";

/// The statuses with which it ends when the server refuses the key.
const REFUSED: i32 = 3;

fn inspect(project: &Project, era: &str, key: &str, method: &str) -> std::process::Output {
    let script = format!(
        "node \"$CLIENTS/{INSPECTOR}/clients/launcher/build/index.js\" --cli \"$VIBN_MCP_URL\" \
         --transport http --header \"Authorization: Bearer $VIBN_API_KEY\" \
         --protocol-era {era} --stored-auth-only --method {method}"
    );
    project.shell(&script, key)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inspector_lists_and_calls_tools() {
    let Some(project) = Project::with(&[INSPECTOR]).await else { return };
    for era in ["modern", "legacy"] {
        let listed = inspect(&project, era, &project.key, "tools/list --strict");
        assert!(listed.status.success(), "{listed:?}");
        let call = "tools/call --tool-name workspace_describe";
        let called = inspect(&project, era, &project.key, call);
        assert!(called.status.success(), "{called:?}");
        let refused = inspect(&project, era, "wrong", "tools/list");
        assert_eq!(refused.status.code(), Some(REFUSED), "{refused:?}");
    }
}
