//! Reading the error answers of WorkOS: `{code, message, errors?}` of its API, and `{error,
//! error_description}` of OAuth 2.

use covibe_upstream::{Cause, Conflict, Fields, Refusal, Trouble};
use serde_json::Value;

/// The codes for something that exists already.
const EXISTS: [&str; 8] = [
    "conflict",
    "duplicate_external_id",
    "email_already_invited_to_organization",
    "email_not_available",
    "entity_already_exists",
    "external_id_already_used",
    "organization_membership_already_exists",
    "user_already_organization_member",
];

/// The client id or the key is not one of the environment.
pub(crate) const REJECTED: Trouble = Trouble {
    what: "it rejects the client id or the API key",
    fix: "set WORKOS_CLIENT_ID and WORKOS_API_KEY to those of one WorkOS environment",
};

/// Returns the code of an error, of either form; empty where there is none.
pub(crate) fn code(body: &Value) -> &str {
    let own = body["code"].as_str();
    own.or_else(|| body["error"].as_str()).unwrap_or_default()
}

/// Returns the cause of an error answer.
pub(crate) fn classify(status: u16, body: &Value) -> Option<Cause> {
    let all = || {
        std::iter::once(code(body)).chain(inner_errors(body).filter_map(|one| one["code"].as_str()))
    };
    match status {
        400..=403 if matches!(code(body), "invalid_client" | "unauthorized_client") => {
            Some(Cause::Operator(REJECTED))
        }
        400 | 409 | 422 if all().any(|code| EXISTS.contains(&code)) => {
            Some(Cause::Conflict(Conflict::Exists))
        }
        400 | 422 => Some(Cause::Refused(Refusal { status, fields: fields(body).into_map() })),
        _ => None,
    }
}

fn inner_errors(body: &Value) -> impl Iterator<Item = &Value> {
    body["errors"].as_array().into_iter().flatten()
}

/// Returns the named fields. Their messages may quote values that were sent, so their codes are
/// shown.
fn fields(body: &Value) -> Fields {
    let mut fields = Fields::default();
    for one in inner_errors(body) {
        let text = |name: &str| one[name].as_str().unwrap_or_default();
        fields.add(text("field"), text("code"));
    }
    fields
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_are_read_from_api_and_oauth_answers() {
        let taken = json!({ "code": "user_creation_error", "message": "Could not create user.",
            "errors": [{ "code": "email_not_available", "message": "a@b.test is taken" }] });
        assert_eq!(classify(422, &taken), Some(Cause::Conflict(Conflict::Exists)));
        let client = json!({ "error": "invalid_client", "error_description": "Invalid secret." });
        assert_eq!(classify(400, &client), Some(Cause::Operator(REJECTED)));
        let unfit = json!({ "code": "unprocessable_entity", "message": "No",
            "errors": [{ "field": "name", "code": "required", "message": "a b c" }] });
        let Some(Cause::Refused(refusal)) = classify(422, &unfit) else { panic!("refused") };
        assert_eq!(refusal.fields["name"], ["required"]);
        assert_eq!(classify(404, &json!({ "code": "entity_not_found" })), None);
        assert_eq!(classify(500, &Value::Null), None);
    }
}
