//! The endpoints of buckets and of their objects: `/storage/v1/b`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::errors::{forbidden_by_policy, not_found};
use super::model::{Bucket, Storage};
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::google::errors::{api, no_route, refusal};
use crate::google::options::{PROJECT, Settings};

/// The number of the project.
const NUMBER: &str = "100000000001";

/// The number of objects of a page, whatever the request says.
const PAGE: usize = 100;

/// Answers a request below that path.
pub(super) fn answer(
    storage: &mut Storage,
    settings: &Settings,
    request: &Request,
    rest: &[&str],
) -> ReplyResult {
    if settings.storage.role_missing {
        return Err(refusal(403));
    }
    match (request.method.as_str(), rest) {
        ("POST", []) => create(storage, settings, request),
        ("GET", []) => list(storage, request),
        ("GET", [name]) => Ok(Reply::json(200, view(find_bucket(storage, name)?))),
        ("PATCH", [name]) => patch(storage, request, name),
        ("DELETE", [name]) => delete(storage, name),
        ("GET", [name, "o"]) => Ok(objects(find_bucket(storage, name)?, request)),
        _ => Err(no_route()),
    }
}

/// Finds a bucket of the project. One of another customer shows nobody anything.
pub(super) fn find_bucket<'a>(
    storage: &'a mut Storage,
    name: &str,
) -> Result<&'a mut Bucket, Reply> {
    if storage.foreign.contains(name) {
        return Err(refusal(403));
    }
    storage.bucket(name).ok_or_else(|| not_found("bucket"))
}

fn create(storage: &mut Storage, settings: &Settings, request: &Request) -> ReplyResult {
    if request.query.get("project").map(String::as_str) != Some(PROJECT) {
        return Err(refusal(403));
    }
    let body = request.json().unwrap_or_default();
    let name = body["name"].as_str().unwrap_or_default().to_owned();
    if !is_name(&name) {
        return Err(api(400, "invalid", &format!("Invalid bucket name: '{name}'")));
    }
    if storage.foreign.contains(&name) || storage.bucket(&name).is_some() {
        return Err(name_taken());
    }
    if storage.foreign.len() < settings.storage.taken_names {
        storage.foreign.insert(name);
        return Err(name_taken());
    }
    let location = body["location"].as_str().unwrap_or("US").to_ascii_uppercase();
    if settings.storage.forbidden_location.as_deref() == Some(location.as_str()) {
        return Err(forbidden_by_policy("gcp.resourceLocations"));
    }
    let labels = body["labels"].as_object().cloned().unwrap_or_default();
    if !are_labels(&labels) {
        return Err(api(400, "invalid", "Invalid argument: labels"));
    }
    let mut bucket = born(name, location, labels);
    set_access(&mut bucket, &body);
    let retention = &body["softDeletePolicy"]["retentionDurationSeconds"];
    bucket.soft_delete = retention.as_str().and_then(|text| text.parse().ok()).unwrap_or(604_800);
    let shown = view(&bucket);
    storage.buckets.push(bucket);
    Ok(Reply::json(200, shown))
}

/// Google answers the same for the caller's own bucket and for anybody else's.
fn name_taken() -> Reply {
    let text =
        "The requested bucket name is not available. The bucket namespace is shared by all users.";
    api(409, "conflict", text)
}

fn born(name: String, location: String, labels: Map<String, Value>) -> Bucket {
    let owners = json!({
        "role": "roles/storage.legacyBucketOwner",
        "members": [format!("projectEditor:{PROJECT}"), format!("projectOwner:{PROJECT}")],
    });
    Bucket {
        name,
        location,
        labels,
        is_uniform: false,
        is_private: false,
        soft_delete: 0,
        metageneration: 1,
        bindings: vec![owners],
        policy: 1,
        objects: BTreeMap::new(),
    }
}

fn set_access(bucket: &mut Bucket, body: &Value) {
    let access = &body["iamConfiguration"];
    if let Some(enabled) = access["uniformBucketLevelAccess"]["enabled"].as_bool() {
        bucket.is_uniform = enabled;
    }
    if let Some(prevention) = access["publicAccessPrevention"].as_str() {
        bucket.is_private = prevention == "enforced";
    }
}

fn list(storage: &Storage, request: &Request) -> ReplyResult {
    if request.query.get("project").map(String::as_str) != Some(PROJECT) {
        return Err(refusal(403));
    }
    let prefix = request.query.get("prefix").map_or("", String::as_str);
    let all = storage.buckets.iter().filter(|bucket| bucket.name.starts_with(prefix));
    let all: Vec<_> = all.map(view).collect();
    let mut body = json!({ "kind": "storage#buckets" });
    // An empty list has no member for it.
    if !all.is_empty() {
        body["items"] = json!(all);
    }
    Ok(Reply::json(200, body))
}

fn patch(storage: &mut Storage, request: &Request, name: &str) -> ReplyResult {
    let bucket = find_bucket(storage, name)?;
    set_access(bucket, &request.json().unwrap_or_default());
    bucket.metageneration += 1;
    Ok(Reply::json(200, view(bucket)))
}

fn delete(storage: &mut Storage, name: &str) -> ReplyResult {
    if !find_bucket(storage, name)?.objects.is_empty() {
        return Err(api(409, "conflict", "The bucket you tried to delete is not empty."));
    }
    storage.buckets.retain(|bucket| bucket.name != name);
    Ok(Reply::empty(204))
}

fn objects(bucket: &Bucket, request: &Request) -> Reply {
    let start = request.number("pageToken").unwrap_or(0);
    let size = request.number("maxResults").unwrap_or(PAGE).clamp(1, PAGE);
    let shown = bucket.objects.iter().skip(start).take(size);
    let shown: Vec<_> = shown
        .map(|(name, object)| {
            json!({
                "kind": "storage#object",
                "name": name,
                "bucket": bucket.name,
                "size": object.bytes.len().to_string(),
                "contentType": object.media_type,
            })
        })
        .collect();
    let mut body = json!({ "kind": "storage#objects" });
    if !shown.is_empty() {
        body["items"] = json!(shown);
    }
    if start + size < bucket.objects.len() {
        body["nextPageToken"] = json!((start + size).to_string());
    }
    Reply::json(200, body)
}

fn view(bucket: &Bucket) -> Value {
    let prevention = if bucket.is_private { "enforced" } else { "inherited" };
    json!({
        "kind": "storage#bucket",
        "id": bucket.name,
        "name": bucket.name,
        "projectNumber": NUMBER,
        "location": bucket.location,
        "locationType": "region",
        "storageClass": "STANDARD",
        "metageneration": bucket.metageneration.to_string(),
        "etag": "CAE=",
        "labels": bucket.labels,
        "iamConfiguration": {
            "uniformBucketLevelAccess": { "enabled": bucket.is_uniform },
            "publicAccessPrevention": prevention,
        },
        "softDeletePolicy": { "retentionDurationSeconds": bucket.soft_delete.to_string() },
    })
}

/// 3 to 63 of `a-z0-9._-`, a letter or digit at both ends, not beginning with `goog` and without `google`
/// or what is similar to it.
fn is_name(name: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends = [name.bytes().next(), name.bytes().last()];
    let similar = name.replace('0', "o").replace('1', "l");
    (3..=63).contains(&name.len())
        && name.bytes().all(|b| is_plain(b) || b"._-".contains(&b))
        && ends.into_iter().all(|end| end.is_some_and(is_plain))
        && !name.starts_with("goog")
        && !similar.contains("google")
}

fn are_labels(labels: &Map<String, Value>) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b);
    let is_label = |text: &str| text.len() <= 63 && text.bytes().all(is_plain);
    labels.iter().all(|(key, value)| is_label(key) && value.as_str().is_some_and(is_label))
}
