//! The reading of requests that endpoints share: the texts of bodies, and the pages of lists.

use serde_json::{Value, json};

use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::workos::errors;

/// The maximum number of entries of a page.
const MOST: usize = 100;

/// Returns a text of a request's body; `None` where it is absent or empty.
pub(super) fn text(request: &Request, name: &str) -> Option<String> {
    let value = request.json()?.get(name)?.as_str().map(str::to_owned);
    value.filter(|text| !text.is_empty())
}

/// Answers with a page of what was found, each with its id: `{object, data, list_metadata: {before, after}}`, ten
/// entries by default, the newest first by default.
pub(super) fn page(request: &Request, found: Vec<(String, Value)>) -> ReplyResult {
    let text = |name: &str| request.query.get(name).map(String::as_str);
    let limit = request.number("limit").unwrap_or(10);
    if !(1..=MOST).contains(&limit) {
        return Err(errors::invalid("limit", "out_of_range"));
    }
    let mut found = found;
    match text("order") {
        None | Some("desc") => found.reverse(),
        Some("asc") => {}
        Some(_) => return Err(errors::invalid("order", "invalid")),
    }
    let position = |id: &str| found.iter().position(|(own, _)| own == id);
    let start = text("after").and_then(position).map_or(0, |at| at + 1);
    let end = text("before").and_then(position).unwrap_or(found.len());
    let window: Vec<_> = found.drain(start.min(end)..end).collect();
    let shown = window.iter().take(limit);
    let last = shown.clone().next_back().filter(|_| window.len() > limit).map(|(id, _)| id.clone());
    let first = window.first().filter(|_| start > 0).map(|(id, _)| id.clone());
    let data: Vec<_> = shown.map(|(_, value)| value.clone()).collect();
    let metadata = json!({ "before": first, "after": last });
    Ok(Reply::json(200, json!({ "object": "list", "data": data, "list_metadata": metadata })))
}
