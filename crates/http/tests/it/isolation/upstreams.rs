//! What a call costs upstream.

use covibe_dispatch::Tool;
use covibe_testkit_http::calls;
use serde_json::{Value, json};

use super::neighbours::Neighbours;

/// What tells the own workspace's environments, by the clock.
const BOUNDARY: &str = "GET /projects/*";

/// The upstream calls that a call makes. What every call of the workspace needs and is remembered
/// for a while is fetched before, and is not counted where it is due again; the paths are told
/// without `given`. And its answer.
pub(super) async fn cost(
    there: &Neighbours,
    tool: &Tool,
    params: &Value,
    given: &str,
) -> (Vec<String>, Value) {
    for list in ["apps.list", "databases.list"] {
        there.own.agent.compact(list, &json!({})).await.expect("a list");
    }
    calls::clear(&there.world);
    let answer = there.own.agent.rest_raw(tool, params).await;
    let all = calls::all_received(&there.world).into_iter();
    let path = |path: String| path.trim_end_matches('$').replace(given, "*");
    let made = all.map(|call| format!("{} {}", call.method, path(call.path)));
    (made.filter(|call| call != BOUNDARY).collect(), answer.json())
}
