//! Reading the error answers of IAM and Cloud Storage.
//!
//! IAM has the word `error.status`, Cloud Storage `error.errors[0].reason`. A refusal by an
//! organisation's policy is recognized only by the constraint's name in a text, with 400, 403 or
//! 412 (seen in reports of Google's issue tracker and of Terraform's provider).

use covibe_upstream::{Cause, Conflict, Error, Refusal, Trouble, classify_google};
use serde_json::Value;

/// The account of this server may not do it, or not yet.
const LACKS_ROLE: Trouble = Trouble {
    what: "the service account lacks a role in the Google Cloud project",
    fix: "grant it the roles that docs/operating/configuration.md names for object storage",
};

/// The constraints of an organisation that forbid calls of this server, each with the operator's
/// remedy.
const CONSTRAINTS: [(&str, Trouble); 3] = [
    (
        "iam.disableServiceAccountKeyCreation",
        Trouble {
            what: "the organisation's policy `iam.disableServiceAccountKeyCreation` forbids HMAC keys",
            fix: "exempt the project from `iam.disableServiceAccountKeyCreation`",
        },
    ),
    (
        "storage.restrictAuthTypes",
        Trouble {
            what: "the organisation's policy `storage.restrictAuthTypes` forbids HMAC keys",
            fix: "allow `SERVICE_ACCOUNT_HMAC_SIGNED_REQUESTS` in `storage.restrictAuthTypes` for the project",
        },
    ),
    (
        "gcp.resourceLocations",
        Trouble {
            what: "the organisation's policy `gcp.resourceLocations` forbids the location of buckets",
            fix: "allow the location that COVIBE_STORAGE_LOCATION names, or configure another one",
        },
    ),
];

/// Returns whether a refusal may only mean that a new account, key or bucket is not known
/// everywhere yet.
///
/// A new service account can be missing for about a minute: reads of it answer 404 or 403, and a policy
/// that names it 400.
pub fn is_unsettled(error: &Error) -> bool {
    error.is_not_found() || error.cause == Cause::Operator(LACKS_ROLE)
}

/// Returns the cause of an error answer.
pub(super) fn classify(status: u16, body: &Value) -> Option<Cause> {
    let error = &body["error"];
    if let Some(trouble) = policy_trouble(status, error) {
        return Some(Cause::Operator(trouble));
    }
    let word = error["status"].as_str().unwrap_or_default();
    let reason = error["errors"][0]["reason"].as_str().unwrap_or_default();
    let text = error["message"].as_str().unwrap_or_default();
    match (status, word, reason) {
        (403, "PERMISSION_DENIED", "") if is_disabled(error) => {
            classify_google(status, &disabled_error(), |_, _| None)
        }
        (403, _, "forbidden" | "insufficientPermissions") | (403, "PERMISSION_DENIED", "") => {
            Some(Cause::Operator(LACKS_ROLE))
        }
        (429, "RESOURCE_EXHAUSTED", _) if text.contains("service accounts") => {
            Some(Cause::Operator(Trouble {
                what: "the Google Cloud project's quota of service accounts is used up",
                fix: "raise it there, under IAM & Admin > Quotas, or remove accounts",
            }))
        }
        // A policy names a member that does not exist, or not yet.
        (400, ..) if text.contains("does not exist") => Some(Cause::NotFound),
        (409, "ALREADY_EXISTS", _) => Some(Cause::Conflict(Conflict::Exists)),
        (412, ..) | (409, "ABORTED", _) => Some(Cause::Conflict(Conflict::Changed)),
        (404, ..) => Some(Cause::NotFound),
        _ => classify_google(status, body, of_storage),
    }
}

fn of_storage(status: u16, reason: &str) -> Option<Cause> {
    Some(match (status, reason) {
        (409, _) => Cause::Conflict(Conflict::Exists),
        (400, _) => Cause::Refused(Refusal { status, ..Refusal::default() }),
        _ => return None,
    })
}

/// Returns the trouble if an organisation's policy forbids the call.
fn policy_trouble(status: u16, error: &Value) -> Option<Trouble> {
    if !matches!(status, 400 | 403 | 412) {
        return None;
    }
    let text = error.to_string();
    let found = CONSTRAINTS.iter().find(|(name, _)| text.contains(&format!("constraints/{name}")));
    found.map(|(_, trouble)| *trouble)
}

fn is_disabled(error: &Value) -> bool {
    let details = error["details"].as_array().into_iter().flatten();
    details.into_iter().any(|detail| detail["reason"] == "SERVICE_DISABLED")
}

/// The form in which other APIs of Google say that they are disabled.
fn disabled_error() -> Value {
    serde_json::json!({ "error": { "errors": [{ "reason": "SERVICE_DISABLED" }] } })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn classify_error(status: u16, error: &Value) -> Option<Cause> {
        classify(status, &json!({ "error": error }))
    }

    #[test]
    fn violated_organization_constraints_are_named_without_other_text() {
        for (status, name) in [
            (412, "iam.disableServiceAccountKeyCreation"),
            (403, "storage.restrictAuthTypes"),
            (412, "gcp.resourceLocations"),
        ] {
            let text = format!("Request violates constraint 'constraints/{name}' of secret");
            let cause = classify_error(status, &json!({ "code": status, "message": text }));
            let Some(Cause::Operator(trouble)) = cause else { panic!("{cause:?}") };
            assert!(trouble.what.contains(name) && !trouble.what.contains("secret"));
        }
        let details = json!([{ "violations": [{ "type": "constraints/iam.disableServiceAccountKeyCreation" }] }]);
        assert!(matches!(
            classify_error(400, &json!({ "message": "No", "details": details })),
            Some(Cause::Operator(_))
        ));
    }

    #[test]
    fn errors_of_new_resources_count_as_unsettled_and_invalid_values_do_not() {
        let error = |status, error| {
            let cause = classify_error(status, &error).unwrap();
            Error {
                upstream: "x",
                method: "GET",
                path: "/",
                cause,
                effect: covibe_upstream::Effect::None,
            }
        };
        let denied = json!({ "code": 403, "status": "PERMISSION_DENIED", "message": "no" });
        assert!(is_unsettled(&error(403, denied.clone())));
        assert!(is_unsettled(&error(404, json!({ "code": 404, "status": "NOT_FOUND" }))));
        let text = "Service account x does not exist.";
        assert!(is_unsettled(&error(400, json!({ "code": 400, "message": text }))));
        assert!(!is_unsettled(&error(400, json!({ "code": 400, "message": "Invalid value." }))));
        let mut off = denied;
        off["details"] = json!([{ "reason": "SERVICE_DISABLED" }]);
        assert!(!is_unsettled(&error(403, off)));
        let full = "Maximum number of service accounts on project reached.";
        let full = error(429, json!({ "status": "RESOURCE_EXHAUSTED", "message": full }));
        assert!(matches!(full.cause, Cause::Operator(_)) && !is_unsettled(&full));
    }
}
