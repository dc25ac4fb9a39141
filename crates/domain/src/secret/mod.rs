//! Secrets: values that are never shown.

mod redaction;

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

pub use redaction::{is_secret_name, without_secrets};

/// The prefix of every API key.
pub const KEY_PREFIX: &str = "vibn_sk_";

/// The number of hexadecimal digits of a Gitea token.
const TOKEN_DIGITS: usize = 40;

/// Returns whether a text contains something with the form of an API key, of a Gitea token or of a private key. Such a
/// text must neither be stored nor be shown as a name.
pub fn has_credential_form(text: &str) -> bool {
    let is_token =
        |word: &str| word.len() == TOKEN_DIGITS && word.bytes().all(|b| b.is_ascii_hexdigit());
    text.to_ascii_lowercase().contains(KEY_PREFIX)
        || has_private_key(text)
        || text.split(|c: char| !c.is_ascii_alphanumeric()).any(is_token)
}

/// Returns whether a text contains something with the form of a private key.
pub fn has_private_key(text: &str) -> bool {
    text.contains("PRIVATE KEY") || text.contains(OPENSSH_KEY)
}

/// The first characters of the base64 of a private key in OpenSSH's format.
const OPENSSH_KEY: &str = "b3BlbnNzaC1rZXktdjE";

/// A secret text, without `Serialize` and with a `Debug` that omits it. Its memory is overwritten when it
/// is dropped.
///
/// Only [`Secret::expose`] returns the text, so that a search for that word finds every use.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Creates a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Returns the text.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// A secret in an answer: the only type that serializes one.
///
/// Only fields that exist to give a secret to its owner have this type.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Revealed(Secret);

impl Revealed {
    /// Marks a secret for serialization.
    pub fn new(secret: Secret) -> Self {
        Self(secret)
    }

    /// Returns the text.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl Serialize for Revealed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}

impl JsonSchema for Revealed {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Revealed".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_credentials_by_their_form() {
        let token = "0123456789abcdef0123456789ABCDEF01234567";
        let key = format!("{KEY_PREFIX}abc");
        for text in [token, &format!("my-{token}"), &key, &key.to_uppercase()] {
            assert!(has_credential_form(text), "{text}");
        }
        assert!(has_credential_form("-----BEGIN OPENSSH PRIVATE KEY-----"));
        assert!(has_credential_form("b3BlbnNzaC1rZXktdjEAAAAABG5vbmU"));
        for text in ["my-site", "vibn-mark/site", &token[1..], &format!("{token}0"), ""] {
            assert!(!has_credential_form(text), "{text}");
        }
    }

    #[test]
    fn omits_the_text_from_debug_output() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
        let revealed = Revealed::new(Secret::new("hunter2"));
        assert_eq!(format!("{revealed:?}"), "Revealed(Secret(…))");
        assert_eq!(serde_json::to_string(&revealed).unwrap(), r#""hunter2""#);
    }
}
