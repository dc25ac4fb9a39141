//! Reading the domains of an application whose repository holds a compose file.

use serde_json::Value;

use crate::wire;

/// Returns each service with its URLs, from a JSON object or a text that holds one.
pub(super) fn read(written: Option<&Value>) -> Vec<(String, Vec<String>)> {
    let parsed = match written {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(value) => value.clone(),
        None => Value::Null,
    };
    let Value::Object(services) = parsed else { return Vec::new() };
    let urls = |service: &Value| wire::urls(service["domain"].as_str().unwrap_or_default());
    services.iter().map(|(name, service)| (name.clone(), urls(service))).collect()
}
