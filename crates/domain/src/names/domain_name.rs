//! Names of domains that can be registered.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The maximum number of bytes of a name.
const LONGEST: usize = 253;

/// A domain such as `example.com`: in lower case, at least two labels, in ASCII (`xn--…` where it is not),
/// without a dot at the end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DomainName(String);

/// A text that is not a domain name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a domain name such as example.com: two or more labels of letters, digits and hyphens"
)]
pub struct InvalidDomainName;

impl DomainName {
    /// Reads a name as a person writes it: in upper or lower case, in any script, with or without a final dot. The
    /// result is the form for DNS (UTS 46).
    ///
    /// # Errors
    ///
    /// Invalid for a name that DNS or IDNA does not allow, and for an address, a URL or a single label.
    pub fn from_written(text: &str) -> Result<Self, InvalidDomainName> {
        let text = text.trim();
        let name = text.strip_suffix('.').unwrap_or(text);
        // A name in ASCII can become longer by no more than its prefix for each label.
        if name.len() > 4 * LONGEST {
            return Err(InvalidDomainName);
        }
        let ascii = idna::domain_to_ascii_strict(name).map_err(|_| InvalidDomainName)?;
        Self::try_from(ascii)
    }

    /// Returns the name in ASCII.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name in its own script, as far as that can be shown safely; `None` if it is in ASCII.
    pub fn unicode(&self) -> Option<String> {
        let (unicode, result) = idna::domain_to_unicode(&self.0);
        (result.is_ok() && unicode != self.0).then_some(unicode)
    }

    /// Returns whether a host is this domain or below it.
    pub fn contains(&self, host: &str) -> bool {
        host.strip_suffix(&self.0).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

impl TryFrom<String> for DomainName {
    type Error = InvalidDomainName;

    /// Accepts only what [`DomainName::as_str`] returns.
    fn try_from(text: String) -> Result<Self, InvalidDomainName> {
        if is_name(&text) { Ok(Self(text)) } else { Err(InvalidDomainName) }
    }
}

impl From<DomainName> for String {
    fn from(name: DomainName) -> Self {
        name.0
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JsonSchema for DomainName {
    fn schema_name() -> Cow<'static, str> {
        "DomainName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "title": "A domain in ASCII", "maxLength": LONGEST,
            "examples": ["example.com"],
        })
    }
}

fn is_name(text: &str) -> bool {
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() <= LONGEST
        && text.contains('.')
        && text.split('.').all(is_label)
        && !last.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_label(label: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(is_part)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse_written(text: &str) -> Option<String> {
        DomainName::from_written(text).ok().map(String::from)
    }

    #[test]
    fn domain_names_are_parsed_from_any_case_and_script() {
        for (text, name) in [
            ("Example.COM", "example.com"),
            (" example.com. ", "example.com"),
            ("bücher.de", "xn--bcher-kva.de"),
            ("XN--BCHER-KVA.de", "xn--bcher-kva.de"),
            ("例え.jp", "xn--r8jz45g.jp"),
            ("a.co.uk", "a.co.uk"),
        ] {
            assert_eq!(parse_written(text).as_deref(), Some(name), "{text}");
        }
        let long = [format!("{}.com", "a".repeat(64)), "a.".repeat(2_000)];
        for bad in [
            "",
            ".",
            "com",
            ".com",
            "a..b",
            "a.b..",
            "-a.b",
            "a-.b",
            "a b.c",
            "1.2.3.4",
            "a.b\nc",
            "https://a.b",
            "a.b/c",
            "a@b.c",
            "a_b.c",
            "*.a.b",
            "xn--a.com",
            "a\u{200d}.com",
        ]
        .into_iter()
        .chain(long.iter().map(String::as_str))
        {
            assert_eq!(parse_written(bad), None, "{bad}");
        }
    }

    #[test]
    fn unicode_returns_the_name_in_its_own_script() {
        let name = DomainName::from_written("bücher.de").unwrap();
        assert_eq!(name.unicode().as_deref(), Some("bücher.de"));
        assert_eq!(DomainName::from_written("a.de").unwrap().unicode(), None);
    }

    #[test]
    fn a_domain_contains_its_hosts_only() {
        let name = DomainName::from_written("a.de").unwrap();
        assert!(name.contains("a.de") && name.contains("x.y.a.de"));
        assert!(!name.contains("xa.de") && !name.contains("a.de.com") && !name.contains("de"));
    }

    proptest! {
        #[test]
        fn a_parsed_name_parses_to_itself(text in "\\PC{0,12}\\.\\PC{1,6}") {
            if let Ok(name) = DomainName::from_written(&text) {
                prop_assert_eq!(DomainName::from_written(name.as_str()), Ok(name.clone()));
                prop_assert_eq!(DomainName::try_from(String::from(name.clone())), Ok(name));
            }
        }
    }
}
