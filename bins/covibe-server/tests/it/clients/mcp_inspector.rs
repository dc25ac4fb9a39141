//! The MCP Inspector finds nothing wrong with the list of tools, shows why a call fails, waits for a long call, and
//! cancels one when it is ended, in both versions of the protocol.

use super::{METRICS, Project, log_wait};

const INSPECTOR: &str = "node_modules/@modelcontextprotocol/inspector";

/// The status with which it ends when the server refuses the key.
const REFUSED: i32 = 3;

/// The status with which it ends when a call fails.
const FAILED: i32 = 5;

fn script(era: &str, method: &str) -> String {
    format!(
        "node \"$CLIENTS/{INSPECTOR}/clients/launcher/build/index.js\" --cli \"$VIBN_MCP_URL\" \
         --transport http --header \"Authorization: Bearer $VIBN_API_KEY\" \
         --protocol-era {era} --stored-auth-only --method {method}"
    )
}

fn inspect(project: &Project, era: &str, key: &str, method: &str) -> std::process::Output {
    project.shell(&script(era, method), key)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inspector_lists_calls_and_waits_for_tools_and_shows_errors_and_refused_keys() {
    let Some(project) = Project::at(&[INSPECTOR], &[METRICS]).await else { return };
    let app = project.running_app().await;
    let wait = |milliseconds| {
        let params = log_wait(&app, milliseconds);
        format!("tools/call --tool-name apps_logs --tool-args-json '{params}'")
    };
    for era in ["modern", "legacy"] {
        let listed = inspect(&project, era, &project.key, "tools/list --strict");
        assert!(listed.status.success(), "{listed:?}");
        let call = "tools/call --tool-name workspace_describe";
        let called = inspect(&project, era, &project.key, call);
        assert!(called.status.success(), "{called:?}");
        let call = "tools/call --tool-name apps_get --tool-arg uuid=none-such";
        let failed = inspect(&project, era, &project.key, call);
        assert_eq!(failed.status.code(), Some(FAILED), "{failed:?}");
        let told = String::from_utf8_lossy(&failed.stdout);
        for part in ["No app has this uuid or name.", "apps_list"] {
            assert!(told.contains(part), "{part}: {failed:?}");
        }
        let waited = inspect(&project, era, &project.key, &wait(2_000));
        assert!(waited.status.success(), "{waited:?}");
        assert!(String::from_utf8_lossy(&waited.stdout).contains("docker"), "{waited:?}");
        project.end_during_wait(&script(era, &wait(600_000))).await;
        let refused = inspect(&project, era, "wrong", "tools/list");
        assert_eq!(refused.status.code(), Some(REFUSED), "{refused:?}");
    }
}
