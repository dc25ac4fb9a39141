//! Reading members of answers: leniently, because Coolify's types vary with its version.

use covibe_domain::{Timestamp, names};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use url::Url;

/// The longest name, in characters, as Coolify's columns limit it.
const LONGEST_NAME: usize = 255;

/// Reads a member that is taken when it has the expected type, and is absent otherwise.
pub(crate) fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

/// Reads a flag: `true`, 1 or "1"; anything else is no.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(flag) => flag,
        Value::Number(number) => number.as_i64() == Some(1),
        Value::String(text) => matches!(text.as_str(), "1" | "true"),
        _ => false,
    })
}

/// Reads a text that may come as a number; empty is absent.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// Reads a name that an operator or a tenant gave, without characters that hide or reorder text;
/// empty if it is not a text.
pub(crate) fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = text(deserializer)?.unwrap_or_default();
    Ok(names::displayable(&name, LONGEST_NAME))
}

/// Reads a number that may come as text.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    })
}

/// An answer, reduced to the new uuid.
#[derive(Deserialize)]
pub(crate) struct Created<T> {
    pub(crate) uuid: T,
}

/// Reads a moment with or without its `T` and its offset, which is UTC then: columns that Coolify
/// has no type for come as the database writes them.
pub(crate) fn moment<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let text = text(deserializer)?.unwrap_or_default();
    let utc = || Timestamp::parse(&format!("{}Z", text.replacen(' ', "T", 1)));
    Ok(Timestamp::parse(&text).or_else(utc))
}

/// Returns the hosts of a comma-separated list of URLs, in lower case.
pub(crate) fn hosts(urls: &str) -> Vec<String> {
    let host = |url: Url| url.host_str().map(str::to_ascii_lowercase);
    parse_urls(urls).filter_map(host).filter(|host| !host.is_empty()).collect()
}

/// Returns the URLs of such a list: scheme, host in lower case, and any port and path. A port is
/// the container's and stays, also where it is the scheme's own.
pub(crate) fn urls(urls: &str) -> Vec<String> {
    let written = |text: String| {
        let url = Url::parse(&text).ok()?;
        let (scheme, host) = (url.scheme(), url.host_str().filter(|host| !host.is_empty())?);
        let port = url.port().or_else(|| usual_port(&text));
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let host = host.to_ascii_lowercase();
        Some(format!("{scheme}://{host}{port}{}", url.path().trim_end_matches('/')))
    };
    split_urls(urls).filter_map(written).collect()
}

/// Returns the port that a URL names though it is its scheme's own, which the parser forgets.
fn usual_port(url: &str) -> Option<u16> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    host.rsplit_once(':')?.1.parse().ok()
}

fn parse_urls(urls: &str) -> impl Iterator<Item = Url> {
    split_urls(urls).filter_map(|url| Url::parse(&url).ok())
}

/// Returns the URLs of a list, as HTTPS where they have no scheme.
fn split_urls(urls: &str) -> impl Iterator<Item = String> {
    let whole = |text: &str| {
        if text.contains("://") { text.to_owned() } else { format!("https://{text}") }
    };
    urls.split(',').map(str::trim).filter(|url| !url.is_empty()).map(whole)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Deserialize, PartialEq, Debug)]
    struct Item {
        uuid: u32,
        #[serde(default, deserialize_with = "flag")]
        on: bool,
        #[serde(default, deserialize_with = "text")]
        ports: Option<String>,
        #[serde(default, deserialize_with = "number")]
        environment: Option<i64>,
    }

    #[test]
    fn fields_are_read_from_varying_json_types() {
        let strict = json!({ "uuid": 1, "on": true, "ports": "3000", "environment": 4 });
        let loose = json!({ "uuid": 1, "on": 1, "ports": 3000, "environment": "4" });
        let (strict, loose): (Item, Item) =
            (serde_json::from_value(strict).unwrap(), serde_json::from_value(loose).unwrap());
        assert_eq!(strict, loose);
        let odd: Item = serde_json::from_value(
            json!({ "uuid": 1, "on": [], "ports": {}, "environment": null }),
        )
        .unwrap();
        assert_eq!(odd, Item { uuid: 1, on: false, ports: None, environment: None });
    }

    #[test]
    fn names_are_shortened_and_stripped_of_control_characters() {
        let long = format!("si\u{202e}te\n{}", "x".repeat(9_000));
        let read = name(json!(long)).unwrap();
        assert!(read.starts_with("sitexx") && read.len() == LONGEST_NAME, "{read}");
        assert_eq!(
            (name(json!(7)).unwrap(), name(json!([])).unwrap()),
            ("7".into(), String::new())
        );
    }

    #[test]
    fn hosts_are_extracted_from_comma_separated_urls() {
        assert_eq!(hosts("https://A.test:3000/x, http://b.test"), ["a.test", "b.test"]);
        assert_eq!(hosts("c.test,,"), ["c.test"]);
        assert!(hosts("").is_empty());
    }

    #[test]
    fn urls_are_normalized_and_invalid_ones_dropped() {
        let read = urls("https://A.test:3000/x/?q=1#f, http://u:p@b.test/,c.test:81,,https://");
        assert_eq!(read, ["https://a.test:3000/x", "http://b.test", "https://c.test:81"]);
        let usual = "https://A.test:443,http://u@b.test:80/x,https://c.test:80,http://[::1]";
        let read =
            ["https://a.test:443", "http://b.test:80/x", "https://c.test:80", "http://[::1]"];
        assert_eq!(urls(usual), read);
    }

    #[test]
    fn times_are_read_with_and_without_an_offset() {
        let read = |text: &str| moment(json!(text)).unwrap();
        assert!(read("2026-11-20 08:00:00").is_some());
        assert_eq!(read("2026-11-20 08:00:00"), read("2026-11-20T09:00:00+01:00"));
        assert_eq!((read("soon"), read("")), (None, None));
    }
}
