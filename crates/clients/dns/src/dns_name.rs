//! Names in DNS, as A-labels.

use std::fmt;

/// The longest name, in bytes of its A-labels, without the final dot (RFC 1035).
const LONGEST: usize = 253;

/// The longest label, in bytes (RFC 1035).
const LONGEST_LABEL: usize = 63;

/// The longest text that is looked at, in bytes.
const LONGEST_TEXT: usize = 1024;

/// The reason why a text is not a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It has more than 253 bytes as A-labels.
    #[error("a DNS name must have at most 253 characters in its ASCII form")]
    TooLong,
    /// A label is empty or has more than 63 bytes.
    #[error("each part of a DNS name must have 1 to 63 characters in its ASCII form")]
    Label,
    /// A label has other characters, or a hyphen at an end, or it is no valid IDN.
    #[error(
        "the parts of a DNS name can contain letters, digits, underscores and inner hyphens; `*` \
         can only be the whole first part"
    )]
    Characters,
    /// It is not the name of a zone: it has one label, a wildcard or an underscore.
    #[error("a zone's name must be a domain, such as example.ca")]
    Zone,
}

/// A fully qualified name, in lower case and A-labels, without the final dot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DnsName(String);

impl DnsName {
    /// Reads a name, with or without the final dot. Other alphabets become A-labels (IDNA, UTS 46).
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.len() > LONGEST_TEXT {
            return Err(NameError::TooLong);
        }
        let ascii = idna::domain_to_ascii(text).map_err(|_| NameError::Characters)?;
        let name = ascii.strip_suffix('.').unwrap_or(&ascii);
        for (at, label) in name.split('.').enumerate() {
            check(at, label)?;
        }
        if name.len() > LONGEST { Err(NameError::TooLong) } else { Ok(Self(name.to_owned())) }
    }

    /// Reads the name of a zone: at least two labels, no wildcard and no underscore.
    pub fn zone(text: &str) -> Result<Self, NameError> {
        let name = Self::parse(text)?;
        let is_zone = name.0.contains('.') && !name.0.contains(['*', '_']);
        if is_zone { Ok(name) } else { Err(NameError::Zone) }
    }

    /// Returns the name of a host below this one; `@` is this one.
    pub fn below(&self, host: &str) -> Result<Self, NameError> {
        if host == "@" { Ok(self.clone()) } else { Self::parse(&format!("{host}.{}", self.0)) }
    }

    /// Returns the name without the final dot.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name with the final dot.
    pub fn dotted(&self) -> String {
        format!("{}.", self.0)
    }

    /// Returns whether this is the zone's name or one below it.
    pub fn is_within(&self, zone: &Self) -> bool {
        let above = self.0.strip_suffix(&zone.0);
        above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check(at: usize, label: &str) -> Result<(), NameError> {
    if !(1..=LONGEST_LABEL).contains(&label.len()) {
        return Err(NameError::Label);
    }
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let is_fine = label.bytes().all(|byte| is_plain(byte) || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-');
    if is_fine || (at == 0 && label == "*") { Ok(()) } else { Err(NameError::Characters) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_become_lower_case_a_labels_without_the_final_dot() {
        for (text, name) in [
            ("Example.CA.", "example.ca"),
            ("Bücher.ca", "xn--bcher-kva.ca"),
            ("xn--bcher-kva.ca", "xn--bcher-kva.ca"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("*.example.ca", "*.example.ca"),
            ("_acme-challenge.example.ca", "_acme-challenge.example.ca"),
        ] {
            assert_eq!(DnsName::parse(text).as_ref().map(DnsName::as_str), Ok(name));
        }
        assert_eq!(DnsName::parse("a.ca").unwrap().dotted(), "a.ca.");
    }

    #[test]
    fn invalid_names_are_refused() {
        let label = "a".repeat(64);
        for (text, error) in [
            ("", NameError::Label),
            (".", NameError::Label),
            ("a..ca", NameError::Label),
            ("a.ca..", NameError::Label),
            (label.as_str(), NameError::Label),
            ("-a.ca", NameError::Characters),
            ("a-.ca", NameError::Characters),
            ("a b.ca", NameError::Characters),
            ("a.*.ca", NameError::Characters),
            ("a*.ca", NameError::Characters),
            ("xn--a.ca", NameError::Characters),
            ("a\\.ca", NameError::Characters),
            ("\"a\".ca", NameError::Characters),
        ] {
            assert_eq!(DnsName::parse(text), Err(error), "{text}");
        }
        let long = ["a".repeat(63).as_str(); 4].join(".");
        assert_eq!(DnsName::parse(&long), Err(NameError::TooLong));
        for text in ["ca", "*.example.ca", "_x.ca"] {
            assert_eq!(DnsName::zone(text), Err(NameError::Zone), "{text}");
        }
    }

    #[test]
    fn a_zone_contains_only_itself_and_names_below_it() {
        let zone = DnsName::zone("example.ca").unwrap();
        assert!(zone.below("@").unwrap().is_within(&zone));
        assert!(zone.below("a.b").unwrap().is_within(&zone));
        assert!(!DnsName::parse("notexample.ca").unwrap().is_within(&zone));
        assert!(!DnsName::parse("ca").unwrap().is_within(&zone));
        assert!(zone.below("a..b").is_err() && zone.below("").is_err());
    }

    proptest! {
        #[test]
        fn a_parsed_name_parses_to_itself_again(text in ".{0,80}") {
            if let Ok(name) = DnsName::parse(&text) {
                prop_assert_eq!(DnsName::parse(name.as_str()), Ok(name.clone()));
                prop_assert_eq!(DnsName::parse(&name.dotted()), Ok(name));
            }
        }
    }
}
