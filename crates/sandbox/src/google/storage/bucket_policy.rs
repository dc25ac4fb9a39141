//! The endpoints of a bucket's policy: a stale tag is refused, and members have to exist.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::buckets::find_bucket;
use super::model::{Bucket, Storage};
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::google::errors::{api, no_route, refusal};
use crate::google::options::Settings;

/// Answers a request for `/storage/v1/b/{bucket}/iam`.
pub(super) fn answer(
    storage: &mut Storage,
    settings: &Settings,
    request: &Request,
    bucket: &str,
) -> ReplyResult {
    if settings.storage.role_missing {
        return Err(refusal(403));
    }
    find_bucket(storage, bucket)?;
    match request.method.as_str() {
        "GET" => Ok(Reply::json(200, view(find_bucket(storage, bucket)?))),
        "PUT" => put(storage, settings, request, bucket),
        _ => Err(no_route()),
    }
}

fn put(storage: &mut Storage, settings: &Settings, request: &Request, name: &str) -> ReplyResult {
    let body = request.json().unwrap_or_default();
    let bindings = body["bindings"].as_array().cloned().unwrap_or_default();
    for member in bindings.iter().filter_map(|one| one["members"].as_array()).flatten() {
        let email = member.as_str().unwrap_or_default().strip_prefix("serviceAccount:");
        if let Some(email) = email
            && storage.account(email, settings.storage.lag).is_none()
        {
            let text = format!("Service account {email} does not exist.");
            return Err(api(400, "invalid", &text));
        }
    }
    let bucket = find_bucket(storage, name)?;
    // Without a tag, the policy is replaced whatever it is.
    if body["etag"].is_string() && body["etag"] != tag(bucket).as_str() {
        return Err(refusal(412));
    }
    bucket.bindings = bindings;
    bucket.policy += 1;
    Ok(Reply::json(200, view(bucket)))
}

fn tag(bucket: &Bucket) -> String {
    STANDARD.encode(bucket.policy.to_be_bytes())
}

fn view(bucket: &Bucket) -> Value {
    json!({
        "kind": "storage#policy",
        "resourceId": format!("projects/_/buckets/{}", bucket.name),
        "version": 1,
        "etag": tag(bucket),
        "bindings": bucket.bindings,
    })
}
