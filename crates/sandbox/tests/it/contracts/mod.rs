//! Answers against the vendors' own published descriptions.

mod gitea_accounts;
mod schema_validation;

use std::fmt;
use std::path::Path;

use serde_json::Value;

use crate::simulator_client::HttpAnswer;

/// A vendor's description: OpenAPI 3, or Swagger 2, which can't say that something may be null.
pub(crate) struct Contract {
    text: Value,
    nulls: Nulls,
}

/// The treatment of a null.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nulls {
    /// It is allowed where the description says so.
    Described,
    /// It is allowed everywhere.
    Allowed,
}

/// A part of an answer that does not match the description.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Complaint {
    /// The call (`GET /servers 200`) or the component of the description (`Server`), and the member.
    pub(crate) place: String,
    /// The mismatch.
    pub(crate) what: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl Contract {
    /// Reads the file of a vendor, `coolify` or `gitea`.
    pub(crate) fn for_vendor(vendor: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testkit/contracts");
        let text = std::fs::read_to_string(folder.join(vendor).with_extension("json")).unwrap();
        let text: Value = serde_json::from_str(&text).unwrap();
        let is_older = text.get("swagger").is_some();
        let nulls = if is_older { Nulls::Allowed } else { Nulls::Described };
        Self { text, nulls }
    }

    /// Returns the template of a path: the one with the most literal segments among those that match.
    pub(crate) fn template(&self, path: &str) -> Option<&str> {
        let segments: Vec<_> = path.split('/').collect();
        let fits = |template: &&String| {
            let parts: Vec<_> = template.split('/').collect();
            let fits = |(part, segment): (&&str, &&str)| part.starts_with('{') || part == segment;
            parts.len() == segments.len() && parts.iter().zip(&segments).all(fits)
        };
        let fitting = self.text["paths"].as_object().unwrap().keys().filter(fits);
        fitting.min_by_key(|template| template.matches('{').count()).map(String::as_str)
    }

    /// Returns the parts of an answer of an operation that do not match the description; `body` is a media type and
    /// the content, a text as a JSON string.
    pub(crate) fn complaints(
        &self,
        method: &str,
        template: &str,
        status: u16,
        body: Option<(&str, &Value)>,
    ) -> Vec<Complaint> {
        let place = format!("{} {template} {status}", method.to_ascii_uppercase());
        let operation = &self.text["paths"][template][method.to_ascii_lowercase()];
        let response = operation["responses"].get(status.to_string());
        let complaint =
            |what: &str| vec![Complaint { place: place.clone(), what: what.to_owned() }];
        let Some(response) = response else { return complaint("is not described") };
        let (at, response) = self.resolve(&place, response);
        let Some((media, value)) = body else {
            let has_body = response.get("schema").or(response.get("content")).is_some();
            return if has_body { complaint("has no body") } else { Vec::new() };
        };
        match response.get("schema").or(response["content"][media].get("schema")) {
            Some(schema) => self.complaints_about_value(schema, value, &at),
            None => complaint("has a body that is not described"),
        }
    }

    /// Fails if an answer does not match the description.
    pub(crate) fn check(&self, method: &str, template: &str, answer: &HttpAnswer) {
        let value = answer.json();
        let body = Some(("application/json", &value));
        let mut complaints = self.complaints(method, template, answer.status, body);
        complaints.retain(|complaint| !gitea_accounts::is_known(complaint));
        assert!(complaints.is_empty(), "{complaints:#?}");
    }

    /// Returns the target of a reference, with its own name as the place; anything else as it is.
    fn resolve<'a>(&'a self, place: &str, schema: &'a Value) -> (String, &'a Value) {
        let Some(to) = schema["$ref"].as_str() else { return (place.to_owned(), schema) };
        let name = to.rsplit('/').next().unwrap_or_default();
        self.resolve(name, self.text.pointer(to.trim_start_matches('#')).unwrap())
    }
}
