//! Tavily: `POST /search`.
//!
//! The form is from <https://docs.tavily.com/documentation/api-reference/endpoint/search> (2026-10): the key is a bearer
//! token, `max_results` is at most 20, and a page's text is the result's `content`. Errors are
//! `{"detail":{"error":"…"}}`; 432 and 433 are the limits of a plan.

use covibe_domain::Secret;
use covibe_upstream::{Cause, Request, Transport, Trouble};
use serde_json::{Value, json};

use crate::search_result::{RawHit, objects};

pub(crate) const ADDRESS: &str = "https://api.tavily.com";

pub(crate) fn request(transport: &Transport, key: &Secret, query: &str, count: usize) -> Request {
    let bearer = Secret::new(format!("Bearer {}", key.expose()));
    let body = json!({ "query": query, "max_results": count, "search_depth": "basic",
                       "include_answer": false, "include_raw_content": false });
    transport.post("/search").reading().authorization(&bearer).body(body)
}

pub(crate) fn raw_hits(answer: &Value) -> Option<Vec<RawHit<'_>>> {
    objects(&answer["results"], ["title", "url", "content"])
}

pub(crate) fn classify(status: u16, _: &Value) -> Option<Cause> {
    matches!(status, 432 | 433).then_some(Cause::Operator(SPENT))
}

/// The plan's searches are used up.
const SPENT: Trouble = Trouble {
    what: "the searches of the plan are used up",
    fix: "raise the limit at app.tavily.com, or wait for the next period",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exceeded_limit_of_a_plan_is_reported_as_operator_trouble() {
        let detail =
            json!({ "detail": { "error": "This request exceeds your plan's set usage limit." } });
        assert_eq!(classify(432, &detail), Some(Cause::Operator(SPENT)));
        assert_eq!(classify(401, &detail), None);
    }
}
