//! Reading Cloud DNS' error answers by their reasons.

use covibe_upstream::{Cause, Conflict, Refusal, Trouble, classify_google};
use serde_json::Value;

/// Returns the cause of an error answer.
pub(super) fn classify(status: u16, body: &Value) -> Option<Cause> {
    classify_google(status, body, classify_reason)
}

fn classify_reason(status: u16, reason: &str) -> Option<Cause> {
    Some(match (status, reason) {
        (409, "alreadyExists") => Cause::Conflict(Conflict::Exists),
        (412, "conditionNotMet") => Cause::Conflict(Conflict::Changed),
        (400, "containerNotEmpty") => Cause::Conflict(Conflict::NotEmpty),
        (404, "notFound") => Cause::NotFound,
        (400, "managedZoneDnsNameNotAvailable" | "verifyManagedZoneDnsNameOwnership") => {
            Cause::Operator(Trouble {
                what: "it has no name servers left for the domain, or reserves it",
                fix: "delete other zones of the domain, or verify its ownership with Google",
            })
        }
        (400, _) => Cause::Refused(Refusal { status, ..Refusal::default() }),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_are_classified_by_reason_and_their_text_is_dropped() {
        let of = |status: u16, reason: &str| {
            let one = json!({ "domain": "global", "reason": reason, "message": "secret" });
            let error = json!({ "code": status, "message": "secret", "errors": [one] });
            classify(status, &json!({ "error": error }))
        };
        assert_eq!(of(412, "conditionNotMet"), Some(Cause::Conflict(Conflict::Changed)));
        assert_eq!(of(409, "alreadyExists"), Some(Cause::Conflict(Conflict::Exists)));
        assert_eq!(of(400, "containerNotEmpty"), Some(Cause::Conflict(Conflict::NotEmpty)));
        assert_eq!(of(404, "notFound"), Some(Cause::NotFound));
        let refused = Refusal { status: 400, ..Refusal::default() };
        assert_eq!(of(400, "invalid"), Some(Cause::Refused(refused)));
        for (status, reason) in [
            (403, "accessNotConfigured"),
            (403, "forbidden"),
            (403, "quotaExceeded"),
            (400, "managedZoneDnsNameNotAvailable"),
        ] {
            let cause = of(status, reason);
            assert!(matches!(cause, Some(Cause::Operator(_))), "{reason}: {cause:?}");
        }
        assert!(matches!(of(403, "rateLimitExceeded"), Some(Cause::Limited { .. })));
        assert_eq!((of(401, "authError"), of(500, "backendError")), (None, None));
    }
}
