//! Redaction of the record of requests: it leaves out texts that are recognizable as secrets.

use serde_json::{Map, Value};

/// The text in place of a secret.
const REDACTED: &str = "[redacted]";

/// Parts of the names of members and parameters whose texts are secrets, in lower case.
///
/// A compose file counts as a secret because it contains passwords, in Base64.
const SECRET_NAMES: [&str; 6] =
    ["password", "private_key", "secret", "token", "access_key", "compose_raw"];

/// Replaces the secrets in a body.
pub(super) fn json(value: &mut Value) {
    match value {
        Value::String(string) => *string = text(string),
        Value::Array(items) => items.iter_mut().for_each(json),
        Value::Object(members) => object(members),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn object(members: &mut Map<String, Value>) {
    let is_variable = members.contains_key("key") && members.contains_key("value");
    for (name, member) in members {
        match member {
            Value::String(value) if is_variable && name == "value" => REDACTED.clone_into(value),
            Value::String(value) => *value = redact_member(name, value),
            _ => json(member),
        }
    }
}

/// Returns the value of a member or parameter without its secrets.
pub(super) fn redact_member(name: &str, value: &str) -> String {
    let name = name.to_ascii_lowercase();
    // The id of a key is not a secret.
    let is_secret = !name.ends_with("uuid") && SECRET_NAMES.iter().any(|part| name.contains(part));
    if is_secret { REDACTED.to_owned() } else { text(value) }
}

/// Returns a text without private keys and without the credentials in its URLs.
pub(super) fn text(text: &str) -> String {
    if text.contains("PRIVATE KEY-----") {
        return REDACTED.to_owned();
    }
    let mut parts = text.split("://");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for rest in parts {
        let end = rest.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(rest.len());
        let host = rest.get(..end).and_then(|authority| authority.rfind('@'));
        kept.push_str("://");
        match host.and_then(|at| rest.get(at..)) {
            Some(from_host) => kept.extend([REDACTED, from_host]),
            None => kept.push_str(rest),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cut(mut value: Value) -> Value {
        json(&mut value);
        value
    }

    #[test]
    fn members_named_like_secrets_are_redacted() {
        let body = json!({ "name": "db", "postgres_password": "p4ss", "private_key_uuid": "abc",
                           "token": 7, "data": [{ "key": "A", "value": "v4lue", "is_literal": true }] });
        assert_eq!(
            cut(body),
            json!({ "name": "db", "postgres_password": "[redacted]", "private_key_uuid": "abc",
                    "token": 7, "data": [{ "key": "A", "value": "[redacted]", "is_literal": true }] })
        );
        assert_eq!(redact_member("access_token", "t0ken"), "[redacted]");
    }

    #[test]
    fn credentials_in_urls_and_private_keys_are_redacted() {
        assert_eq!(
            text("see https://bot:t0ken@git.test/a b"),
            "see https://[redacted]@git.test/a b"
        );
        assert_eq!(text("https://git.test/a@b"), "https://git.test/a@b");
        assert_eq!(text("git@git.test:a/b.git"), "git@git.test:a/b.git");
        assert_eq!(text("-----BEGIN OPENSSH PRIVATE KEY-----\nabc"), "[redacted]");
    }
}
