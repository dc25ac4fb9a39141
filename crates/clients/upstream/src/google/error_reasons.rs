//! Reading the errors of Google's APIs, which have a `reason` beside a text that changes.

use std::time::Duration;

use serde_json::Value;

use crate::error::{Cause, Trouble};

/// The wait after a rate-limit error that states no time. Google's limits are per minute.
const LIMITED: Duration = Duration::from_secs(20);

/// Returns the reason of an error, such as `notFound`; empty where there is none.
fn reason(body: &Value) -> &str {
    body["error"]["errors"][0]["reason"].as_str().unwrap_or_default()
}

/// Returns the cause of an error answer, as far as all of Google's APIs agree, by its reason; `more`
/// knows the reasons of one API.
pub fn classify(
    status: u16,
    body: &Value,
    more: impl FnOnce(u16, &str) -> Option<Cause>,
) -> Option<Cause> {
    let reason = reason(body);
    let trouble = |what, fix| Some(Cause::Operator(Trouble { what, fix }));
    match (status, reason) {
        // A 429 states the wait itself, in a header.
        (403, "rateLimitExceeded" | "userRateLimitExceeded") => {
            Some(Cause::Limited { retry_after: LIMITED, ours: false })
        }
        (403, "accessNotConfigured" | "SERVICE_DISABLED") => trouble(
            "the API is disabled in the Google Cloud project",
            "enable it there, under APIs & Services",
        ),
        (403, "quotaExceeded" | "dailyLimitExceeded") => trouble(
            "a quota of the Google Cloud project is used up",
            "raise it there, under IAM & Admin > Quotas",
        ),
        (403, "billingNotEnabled") => {
            trouble("the Google Cloud project has no billing account", "link one to it")
        }
        (403, "forbidden" | "insufficientPermissions") => trouble(
            "the service account lacks a role in the Google Cloud project",
            "grant it the role that docs/operating/configuration.md names for this API",
        ),
        _ => more(status, reason),
    }
}

/// Returns the cause of an answer of the token endpoint (RFC 6749, 5.2).
pub(super) fn classify_token_error(status: u16, body: &Value) -> Option<Cause> {
    let trouble = |what, fix| Some(Cause::Operator(Trouble { what, fix }));
    match (status, body["error"].as_str()) {
        (400 | 401, Some("invalid_grant" | "invalid_client" | "unauthorized_client")) => trouble(
            "it rejects the service account's key",
            "check that the key is not deleted or disabled, and that this machine's clock is right",
        ),
        (400..=403, Some(_)) => trouble(
            "it issues no token for the service account",
            "check the account and its key in Google Cloud",
        ),
        _ => None,
    }
}
