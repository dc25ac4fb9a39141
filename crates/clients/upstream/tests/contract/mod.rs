//! Compares requests with a vendor's published description; shared by the clients' tests.

use std::path::PathBuf;

use serde_json::{Map, Value};

/// One request that a client sent.
pub(crate) struct SentRequest<'a> {
    pub(crate) method: &'a str,
    /// Below `/api/v1`.
    pub(crate) path: &'a str,
    pub(crate) query: Vec<&'a str>,
    pub(crate) body: Option<&'a Value>,
}

/// A vendor's description: OpenAPI 3 or Swagger 2, reduced to what requests are checked by.
pub(crate) struct Contract(Value);

impl Contract {
    /// Reads the file of a vendor, `coolify` or `gitea`.
    pub(crate) fn load(vendor: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testkit/contracts");
        let text = std::fs::read_to_string(folder.join(vendor).with_extension("json")).unwrap();
        Self(serde_json::from_str(&text).unwrap())
    }

    /// Returns the request's violations of the description, as `METHOD template: complaint`.
    pub(crate) fn complaints(&self, sent: &SentRequest<'_>) -> Vec<String> {
        let Some((template, item)) = self.find(sent.path) else {
            return vec![format!("{} {}: no such path", sent.method, sent.path)];
        };
        let operation = &item[sent.method.to_ascii_lowercase()];
        let mut complaints = Vec::new();
        if operation.is_null() {
            complaints.push("no such method".to_owned());
        } else {
            Self::query(operation, sent, &mut complaints);
            self.body(operation, sent, &mut complaints);
        }
        complaints
            .into_iter()
            .map(|complaint| format!("{} {template}: {complaint}", sent.method))
            .collect()
    }

    /// The path's entry: the one with the most literal segments of those that fit.
    fn find(&self, path: &str) -> Option<(&String, &Value)> {
        let segments: Vec<_> = path.split('/').collect();
        let paths = self.0["paths"].as_object()?;
        let fits = |template: &str| {
            let parts: Vec<_> = template.split('/').collect();
            parts.len() == segments.len()
                && parts
                    .iter()
                    .zip(&segments)
                    .all(|(part, segment)| part.starts_with('{') || part == segment)
        };
        let fitting = paths.iter().filter(|(template, _)| fits(template));
        fitting.min_by_key(|(template, _)| template.matches('{').count())
    }

    fn query(operation: &Value, sent: &SentRequest<'_>, complaints: &mut Vec<String>) {
        let known: Vec<_> =
            parameters(operation).filter(|p| p["in"] == "query").map(|p| &p["name"]).collect();
        for name in &sent.query {
            if !known.iter().any(|other| *other == name) {
                complaints.push(format!("query parameter {name} is not known"));
            }
        }
    }

    fn body(&self, operation: &Value, sent: &SentRequest<'_>, complaints: &mut Vec<String>) {
        let modern = &operation["requestBody"]["content"]["application/json"]["schema"];
        let older = parameters(operation).find(|p| p["in"] == "body").map(|p| &p["schema"]);
        let schema = if modern.is_null() { older } else { Some(modern) };
        match (schema, sent.body) {
            (Some(schema), Some(body)) => self.value(schema, body, "body", complaints),
            (None, Some(_)) => complaints.push("a body is not known".to_owned()),
            (Some(_), None) => complaints.push("the body is missing".to_owned()),
            (None, None) => {}
        }
    }

    fn value(&self, schema: &Value, value: &Value, at: &str, complaints: &mut Vec<String>) {
        let schema = self.resolve(schema);
        let kind = &schema["type"];
        let allowed = kind.as_array().map_or_else(|| vec![kind], |kinds| kinds.iter().collect());
        if !kind.is_null()
            && !allowed.iter().any(|kind| is_kind(kind.as_str().unwrap_or_default(), value))
        {
            complaints.push(format!("{at} is not of type {kind}"));
        }
        if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
            complaints.push(format!("{at} is not on its list"));
        }
        match value {
            Value::Object(members) => self.members(schema, members, at, complaints),
            Value::Array(items) => {
                for item in items {
                    self.value(&schema["items"], item, &format!("{at}[]"), complaints);
                }
            }
            _ => {}
        }
    }

    fn members(
        &self,
        schema: &Value,
        members: &Map<String, Value>,
        at: &str,
        complaints: &mut Vec<String>,
    ) {
        for required in
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
        {
            if !members.contains_key(required) {
                complaints.push(format!("{at}.{required} is missing"));
            }
        }
        let Some(known) = schema["properties"].as_object() else { return };
        for (name, value) in members {
            match known.get(name) {
                Some(schema) => self.value(schema, value, &format!("{at}.{name}"), complaints),
                None => complaints.push(format!("{at}.{name} is not known")),
            }
        }
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str().and_then(|name| name.strip_prefix('#')) {
            Some(pointer) => self.0.pointer(pointer).unwrap(),
            None => schema,
        }
    }
}

fn parameters(operation: &Value) -> impl Iterator<Item = &Value> {
    operation["parameters"].as_array().into_iter().flatten()
}

fn is_kind(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => false,
    }
}
