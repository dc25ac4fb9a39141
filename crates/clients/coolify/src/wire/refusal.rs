//! What Coolify's error answers mean; `errors` comes in four shapes.

use covibe_upstream::{Cause, Conflict, Fields, Refusal};
use serde_json::Value;

use super::sentence::Sentence;

/// The cause of an error answer.
pub(crate) fn classify(status: u16, body: &Value) -> Option<Cause> {
    let sentence = Sentence::of(body["message"].as_str().unwrap_or_default());
    match (status, sentence) {
        (400, Some(Sentence::InvalidToken)) => Some(Cause::Unauthorized),
        (400, Some(Sentence::NoDestination)) => {
            Some(Cause::Unconfigured("its server has no destination"))
        }
        (400, Some(Sentence::SeveralDestinations)) => Some(Cause::Unconfigured(
            "COOLIFY_DESTINATION_UUID must say which of the server's destinations to use",
        )),
        (400, Some(Sentence::PortTaken)) => Some(Cause::Conflict(Conflict::Port)),
        (400, Some(Sentence::AlreadyRunning)) => Some(Cause::Conflict(Conflict::Running)),
        (400, Some(Sentence::HasResources)) => Some(Cause::Conflict(Conflict::NotEmpty)),
        (404, _) if body.get("valid_service_types").is_some() => {
            Some(refused(status, "type", "is not a service type of this Coolify"))
        }
        // The conflicts name other tenants' resources: nothing of the body is kept.
        (409, _) if body.get("conflicts").is_some() => Some(Cause::Conflict(Conflict::Domain)),
        // Told without `errors` when a key is made, and with them when one is changed.
        (422, Some(Sentence::AlreadyExists)) if of_key(body.get("errors")) => {
            Some(Cause::Conflict(Conflict::Exists))
        }
        (400 | 422, _) => {
            Some(Cause::Refused(Refusal { status, fields: errors(&body["errors"]).into_map() }))
        }
        _ => None,
    }
}

fn of_key(errors: Option<&Value>) -> bool {
    errors.is_none_or(|errors| errors.get("private_key").is_some())
}

fn refused(status: u16, field: &str, message: &str) -> Cause {
    let mut fields = Fields::default();
    fields.add(field, message);
    Cause::Refused(Refusal { status, fields: fields.into_map() })
}

/// Field → messages, field → message, a list of messages (about domains), a list of field names.
fn errors(errors: &Value) -> Fields {
    let mut fields = Fields::default();
    match errors {
        Value::Object(object) => fields.add_object(object),
        Value::Array(entries) => {
            for entry in entries.iter().filter_map(Value::as_str) {
                if Fields::is_name(entry) {
                    fields.add(entry, "This field is not allowed.");
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
    fn errors_come_in_four_shapes() {
        let expected: BTreeMap<_, _> =
            [("fqdn".to_owned(), vec!["This field is not allowed.".to_owned()])].into();
        for errors in [
            json!({ "fqdn": ["This field is not allowed."] }),
            json!({ "fqdn": "This field is not allowed." }),
            json!(["fqdn"]),
        ] {
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
    fn particular_answers_have_their_cause() {
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
        assert_eq!(classify(403, &json!({ "success": true, "message": "API is disabled." })), None);
        let unknown = classify(
            404,
            &json!({ "message": "Service not found.", "valid_service_types": ["a"] }),
        );
        assert!(
            matches!(unknown, Some(Cause::Refused(refusal)) if refusal.fields.contains_key("type"))
        );
        let running = classify(400, &json!({ "message": "Service is already running." }));
        assert_eq!(running, Some(Cause::Conflict(Conflict::Running)));
        let odd = classify(400, &json!({ "message": "UUID is required." }));
        assert!(matches!(odd, Some(Cause::Refused(_))));
        let several = classify(
            400,
            &json!({ "message": "Server has multiple destinations and you do not set destination_uuid." }),
        );
        assert!(matches!(several, Some(Cause::Unconfigured(_))));
    }
}
