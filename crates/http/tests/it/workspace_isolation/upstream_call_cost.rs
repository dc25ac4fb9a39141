//! The cost of a call: its upstream calls.

use covibe_dispatch::Tool;
use covibe_testkit_http::{UpstreamCall, upstream_calls};
use serde_json::{Value, json};

use super::neighbour_workspaces::Neighbours;

/// The call that lists the own workspace's environments; the clock decides when it is due.
const BOUNDARY: &str = "GET /projects/*";

/// Fetches the values that every call of the workspace needs. They are reused until a call changes something.
pub(super) async fn fetch_lists(there: &Neighbours) {
    for list in ["apps.list", "databases.list"] {
        there.own.agent.compact(list, &json!({})).await.expect("a list");
    }
}

/// Returns the upstream calls of a call, and its answer. [Lists](fetch_lists) are not counted: they are fetched before,
/// unless `are_fetched`, which is noted for the next call. The paths are returned without `given`.
pub(super) async fn cost(
    there: &Neighbours,
    (tool, params): (&Tool, &Value),
    given: &str,
    are_fetched: &mut bool,
) -> (Vec<String>, Value) {
    if tool.spec.access.changes() && !*are_fetched {
        fetch_lists(there).await;
    }
    upstream_calls::clear(&there.world);
    let answer = there.own.agent.rest_raw(tool, params).await;
    let all = upstream_calls::all_received(&there.world);
    *are_fetched = keeps_lists(&all);
    let path = |path: String| path.trim_end_matches('$').replace(given, "*");
    let made = all.into_iter().map(|call| format!("{} {}", call.method, path(call.path)));
    (made.filter(|call| call != BOUNDARY).collect(), answer.json())
}

/// Returns whether the lists are certainly reused after a call that made these upstream calls: it made none, or read
/// the contents of a project itself and changed nothing.
fn keeps_lists(made: &[UpstreamCall]) -> bool {
    let reads_contents = |call: &UpstreamCall| call.path.starts_with("/projects/*/");
    made.iter().all(UpstreamCall::only_reads)
        && (made.is_empty() || made.iter().any(reads_contents))
}
