//! Reading Gitea's error answers, which have no codes, only statuses and texts that change. Former
//! names of renamed resources are redirects.

use covibe_upstream::{Cause, Conflict, Error, Fields, Refusal};
use serde_json::Value;

/// Returns the cause of an error answer.
pub(crate) fn classify(status: u16, body: &Value) -> Option<Cause> {
    let message = body["message"].as_str().unwrap_or_default();
    if !matches!(status, 400 | 422) {
        return None;
    }
    // "user already exists", "access token name has been used already", "Key content has been used
    // as non-deploy key", "Key title has been used"; spelled so from 1.21 to main.
    if message.contains("already") || message.contains("has been used") {
        return Some(Cause::Conflict(Conflict::Exists));
    }
    Some(Cause::Refused(Refusal { status, fields: read_binding(message).into_map() }))
}

/// Turns a redirect into `None`: Gitea redirects the old names of renamed resources.
pub(crate) fn not_moved<T>(result: Result<Option<T>, Error>) -> Result<Option<T>, Error> {
    match result {
        Err(Error { cause: Cause::Renamed { .. }, .. }) => Ok(None),
        other => other,
    }
}

/// Reads `[UserName]: Required` as a field and its message. Other texts are dropped, because they
/// may quote anything.
fn read_binding(message: &str) -> Fields {
    let mut fields = Fields::default();
    let complaint = message.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
    if let Some((field, complaint)) = complaint {
        fields.add(field, complaint);
    }
    fields
}

/// The result of a search by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameLookup<T> {
    /// The resource that has the name.
    Here(T),
    /// No resource has the name now, but one had it and has this one now.
    Renamed(String),
    /// No visible resource.
    Nowhere,
}

impl<T> NameLookup<T> {
    /// Returns the resource that has the name.
    pub fn into_resource(self) -> Option<T> {
        match self {
            Self::Here(found) => Some(found),
            Self::Renamed(_) | Self::Nowhere => None,
        }
    }
}

/// Reads the answer to a request for something by its name, which is the path's last segment.
pub(crate) fn read_named<T>(result: Result<T, Error>) -> Result<NameLookup<T>, Error> {
    match result {
        Ok(found) => Ok(NameLookup::Here(found)),
        Err(error) => match error.cause {
            Cause::NotFound => Ok(NameLookup::Nowhere),
            Cause::Renamed { to } => {
                Ok(NameLookup::Renamed(to.rsplit('/').next().unwrap_or_default().to_owned()))
            }
            _ => Err(error),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_message_about_an_existing_resource_is_a_conflict() {
        for (status, message) in [
            (422, "user already exists [name: mark-bot]"),
            (400, "access token name has been used already"),
            // An email address: 422 when a user is made, 400 when one is changed.
            (422, "e-mail already in use [email: mark@bots.test]"),
            (400, "e-mail already in use [email: mark@bots.test]"),
            (422, "Key content has been used as non-deploy key"),
            (422, "Key title has been used"),
        ] {
            let cause = classify(status, &json!({ "message": message, "url": "x" }));
            assert_eq!(cause, Some(Cause::Conflict(Conflict::Exists)), "{message}");
        }
    }

    #[test]
    fn a_binding_error_names_its_field_and_other_texts_are_dropped() {
        let fields = |status, message| match classify(status, &json!({ "message": message })) {
            Some(Cause::Refused(refusal)) => refusal.fields,
            other => panic!("{other:?}"),
        };
        assert_eq!(fields(422, "[UserName]: Required")["UserName"], ["Required"]);
        assert!(fields(400, "PasswordComplexity").is_empty());
        assert_eq!(classify(404, &json!({ "message": "x", "errors": null })), None);
    }
}
