//! Helpers of the endpoints: versions, switches of the query, answers to creations.

use serde_json::json;

use crate::core::request_types::{Reply, Request};

/// A version of the API: its two numbers.
pub(super) type Version = (u16, u16);

/// Returns whether a switch of the query is on: it is off if it is absent, empty, `0`, `no`, `false` or `none`.
pub(super) fn is_on(request: &Request, name: &str) -> bool {
    let text = request.query.get(name).map_or("", |text| text.trim());
    !matches!(text.to_ascii_lowercase().as_str(), "" | "0" | "no" | "false" | "none")
}

/// Returns an object with the id of something that was created.
pub(super) fn created_reply(id: &str) -> Reply {
    Reply::json(201, json!({ "Id": id }))
}
