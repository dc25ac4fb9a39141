//! The path and the query of a request, decoded once.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Refusal;

/// The versions of the API that may be asked for: that of Docker 20.10 and those to come.
const VERSIONS: std::ops::RangeInclusive<u16> = 24..=99;

/// The characters that are percent-encoded in a query: all that are not unreserved.
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const PATH: Refusal = Refusal::forbidden("the path has a part that no call allows");
const QUERY: Refusal = Refusal::forbidden("the query is not valid for this call");

/// Path and query of a request.
#[derive(Debug)]
pub(crate) struct Target {
    /// The version with its slash (`/v1.41`), or nothing.
    pub(crate) version: String,
    /// The parts of the path after the version, decoded.
    pub(crate) parts: Vec<String>,
    pub(crate) query: Query,
}

impl Target {
    pub(crate) fn parse(target: &str) -> Result<Self, Refusal> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = path.strip_prefix('/').ok_or(PATH)?;
        let mut parts = Vec::new();
        for part in path.split('/') {
            parts.push(decode(part).filter(|part| is_part(part)).ok_or(PATH)?);
        }
        let version =
            if is_version(&parts[0]) { format!("/{}", parts.remove(0)) } else { String::new() };
        Ok(Self { version, parts, query: Query::parse(query)? })
    }
}

/// Returns whether the text can be a part of a path: a word of a call, an id or a name.
fn is_part(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    text.bytes().all(is_plain) && !matches!(text, "" | "." | "..")
}

/// Returns whether the text is a version of the API: `v1.24` and later.
fn is_version(text: &str) -> bool {
    let minor = text.strip_prefix("v1.").filter(|minor| minor.len() == 2);
    minor.and_then(|minor| minor.parse().ok()).is_some_and(|minor| VERSIONS.contains(&minor))
}

/// A query. A call takes the parameters that it knows; the rest must be empty.
#[derive(Debug)]
pub(crate) struct Query(BTreeMap<String, String>);

impl Query {
    fn parse(text: &str) -> Result<Self, Refusal> {
        let mut pairs = BTreeMap::new();
        for pair in text.split('&').filter(|_| !text.is_empty()) {
            let (key, value) = pair.split_once('=').ok_or(QUERY)?;
            let value = decode(&value.replace('+', " ")).ok_or(QUERY)?;
            if pairs.insert(decode(key).ok_or(QUERY)?, value).is_some() {
                return Err(Refusal::forbidden("a key of the query appears twice"));
            }
        }
        Ok(Self(pairs))
    }

    /// Takes a text out of the query.
    pub(crate) fn text(&mut self, key: &str) -> Option<String> {
        self.0.remove(key)
    }

    /// Takes a truth value out of the query; an absent one is false.
    pub(crate) fn flag(&mut self, key: &str) -> Result<bool, Refusal> {
        match self.0.remove(key).as_deref() {
            None | Some("" | "0" | "false") => Ok(false),
            Some("1" | "true") => Ok(true),
            Some(_) => Err(QUERY),
        }
    }

    /// Takes a whole number out of the query, of at most `most`.
    pub(crate) fn number(&mut self, key: &str, most: u32) -> Result<Option<u32>, Refusal> {
        self.0.remove(key).map(|text| number(&text, most)).transpose()
    }

    /// Takes out a truth value that must be false or absent.
    pub(crate) fn require_false(&mut self, key: &str) -> Result<(), Refusal> {
        if self.flag(key)? { Err(QUERY) } else { Ok(()) }
    }

    /// Fails if a parameter is left that the call does not know.
    pub(crate) fn expect_empty(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(QUERY) }
    }
}

/// Reads a whole number of at most `most`.
pub(crate) fn number(text: &str, most: u32) -> Result<u32, Refusal> {
    let is_number = (1..=9).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let number = is_number.then(|| text.parse().ok()).flatten();
    number.filter(|number| *number <= most).ok_or(QUERY)
}

/// Returns a query with its question mark.
pub(crate) fn query_text(pairs: &[(&str, &str)]) -> String {
    let encoded =
        |(key, value): &(&str, &str)| format!("{key}={}", utf8_percent_encode(value, &RESERVED));
    let pairs: Vec<_> = pairs.iter().map(encoded).collect();
    format!("?{}", pairs.join("&"))
}

/// Decodes percent signs once. `None` if one is followed by anything but two digits, or if the
/// result is not UTF-8 or has a NUL.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let [high, low, after @ ..] = after else { return None };
        bytes.push(digit(*high)? << 4 | digit(*low)?);
        rest = after;
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_once() {
        let target = Target::parse("/v1.41/volumes/a%2Db?force=true").unwrap();
        assert_eq!(target.version, "/v1.41");
        assert_eq!(target.parts, ["volumes", "a-b"]);
        assert_eq!(Target::parse("/_ping").unwrap().version, "");
    }

    #[test]
    fn a_path_with_traversal_or_special_characters_is_refused() {
        for path in [
            "",
            "/",
            "*",
            "a/b",
            "//x",
            "/x/",
            "/x//y",
            "/./x",
            "/x/../y",
            "/%2e%2e/x",
            "/x%2Fy",
            "/x%252Fy",
            "/x%00",
            "/x%0d%0a",
            "/x%",
            "/x%4",
            "/x%zz",
            "/x#y",
            "/x;y",
            "/x\\y",
            "http://x/y",
            "/x%C3%A9",
            "/x%FF",
            "/a b",
            "/$(x)",
            "/'x'",
            "/`x`",
        ] {
            assert!(Target::parse(path).is_err(), "{path}");
        }
        for path in ["/v1.4/x", "/v1.23/x", "/v1.100/x", "/v2.41/x", "/v1.4a/x", "/V1.41/x"] {
            assert_eq!(Target::parse(path).unwrap().version, "", "{path}");
        }
    }

    #[test]
    fn duplicate_unknown_and_malformed_query_parameters_are_refused() {
        let mut query = Query::parse("a=1&b=x%26y+z&c=7").unwrap();
        assert_eq!(query.flag("a"), Ok(true));
        assert_eq!(query.text("b").as_deref(), Some("x&y z"));
        assert_eq!(query.number("c", 7), Ok(Some(7)));
        assert!(query.expect_empty().is_ok());
        for text in ["a=1&a=1", "a=1&%61=2", "a", "a=1&", "&a=1", "a=%", "a=%00", "a=%FF"] {
            assert!(Query::parse(text).is_err(), "{text}");
        }
        assert!(Query::parse("d=1").unwrap().expect_empty().is_err());
        for text in ["a=2", "a=TRUE", "a=yes"] {
            assert!(Query::parse(text).unwrap().flag("a").is_err(), "{text}");
        }
        for text in ["a=8", "a=-1", "a=+1", "a=", "a=1e1", "a=4294967297", "a=0x1"] {
            assert!(Query::parse(text).unwrap().number("a", 7).is_err(), "{text}");
        }
        assert!(Query::parse("a=true").unwrap().require_false("a").is_err());
    }

    #[test]
    fn a_written_query_parses_back_to_the_same_values() {
        let odd = "/a b&c=d+e%f#g?h\n\"'`$()é;";
        let text = query_text(&[("path", odd), ("x", "1")]);
        let mut query = Query::parse(&text[1..]).unwrap();
        assert_eq!(query.text("path").as_deref(), Some(odd));
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"?=&%-._~".contains(&b)));
    }
}
