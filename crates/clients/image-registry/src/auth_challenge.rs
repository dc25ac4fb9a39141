//! Challenges of registries: the header `WWW-Authenticate` (RFC 9110, 11.6.1; `distribution` 3, "Token Authentication
//! Specification").

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use url::Url;

/// The maximum length of all challenges of an answer together, in bytes. Docker Hub's has 150.
const MAX_LENGTH: usize = 4096;

/// The way in which a registry wants to be asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// With a token, which may be anonymous.
    Bearer(Bearer),
    /// With a name and a password.
    Basic,
}

/// The token service of a registry, and the token to ask it for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bearer {
    /// The address of the token service, not yet checked.
    pub(crate) realm: Url,
    pub(crate) service: Option<String>,
    /// The scopes of the token; empty where the registry names none.
    pub(crate) scopes: Vec<String>,
}

/// A challenge with its parameters.
struct Scheme {
    /// In lower case.
    name: String,
    /// Names in lower case, and values.
    parameters: Vec<(String, String)>,
}

/// Reads the challenges of an answer. Returns `None` where one of them is malformed, where none is
/// of a known scheme, or where it is ambiguous which one applies.
pub(crate) fn read(headers: &HeaderMap) -> Option<Challenge> {
    let (mut schemes, mut length) = (Vec::new(), 0);
    for value in headers.get_all(WWW_AUTHENTICATE) {
        length += value.len();
        if length > MAX_LENGTH {
            return None;
        }
        schemes.extend(parse(value.to_str().ok()?)?);
    }
    let mut bearers = schemes.iter().filter(|scheme| scheme.name == "bearer");
    match (bearers.next(), bearers.next()) {
        (Some(only), None) => only.bearer().map(Challenge::Bearer),
        (Some(_), Some(_)) => None,
        (None, _) => {
            schemes.iter().any(|scheme| scheme.name == "basic").then_some(Challenge::Basic)
        }
    }
}

impl Scheme {
    fn bearer(&self) -> Option<Bearer> {
        let realm = Url::parse(self.parameter("realm")?).ok()?;
        let scopes = self.parameter("scope").unwrap_or_default().split_ascii_whitespace();
        let scopes = scopes.map(str::to_owned).collect();
        let service = self.parameter("service").map(str::to_owned);
        realm.fragment().is_none().then_some(Bearer { realm, service, scopes })
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Adds a parameter, which must not be there yet.
    fn add(&mut self, (name, value): (String, String)) -> Option<()> {
        let is_new = self.parameter(&name).is_none();
        is_new.then(|| self.parameters.push((name, value)))
    }
}

/// Reads a list of challenges: an item of the list begins one, or is a further parameter of the last one.
fn parse(text: &str) -> Option<Vec<Scheme>> {
    let mut schemes: Vec<Scheme> = Vec::new();
    for item in items(text)? {
        if let Some(parameter) = parameter(item) {
            schemes.last_mut()?.add(parameter)?;
            continue;
        }
        let (name, rest) = item.split_once(' ').unwrap_or((item, ""));
        if !is_token(name) {
            return None;
        }
        let mut scheme = Scheme { name: name.to_ascii_lowercase(), parameters: Vec::new() };
        match rest.trim() {
            "" => {}
            rest => match parameter(rest) {
                Some(parameter) => scheme.add(parameter)?,
                None if is_token68(rest) => {}
                None => return None,
            },
        }
        schemes.push(scheme);
    }
    Some(schemes)
}

/// Splits a list at the commas outside of quotes. Returns `None` where a quote does not end.
fn items(text: &str) -> Option<Vec<&str>> {
    let (mut items, mut start) = (Vec::new(), 0);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b',' if !is_quoted => {
                items.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    items.push(text[start..].trim());
    items.retain(|item| !item.is_empty());
    (!is_quoted).then_some(items)
}

/// Reads `name=value` or `name="value"`.
fn parameter(item: &str) -> Option<(String, String)> {
    let (name, value) = item.split_once('=')?;
    let (name, value) = (name.trim_end(), value.trim_start());
    let value = if is_token(value) { value.to_owned() } else { read_quoted(value)? };
    is_token(name).then(|| (name.to_ascii_lowercase(), value))
}

/// Reads a quoted string as a whole.
fn read_quoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let (mut value, mut characters) = (String::with_capacity(inner.len()), inner.chars());
    while let Some(character) = characters.next() {
        match character {
            '\\' => value.push(characters.next()?),
            '"' => return None,
            other => value.push(other),
        }
    }
    Some(value)
}

fn is_token(text: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(is_part)
}

fn is_token68(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::HeaderValue;

    use super::*;

    fn challenge(values: &[&str]) -> Option<Challenge> {
        let value = |text: &&str| (WWW_AUTHENTICATE, HeaderValue::from_str(text).unwrap());
        read(&values.iter().map(value).collect())
    }

    fn bearer(service: Option<&str>, scopes: &[&str]) -> Challenge {
        let scopes = scopes.iter().copied().map(str::to_owned).collect();
        let realm = "https://auth.test/token".parse().unwrap();
        Challenge::Bearer(Bearer { realm, service: service.map(str::to_owned), scopes })
    }

    #[test]
    fn bearer_and_basic_challenges_are_parsed_in_every_form() {
        let scope = "repository:a/b:pull,push";
        for (values, service, scopes) in [
            (vec![r#"Bearer realm="https://auth.test/token""#], None, vec![]),
            (vec![r#"bearer REALM = "https://auth.test/token" , Service=s"#], Some("s"), vec![]),
            (
                vec![
                    r#"Bearer realm="https://auth.test/token",service="a, b=\"c\"",scope="repository:a/b:pull,push""#,
                ],
                Some(r#"a, b="c""#),
                vec![scope],
            ),
            (
                vec![
                    r#"Basic realm="x, y", Bearer realm="https://auth.test/token",scope="one two",error="x""#,
                ],
                None,
                vec!["one", "two"],
            ),
            (
                vec!["Negotiate YWJj==", r#",, Bearer realm="https://auth.test/token",, "#],
                None,
                vec![],
            ),
        ] {
            assert_eq!(challenge(&values), Some(bearer(service, &scopes)), "{values:?}");
        }
        assert_eq!(challenge(&[r#"Basic realm="x""#]), Some(Challenge::Basic));
        assert_eq!(challenge(&["Negotiate", "Basic"]), Some(Challenge::Basic));
    }

    #[test]
    fn malformed_and_unknown_challenges_are_not_parsed() {
        let huge = format!(
            r#"Bearer realm="https://auth.test/token",service="{}""#,
            "x".repeat(MAX_LENGTH)
        );
        for values in [
            vec![],
            vec![""],
            vec!["Bearer"],
            vec!["Bearer YWJj"],
            vec![r#"Bearer service="x""#],
            vec![r#"Bearer realm="/token""#],
            vec![r#"Bearer realm="https://auth.test/token#x""#],
            vec![r#"Bearer realm="https://auth.test/token"#],
            vec![r#"Bearer realm="https://auth.test/token"x"#],
            vec![r#"Bearer realm="https://auth.test/token" service="x""#],
            vec![r#"Bearer realm="https://auth.test/token",realm="https://b.test""#],
            vec![r#"Bearer realm="https://auth.test/token", Bearer realm="https://b.test""#],
            vec![r#"realm="https://auth.test/token""#],
            vec![r#"Digest realm="https://auth.test/token""#],
            vec![r#"Bear er realm="https://auth.test/token""#],
            vec![&huge],
        ] {
            assert_eq!(challenge(&values), None, "{values:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_without_a_panic(text in "[ -~]{0,60}", tail in r#"[ ,="\\a-z]{0,30}"#) {
            let _ = challenge(&[&text]);
            let _ = challenge(&[&format!(r#"Bearer realm="https://auth.test/token"{tail}"#)]);
        }

        #[test]
        fn a_quoted_value_is_parsed_back_as_it_was_written(value in "[ -~]{0,60}") {
            let quoted = value.replace('\\', r"\\").replace('"', "\\\"");
            let text = format!(r#"Bearer realm="https://auth.test/token",service="{quoted}",scope=x"#);
            prop_assert_eq!(challenge(&[&text]), Some(bearer(Some(&value), &["x"])));
        }
    }
}
