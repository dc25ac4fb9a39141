//! The refusals of IAM, `{"error":{"code","message","status"}}`, and of an organisation's policy.

use serde_json::json;

use crate::core::request_types::Reply;
use crate::google::errors::api;

/// Returns a refusal of IAM.
pub(super) fn iam(code: u16, status: &str, message: &str) -> Reply {
    let error = json!({ "code": code, "message": message, "status": status });
    Reply::json(code, json!({ "error": error }))
}

/// Returns IAM's refusal of what the caller may not do, or must not know of.
pub(super) fn denied() -> Reply {
    let text = "Permission 'iam.serviceAccounts.get' denied on resource (or it may not exist).";
    iam(403, "PERMISSION_DENIED", text)
}

/// Returns the refusal of an API that is disabled in the project.
pub(super) fn disabled() -> Reply {
    let detail = json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "SERVICE_DISABLED",
        "domain": "googleapis.com",
    });
    let text =
        "Identity and Access Management (IAM) API has not been used before or it is disabled.";
    let error = json!({
        "code": 403, "message": text, "status": "PERMISSION_DENIED", "details": [detail],
    });
    Reply::json(403, json!({ "error": error }))
}

/// Returns Cloud Storage's refusal of what an organisation's policy forbids.
pub(super) fn forbidden_by_policy(constraint: &str) -> Reply {
    let text = format!("Request violates constraint 'constraints/{constraint}'");
    api(412, "conditionNotMet", &text)
}

/// Returns Cloud Storage's refusal of what does not exist.
pub(super) fn not_found(what: &str) -> Reply {
    api(404, "notFound", &format!("The specified {what} does not exist."))
}
