//! Failures in the document.

use covibe_domain::Kind;
use serde_json::{Map, Value, json};

/// Returns the status of every kind of failure, with the name of its component.
pub(super) fn statuses() -> impl Iterator<Item = (String, String)> {
    Kind::ALL.iter().map(|kind| (kind.status().to_string(), format!("{kind:?}")))
}

/// Returns the response of every kind of failure.
pub(super) fn responses() -> Map<String, Value> {
    Kind::ALL.iter().map(|kind| (format!("{kind:?}"), response(*kind))).collect()
}

fn response(kind: Kind) -> Value {
    let (meaning, error) = words(kind);
    let mut response = json!({
        "description": meaning,
        "content": { "application/json": {
            "schema": { "$ref": "#/components/schemas/Failure" },
            "example": { "error": error },
        } },
    });
    let headers = [
        (kind == Kind::Unauthenticated, "WWW-Authenticate", "The challenge of RFC 6750.", "string"),
        (kind.retryable(), "Retry-After", "The seconds to wait, if known.", "integer"),
    ];
    for (_, name, text, of_type) in headers.into_iter().filter(|(has, ..)| *has) {
        response["headers"] =
            json!({ name: { "description": text, "schema": { "type": of_type } } });
    }
    response
}

/// Returns what a kind means, and the `error` of an example.
fn words(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Invalid => (
            "The body or a parameter is invalid.",
            "`lines` must be a whole number from 1 to 5000.",
        ),
        Kind::Unauthenticated => ("The key is missing or not valid.", "No valid API key."),
        Kind::Forbidden => (
            "The key does not permit this call, or a value is outside its workspace.",
            "`shop.example.com` is outside the domains of this workspace.",
        ),
        Kind::NotFound => ("Nothing in the workspace has this id.", "App not found."),
        Kind::Conflict => (
            "The name is already in use, or the call needs a confirmation.",
            "`shop` is already in use.",
        ),
        Kind::TooLarge => ("The body exceeds the size limit.", "The body is too large."),
        Kind::Rejected => ("An upstream refused the values.", "Coolify refused `ports`."),
        Kind::Limited => ("A rate limit was exceeded.", "Too many calls."),
        Kind::Upstream => ("An upstream failed.", "Coolify answered with an error."),
        Kind::Unready => (
            "The workspace is not provisioned, or an upstream is not configured.",
            "The workspace is not ready.",
        ),
        Kind::Timeout => ("An upstream did not answer in time.", "Coolify did not answer in time."),
    }
}

/// Returns the schema of the body of a failure.
pub(super) fn schema() -> Value {
    json!({
        "description": "A failure: what happened and what to do next.",
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "string",
                "description": "What happened, in one sentence.",
                "examples": ["App not found."],
            },
            "hint": {
                "type": "string",
                "description": "The next step.",
                "examples": ["apps.list lists the apps of the workspace."],
            },
            "details": { "$ref": "#/components/schemas/FailureDetails",
                         "description": "The data about the failure that a program needs." },
        },
    })
}

/// Returns the schema of the details of a failure.
pub(super) fn details() -> Value {
    let count = |text: &str| json!({ "type": "integer", "description": text, "examples": [5] });
    let text = |text: &str, example: &str| json!({ "type": "string", "description": text, "examples": [example] });
    let texts = |text: &str, example: &str| {
        json!({ "type": "array", "items": { "type": "string" }, "description": text,
                "examples": [[example]] })
    };
    json!({
        "description": "Details of a failure. Each field is present only if it helps.",
        "type": "object",
        "properties": {
            "mayHaveHappened": {
                "type": "boolean",
                "description": "True if the change may have happened.",
                "examples": [true],
            },
            "retryAfterSeconds": count("The seconds to wait before the next try."),
            "fields": {
                "type": "object",
                "additionalProperties": { "type": "array", "items": { "type": "string" } },
                "description": "The problem with each value, by the value's name.",
                "examples": [{ "branch": ["does not exist"] }],
            },
            "problems": {
                "type": "array",
                "items": {},
                "description": "All problems: each is a sentence, or an object if its location is known.",
                "examples": [["`ports` is missing."]],
            },
            "problemCount": count("The number of problems, if not all are listed."),
            "moreProblems": count("The number of problems that are not listed."),
            "upstream": text("The upstream that answered.", "coolify"),
            "uuid": text("The id of the existing object.", "vgsco4occ8ksgsc4s8ck4kco"),
            "differs": texts("The values that differ from the existing ones.", "image"),
            "path": text("The location in the compose file.", "services.web.ports"),
            "suggestion": {
                "type": "object",
                "additionalProperties": { "type": "string" },
                "description": "Values that are free.",
                "examples": [{ "name": "shop-2" }],
            },
            "known": texts("The names that exist.", "web"),
            "near": texts("Similar names.", "umami"),
            "branches": texts("The branches of the repository.", "main"),
            "written": texts("The variables that were written.", "LOG_LEVEL"),
            "notWritten": texts("The variables that were not written.", "PRICE"),
        },
    })
}
