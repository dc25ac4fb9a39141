//! The meaning of Coolify's error answers; `errors` comes in four shapes.

use covibe_upstream::{Cause, Conflict, Fields, Refusal, Trouble};
use serde_json::Value;

use super::error_sentences::{MISSING_ABILITY, Sentence};
use super::errors_for_operator;
use crate::forwarded_fields::is_template;

/// Coolify's message about a member that it does not know.
const NOT_ALLOWED: &str = "This field is not allowed.";

/// The maximum number of names of templates that are read.
const MAX_TEMPLATES: usize = 1_000;

/// Returns the cause of an error answer.
pub(crate) fn classify(status: u16, body: &Value) -> Option<Cause> {
    let message = body["message"].as_str().unwrap_or_default();
    let sentence = Sentence::from_message(message);
    if let Some(trouble) = operator_trouble(status, sentence, message, &body["errors"]) {
        return Some(Cause::Operator(trouble));
    }
    match (status, sentence) {
        (400, Some(Sentence::InvalidToken)) => Some(Cause::Unauthorized),
        (400, Some(Sentence::PortTaken)) => Some(Cause::Conflict(Conflict::Port)),
        (400, Some(Sentence::AlreadyRunning)) => Some(Cause::Conflict(Conflict::Running)),
        (400, Some(Sentence::NotRunning | Sentence::AlreadyStopped)) => {
            Some(Cause::Conflict(Conflict::Stopped))
        }
        (400, Some(Sentence::NotCancellable)) => Some(Cause::Conflict(Conflict::Ended)),
        (404, Some(Sentence::NoContainer)) => Some(Cause::Conflict(Conflict::NoContainer)),
        (429, Some(Sentence::QueueFull)) => Some(Cause::QueueFull),
        (400, Some(Sentence::HasResources)) => Some(Cause::Conflict(Conflict::NotEmpty)),
        (404, _) if body.get("valid_service_types").is_some() => {
            Some(Cause::UnknownName { known: templates(&body["valid_service_types"]) })
        }
        // The conflicts name other tenants' resources: no part of the body is kept.
        (409, _) if body.get("conflicts").is_some() => Some(Cause::Conflict(Conflict::Domain)),
        // It comes without `errors` when a key is made, and with them when one is changed.
        (422, Some(Sentence::AlreadyExists)) if is_about_key(body.get("errors")) => {
            Some(Cause::Conflict(Conflict::Exists))
        }
        (400 | 422, _) => {
            Some(Cause::Refused(Refusal { status, fields: errors(&body["errors"]).into_map() }))
        }
        _ => None,
    }
}

/// Returns the trouble if only the operator can mend it. A caller chooses neither the place of a
/// resource nor the members of a request, so that a refusal of those is never their mistake.
fn operator_trouble(
    status: u16,
    sentence: Option<Sentence>,
    message: &str,
    errors: &Value,
) -> Option<Trouble> {
    match (status, sentence) {
        (403, Some(Sentence::ApiDisabled)) => Some(errors_for_operator::API_DISABLED),
        (403, Some(Sentence::AddressRefused)) => Some(errors_for_operator::ADDRESS_REFUSED),
        (403, Some(Sentence::LacksAbility)) => Some(errors_for_operator::missing_ability(
            message.strip_prefix(MISSING_ABILITY).unwrap_or_default(),
        )),
        (404, Some(Sentence::UnknownServer)) => Some(errors_for_operator::UNKNOWN_SERVER),
        (404 | 422, Some(Sentence::UnknownEnvironment)) => {
            Some(errors_for_operator::NO_ENVIRONMENT)
        }
        (400, Some(Sentence::NoDestination)) => Some(errors_for_operator::NO_DESTINATION),
        (400, Some(Sentence::SeveralDestinations)) => {
            Some(errors_for_operator::SEVERAL_DESTINATIONS)
        }
        (422, _) => place_trouble(errors),
        _ => None,
    }
}

/// Returns the trouble if a 422 is about the place of a resource, or about a member that this
/// version does not know.
fn place_trouble(errors: &Value) -> Option<Trouble> {
    if errors.get("server_uuid").is_some() {
        return Some(errors_for_operator::BUILD_SERVER);
    }
    if errors.get("destination_uuid").is_some() {
        return Some(errors_for_operator::UNKNOWN_DESTINATION);
    }
    let fields = self::errors(errors).into_map();
    let is_unknown = |texts: &Vec<String>| texts.iter().any(|text| text == NOT_ALLOWED);
    fields.values().any(is_unknown).then_some(errors_for_operator::VERSION)
}

fn is_about_key(errors: Option<&Value>) -> bool {
    errors.is_none_or(|errors| errors.get("private_key").is_some())
}

/// Returns the names of a list of templates, of which Coolify has some 340 (4.3.11).
fn templates(list: &Value) -> Vec<String> {
    let names = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    names.filter(|name| is_template(name)).take(MAX_TEMPLATES).map(str::to_owned).collect()
}

/// Reads the four shapes: field → messages, field → message, a list of messages (about domains), a
/// list of field names.
fn errors(errors: &Value) -> Fields {
    let mut fields = Fields::default();
    match errors {
        Value::Object(object) => fields.add_object(object),
        Value::Array(entries) => {
            for entry in entries.iter().filter_map(Value::as_str) {
                if Fields::is_name(entry) {
                    fields.add(entry, NOT_ALLOWED);
                } else {
                    fields.add("domains", entry);
                }
            }
        }
        Value::String(message) => fields.add("request", message),
        _ => {}
    }
    fields
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn fields(body: &Value) -> BTreeMap<String, Vec<String>> {
        match classify(422, body) {
            Some(Cause::Refused(refusal)) => refusal.fields,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn field_errors_are_read_from_all_four_shapes() {
        let expected: BTreeMap<_, _> =
            [("fqdn".to_owned(), vec!["The fqdn is invalid.".to_owned()])].into();
        for errors in
            [json!({ "fqdn": ["The fqdn is invalid."] }), json!({ "fqdn": "The fqdn is invalid." })]
        {
            assert_eq!(
                fields(&json!({ "message": "Validation failed.", "errors": errors })),
                expected
            );
        }
        let domains = fields(&json!({ "errors": ["Invalid URL: htp://x", "Invalid scheme"] }));
        assert_eq!(domains["domains"], ["Invalid URL: htp://x", "Invalid scheme"]);
        assert!(fields(&json!({ "message": "Invalid private key." })).is_empty());
    }

    #[test]
    fn known_error_answers_are_classified_by_cause() {
        for (status, body, expected) in [
            (400, json!({ "message": "Invalid token.", "docs": "x" }), Cause::Unauthorized),
            (
                422,
                json!({ "message": "Private key already exists." }),
                Cause::Conflict(Conflict::Exists),
            ),
            (
                422,
                json!({
                    "message": "This private key already exists.",
                    "errors": { "private_key": ["This private key already exists."] },
                }),
                Cause::Conflict(Conflict::Exists),
            ),
            (
                400,
                json!({ "message": "Project has resources, so it cannot be deleted." }),
                Cause::Conflict(Conflict::NotEmpty),
            ),
            (
                409,
                json!({ "message": "Domain conflicts detected.", "conflicts": [{ "resource_name": "theirs" }] }),
                Cause::Conflict(Conflict::Domain),
            ),
        ] {
            assert_eq!(classify(status, &body), Some(expected));
        }
        let unknown = classify(
            404,
            &json!({ "message": "Invalid service type.", "valid_service_types": ["a", 1, "<b>"] }),
        );
        assert_eq!(unknown, Some(Cause::UnknownName { known: vec!["a".to_owned()] }));
        let running = classify(400, &json!({ "message": "Service is already running." }));
        assert_eq!(running, Some(Cause::Conflict(Conflict::Running)));
        let odd = classify(400, &json!({ "message": "UUID is required." }));
        assert!(matches!(odd, Some(Cause::Refused(_))));
    }

    #[test]
    fn errors_of_coolifys_configuration_are_classified_as_operator_trouble() {
        let invalid = |errors: Value| json!({ "message": "Validation failed.", "errors": errors });
        let message = |text: &str| json!({ "message": text });
        for (status, body, expected) in [
            (403, message("API is disabled."), errors_for_operator::API_DISABLED),
            (
                403,
                message("You are not allowed to access the API."),
                errors_for_operator::ADDRESS_REFUSED,
            ),
            (
                403,
                message("Missing required permissions: deploy"),
                errors_for_operator::missing_ability("deploy"),
            ),
            (404, message("Server not found."), errors_for_operator::UNKNOWN_SERVER),
            (404, message("Environment not found."), errors_for_operator::NO_ENVIRONMENT),
            (
                422,
                message("You need to provide a valid environment_name or environment_uuid."),
                errors_for_operator::NO_ENVIRONMENT,
            ),
            (400, message("Server has no destinations."), errors_for_operator::NO_DESTINATION),
            (
                400,
                message("Server has multiple destinations and you do not set destination_uuid."),
                errors_for_operator::SEVERAL_DESTINATIONS,
            ),
            (
                422,
                invalid(json!({ "server_uuid": ["a build server"] })),
                errors_for_operator::BUILD_SERVER,
            ),
            (
                422,
                invalid(json!({ "destination_uuid": "no" })),
                errors_for_operator::UNKNOWN_DESTINATION,
            ),
            (
                422,
                invalid(json!({ "autogenerate_domain": [NOT_ALLOWED] })),
                errors_for_operator::VERSION,
            ),
            (422, invalid(json!(["urls"])), errors_for_operator::VERSION),
        ] {
            assert_eq!(classify(status, &body), Some(Cause::Operator(expected)), "{body}");
        }
        assert_eq!(classify(403, &json!({ "message": "no" })), None, "rejected credentials");
    }
}
