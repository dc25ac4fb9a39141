//! The cost of a call: its upstream calls.

use covibe_dispatch::Tool;
use covibe_testkit_http::upstream_calls;
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

/// Returns the upstream calls of a call, and its answer. [Lists](fetch_lists) are not counted; the paths are returned
/// without `given`.
pub(super) async fn cost(
    there: &Neighbours,
    tool: &Tool,
    params: &Value,
    given: &str,
) -> (Vec<String>, Value) {
    if tool.spec.access.changes() {
        fetch_lists(there).await;
    }
    upstream_calls::clear(&there.world);
    let answer = there.own.agent.rest_raw(tool, params).await;
    let all = upstream_calls::all_received(&there.world).into_iter();
    let path = |path: String| path.trim_end_matches('$').replace(given, "*");
    let made = all.map(|call| format!("{} {}", call.method, path(call.path)));
    (made.filter(|call| call != BOUNDARY).collect(), answer.json())
}
