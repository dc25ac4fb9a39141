//! `/repos/{owner}/{repo}/git/refs`, which is right at once, also after a push.

use serde_json::{Value, json};

use super::job_state_copy::Context;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::errors::not_found;

/// `GET …/git/refs[/{prefix}]`: every reference that begins with the prefix, as a list; 404 for none.
pub(super) fn list(context: &Context, _: &Request, prefix: &str) -> ReplyResult {
    let found = context.bare.references(prefix)?;
    if found.is_empty() {
        return Err(not_found());
    }
    let show = |[name, kind, hash]: &[String; 3]| {
        let url = format!("{}/git/{name}", context.api_url);
        let object = format!("{}/git/{kind}s/{hash}", context.api_url);
        json!({ "ref": name, "url": url, "object": { "type": kind, "sha": hash, "url": object } })
    };
    Ok(Reply::json(200, found.iter().map(show).collect::<Value>()))
}
