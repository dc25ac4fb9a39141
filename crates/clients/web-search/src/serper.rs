//! Serper: `POST /search`.
//!
//! The form is what the playground at <https://serper.dev/playground> shows (2026-10): the key is the header `X-API-KEY`,
//! the body is `{"q","num"}`, and results are in `organic` with `title`, `link` and `snippet`. Errors are
//! `{"message","statusCode"}`; an account without credits gets 400 with "Not enough credits".

use covibe_domain::Secret;
use covibe_upstream::{Cause, Request, Transport, Trouble};
use serde_json::{Value, json};

use crate::search_result::{RawHit, objects};

pub(crate) const ADDRESS: &str = "https://google.serper.dev";

pub(crate) fn request(transport: &Transport, key: &Secret, query: &str, count: usize) -> Request {
    let request = transport.post("/search").reading().body(json!({ "q": query, "num": count }));
    request.anonymous().signed_headers(vec![("x-api-key", key.clone())])
}

/// An answer without results may have no `organic`.
pub(crate) fn raw_hits(answer: &Value) -> Option<Vec<RawHit<'_>>> {
    match answer.as_object()?.get("organic") {
        None => Some(Vec::new()),
        Some(organic) => objects(organic, ["title", "link", "snippet"]),
    }
}

pub(crate) fn classify(status: u16, body: &Value) -> Option<Cause> {
    let message = body["message"].as_str().unwrap_or_default();
    (status == 400 && message.contains("credits")).then_some(Cause::Operator(SPENT))
}

/// The account has no credits.
const SPENT: Trouble =
    Trouble { what: "the account has no credits", fix: "buy some at serper.dev" };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_without_credits_is_reported_as_operator_trouble() {
        let body = json!({ "message": "Not enough credits", "statusCode": 400 });
        assert_eq!(classify(400, &body), Some(Cause::Operator(SPENT)));
        assert_eq!(classify(400, &json!({ "message": "Missing query parameter" })), None);
    }
}
