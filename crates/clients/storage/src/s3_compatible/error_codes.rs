//! Reading S3's error answers by their codes.

use covibe_upstream::{Cause, Refusal};
use serde_json::Value;

/// Returns the cause of an error answer, whose code is its `message` here.
pub(super) fn classify(status: u16, body: &Value) -> Option<Cause> {
    Some(match (status, body["message"].as_str()?) {
        (404, "NoSuchBucket") => Cause::NotFound,
        (400 | 401 | 403, "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "AccessDenied") => {
            Cause::Unauthorized
        }
        (400, _) => Cause::Refused(Refusal { status, ..Refusal::default() }),
        _ => return None,
    })
}
