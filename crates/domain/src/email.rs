//! Email addresses.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::names::is_visible;

/// The maximum length of an address, in bytes (RFC 5321).
const LONGEST: usize = 254;

/// An email address in lower case, with exactly one `@`, without spaces, control characters and invisible ones, and at
/// most 254 bytes long. Whether anybody reads it is not known.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Email(String);

/// A text that is not an email address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an email address: expected name@domain, at most 254 bytes, without spaces")]
pub struct InvalidEmail;

impl Email {
    /// Returns the address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Email {
    type Error = InvalidEmail;

    fn try_from(text: String) -> Result<Self, InvalidEmail> {
        text.parse()
    }
}

impl FromStr for Email {
    type Err = InvalidEmail;

    /// Reads an address as people write it: spaces around it and capitals do not matter.
    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim().to_lowercase();
        // An invisible character would make an address that looks like another one.
        let is_plain =
            |c: char| is_visible(c) && !c.is_whitespace() && !"<>\"\\,;:()[]".contains(c);
        let (name, domain) = text.split_once('@').ok_or(InvalidEmail)?;
        let is_domain =
            domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty());
        let is_valid = !name.is_empty()
            && is_domain
            && !domain.contains('@')
            && text.len() <= LONGEST
            && text.chars().all(is_plain);
        if is_valid { Ok(Self(text)) } else { Err(InvalidEmail) }
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JsonSchema for Email {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Email".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "minLength": 3, "maxLength": LONGEST, "title": "An email address.",
            "examples": ["ada@example.com"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_addresses_without_case_and_surrounding_spaces() {
        for (written, read) in [
            (" Ada@Example.com ", "ada@example.com"),
            ("o'neil+x@mail.example.org", "o'neil+x@mail.example.org"),
        ] {
            assert_eq!(written.parse::<Email>().unwrap().as_str(), read);
        }
    }

    #[test]
    fn rejects_invalid_addresses() {
        let long = format!("{}@example.com", "a".repeat(250));
        for text in [
            "",
            "@",
            "ada",
            "ada@",
            "@example.com",
            "ada@localhost",
            "a@b@example.com",
            "a b@example.com",
            "ada@example.com\r\nBcc: x@example.com",
            "<ada@example.com>",
            "ada@.com",
            "ada@example.",
            "ada\u{200b}@example.com",
            "\u{202e}ada@example.com",
            "ad\u{ad}a@example.com",
            &long,
        ] {
            assert_eq!(text.parse::<Email>(), Err(InvalidEmail), "{text}");
        }
    }
}
