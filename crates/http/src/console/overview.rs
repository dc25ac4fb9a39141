//! The overview.

use covibe_console::pages::audit_entries_table::{Entries, Entry};
use covibe_console::pages::gitea_repositories::Repositories;
use covibe_console::pages::overview::{Count, Overview, overview};
use covibe_console::pages::resources::{Apps, Databases};
use covibe_console::pages::settings::keys::List;
use covibe_console::{Loaded, paths};
use serde_json::json;

use super::flash::CompletedAction;
use super::settings::agent_connections::unconnected;
use super::workspace_and_rights::{CONSOLE, Workplace};
use crate::people::{PageResult, page};

/// The state of what runs.
const RUNNING: &str = "running";

/// The number of the newest calls that are shown.
const CALLS: usize = 6;

/// The number of calls among which they are looked for.
const CALLS_READ: usize = 100;

/// Shows the page.
pub(super) async fn show(at: &Workplace) -> PageResult {
    let (workspace, apps, databases, repositories, keys, calls) = tokio::join!(
        at.load("workspace.describe", json!({})),
        at.load::<Apps>("apps.list", json!({})),
        at.load::<Databases>("databases.list", json!({})),
        at.load::<Repositories>("repos.list", json!({})),
        at.load::<List>("keys.list", json!({})),
        at.load::<Entries>("audit.list", json!({ "limit": CALLS_READ, "ended": true })),
    );
    let view = Overview {
        workspace,
        apps: count_running(apps.map(|list| list.apps.into_iter().map(|app| app.status).collect())),
        databases: count_running(
            databases.map(|list| list.databases.into_iter().map(|each| each.status).collect()),
        ),
        repositories: repositories.map(|list| (list.repos.len(), list.next.is_some())),
        keys: keys.map(|list| list.keys.len()),
        calls: calls.map(|list| newest_work(list.entries, &at.page_reads())),
        agents: unconnected(at),
    };
    Ok(page(200, overview(&at.frame, &view)))
}

/// Returns the newest calls that were not made only to show a page of the console.
fn newest_work(mut calls: Vec<Entry>, page_reads: &[&str]) -> Vec<Entry> {
    calls.retain(|call| call.surface != CONSOLE || !page_reads.contains(&call.tool.as_str()));
    calls.truncate(CALLS);
    calls
}

/// Provisions the workspace, or continues where an earlier run stopped.
pub(super) async fn provision(at: &Workplace) -> PageResult {
    at.call("workspace.provision", json!({})).await?;
    at.go(paths::OVERVIEW, CompletedAction::Provisioned)
}

fn count_running(states: Loaded<Vec<String>>) -> Loaded<Count> {
    let running = |states: &[String]| states.iter().filter(|state| *state == RUNNING).count();
    states.map(|states| Count { all: states.len(), running: running(&states) })
}
