//! The activity of agents.

use covibe_console::pages::activity::{Filter, activity};
use covibe_console::pages::agent_sessions::{Repositories, SessionRow, WorktreeRow};
use covibe_dispatch::{Activity, SeenSession, SeenWorktree};
use serde_json::{Map, Value, json};

use super::workspace_and_rights::{CONSOLE, Workplace};
use crate::people::{PageResult, page};

/// Shows a page of the list.
pub(super) async fn show(at: &Workplace) -> PageResult {
    let filter = Filter {
        agent: at.query("agent"),
        tool: at.query("tool"),
        outcome: at.query("outcome"),
        next: at.query("next"),
    };
    let given = [
        ("agentType", &filter.agent),
        ("tool", &filter.tool),
        ("outcome", &filter.outcome),
        ("next", &filter.next),
    ];
    let given = given.into_iter().filter(|(_, value)| !value.is_empty());
    let mut params: Map<_, _> =
        given.map(|(name, value)| (name.to_owned(), Value::from(value.as_str()))).collect();
    params.insert("ended".to_owned(), json!(true));
    if filter.tool.is_empty() && filter.outcome.is_empty() {
        params.insert("exceptSurface".to_owned(), json!(CONSOLE));
        params.insert("exceptTools".to_owned(), json!(at.page_reads()));
    }
    let list = at.load("audit.list", Value::Object(params)).await;
    let work = at.dispatcher.activity(at.caller()).await;
    let work = work.map(rows).map_err(|why| at.problem(&why));
    Ok(page(200, activity(&at.frame, &filter, &list, &work)))
}

fn rows(activity: Activity) -> Repositories {
    let Activity { sessions, worktrees, overlaps } = activity;
    let session = |SeenSession { machine, repo, session }| SessionRow { machine, repo, session };
    let worktree =
        |SeenWorktree { machine, repo, snapshot, at }| WorktreeRow { machine, repo, snapshot, at };
    Repositories {
        sessions: sessions.into_iter().map(session).collect(),
        worktrees: worktrees.into_iter().map(worktree).collect(),
        overlaps,
    }
}
