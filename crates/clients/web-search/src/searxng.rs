//! SearXNG: `GET /search?format=json`.
//!
//! The form is from <https://docs.searxng.org/dev/search_api.html> (2026-10). There is no key, and no parameter for the
//! number of results. An instance answers 403 unless `search.formats` of its `settings.yml` has `json`.

use covibe_upstream::{Cause, Request, Transport, Trouble};
use serde_json::Value;

use crate::search_result::{RawHit, objects};

pub(crate) fn request(transport: &Transport, query: &str) -> Request {
    transport.get("/search").query("q", query).query("format", "json").anonymous()
}

pub(crate) fn raw_hits(answer: &Value) -> Option<Vec<RawHit<'_>>> {
    objects(&answer["results"], ["title", "url", "content"])
}

pub(crate) fn classify(status: u16, _: &Value) -> Option<Cause> {
    (status == 403).then_some(Cause::Operator(NO_JSON))
}

/// The instance answers pages only.
const NO_JSON: Trouble = Trouble {
    what: "the instance does not return JSON",
    fix: "add json to search.formats in its settings.yml",
};

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_instance_without_json_is_reported_as_operator_trouble() {
        assert_eq!(classify(403, &Value::Null), Some(Cause::Operator(NO_JSON)));
        assert_eq!(classify(500, &Value::Null), None);
        assert!(raw_hits(&json!({ "results": [] })).is_some_and(|hits| hits.is_empty()));
        assert!(raw_hits(&json!({})).is_none());
    }
}
