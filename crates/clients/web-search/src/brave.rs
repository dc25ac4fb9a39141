//! Brave Search: `GET /res/v1/web/search`.
//!
//! Parameters, headers and answers are from the reference at
//! <https://api-dashboard.search.brave.com/app/documentation/web-search/query> and `…/responses` (2026-10): `q` has at
//! most 400 characters, `count` is at most 20, the key is the header `X-Subscription-Token`. Texts have entities of HTML,
//! and `<strong>` around found words unless `text_decorations` is off.

use covibe_domain::Secret;
use covibe_upstream::{Cause, Request, Transport};
use serde_json::Value;

use crate::search_result::{RawHit, objects};

pub(crate) const ADDRESS: &str = "https://api.search.brave.com";

pub(crate) fn request(transport: &Transport, key: &Secret, query: &str, count: usize) -> Request {
    let request = transport.get("/res/v1/web/search").query("q", query).query("count", count);
    let request = request.query("result_filter", "web").query("text_decorations", false);
    request.anonymous().signed_headers(vec![("x-subscription-token", key.clone())])
}

/// An answer without results of the web has no `web`.
pub(crate) fn raw_hits(answer: &Value) -> Option<Vec<RawHit<'_>>> {
    match answer.as_object()?.get("web") {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(web) => objects(&web["results"], ["title", "url", "description"]),
    }
}

/// A key that Brave does not know is refused with 422 and a code.
pub(crate) fn classify(status: u16, body: &Value) -> Option<Cause> {
    let code = body["error"]["code"].as_str().unwrap_or_default();
    match (status, code) {
        (422, "SUBSCRIPTION_TOKEN_INVALID") => Some(Cause::Unauthorized),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_without_web_results_is_an_empty_list() {
        assert!(raw_hits(&json!({ "type": "search" })).is_some_and(|hits| hits.is_empty()));
        assert!(raw_hits(&json!({ "web": { "results": "many" } })).is_none());
        assert!(raw_hits(&json!([1])).is_none());
    }
}
