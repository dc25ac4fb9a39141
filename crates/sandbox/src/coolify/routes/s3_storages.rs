//! `/s3-storages`.

use serde_json::json;
use url::{Host, Url};

use super::route::{Route, route};
use crate::coolify::Version::V4_3;
use crate::coolify::answer_json;
use crate::coolify::errors::Errors;
use crate::coolify::json_values::{Object, is_on, random_uuid, text};
use crate::coolify::model::{CoolifyState, S3Storage};
use crate::coolify::rules::body::{self, Field, Rule, field};
use crate::core::clock::timestamp;
use crate::core::request_types::{Reply, ReplyResult, Request};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/s3-storages", |state, _, _| Ok(list(state))).since(V4_3),
    route("POST", "/s3-storages", |state, request, _| create(state, request)).since(V4_3),
];

const FIELDS: &[Field] = &[
    field("name", Rule::Short(255), V4_3),
    field("description", Rule::Text, V4_3),
    field("endpoint", Rule::Text, V4_3),
    field("bucket", Rule::Text, V4_3),
    field("region", Rule::Text, V4_3),
    field("key", Rule::Text, V4_3),
    field("secret", Rule::Text, V4_3),
    field("is_usable", Rule::Bool, V4_3),
];

const REQUIRED: [&str; 6] = ["name", "endpoint", "bucket", "region", "key", "secret"];

const BAD_BUCKET: &str = "The bucket must be a valid S3 bucket name: 3-63 lowercase letters, numbers, dots, or hyphens; start and end with a letter or number; no consecutive dots, dot-hyphen pairs, or IP address format.";

/// `GET /s3-storages`.
fn list(state: &CoolifyState) -> Reply {
    Reply::json(200, state.s3_storages.iter().map(answer_json::storage::s3_storage).collect())
}

/// `POST /s3-storages`.
fn create(state: &mut CoolifyState, request: &Request) -> ReplyResult {
    let body = body::object(request)?;
    check(&body, state)?;
    let given = |name| text(&body, name).unwrap_or_default().to_owned();
    let uuid = random_uuid();
    state.s3_storages.push(S3Storage {
        uuid: uuid.clone(),
        name: given("name"),
        endpoint: given("endpoint"),
        bucket: given("bucket"),
        region: given("region"),
        is_usable: is_on(&body, "is_usable"),
        created: timestamp(),
    });
    Ok(Reply::json(201, json!({ "uuid": uuid })))
}

fn check(body: &Object, state: &CoolifyState) -> Result<(), Reply> {
    let mut errors = Errors::default();
    body::check(body, &[FIELDS], state.version, &mut errors);
    body::require(body, &REQUIRED, &mut errors);
    if text(body, "name").is_some_and(|name| name.chars().count() < 3) {
        errors.add("name", "The name field must be at least 3 characters.");
    }
    if text(body, "endpoint").is_some_and(|endpoint| !is_resolved(endpoint)) {
        errors.add("endpoint", "The endpoint host could not be resolved.");
    }
    if text(body, "bucket").is_some_and(|bucket| !is_bucket(bucket)) {
        errors.add("bucket", BAD_BUCKET);
    }
    errors.check()
}

/// Returns whether an endpoint's host has an address: the simulator resolves no names.
fn is_resolved(endpoint: &str) -> bool {
    let url = Url::parse(endpoint).ok();
    url.is_some_and(|url| matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_))))
}

fn is_bucket(name: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.bytes().all(|b| is_letter(b) || b == b'.' || b == b'-')
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric())
        && !["..", ".-", "-."].iter().any(|pair| name.contains(pair))
}
