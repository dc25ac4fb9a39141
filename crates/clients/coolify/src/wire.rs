//! How answers are read: leniently, because Coolify's types vary with its version.

use std::fmt;
use std::marker::PhantomData;

use covibe_domain::Timestamp;
use serde::de::{DeserializeOwned, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use url::Url;

/// A member that is taken when it has the expected type, and is absent otherwise.
pub(crate) fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

/// A flag: `true`, 1 or "1"; anything else is no.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(flag) => flag,
        Value::Number(number) => number.as_i64() == Some(1),
        Value::String(text) => matches!(text.as_str(), "1" | "true"),
        _ => false,
    })
}

/// A text that may come as a number; empty is absent.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// A number that may come as text.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    })
}

/// A list: an array, or (a Laravel collection that kept its keys) an object with numeric ones.
///
/// An item that can't be read is left out, so that one odd resource in the team does not take
/// everybody's list away.
pub(crate) struct Listing<T>(pub(crate) Vec<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Listing<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Items(PhantomData)).map(Self)
    }
}

struct Items<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for Items<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Value>()? {
            list.extend(read(item));
        }
        Ok(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some((key, item)) = items.next_entry::<String, Value>()? {
            if key.parse::<u64>().is_err() {
                return Err(serde::de::Error::custom("expected a list"));
            }
            list.extend(read(item));
        }
        Ok(list)
    }
}

fn read<T: DeserializeOwned>(item: Value) -> Option<T> {
    let read = serde_json::from_value(item).ok();
    if read.is_none() {
        tracing::warn!(
            upstream = "Coolify",
            kind = std::any::type_name::<T>(),
            "left out an item that can't be read"
        );
    }
    read
}

/// An answer of which only the new uuid matters.
#[derive(Deserialize)]
pub(crate) struct Created<T> {
    pub(crate) uuid: T,
}

/// A moment with or without its `T` and its offset, which is UTC then: columns that Coolify has no
/// type for come as the database writes them.
pub(crate) fn moment<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let text = text(deserializer)?.unwrap_or_default();
    let utc = || Timestamp::parse(&format!("{}Z", text.replacen(' ', "T", 1)));
    Ok(Timestamp::parse(&text).or_else(utc))
}

/// The hosts of a comma-separated list of URLs, lower case.
pub(crate) fn hosts(urls: &str) -> Vec<String> {
    let host = |url: Url| url.host_str().map(str::to_ascii_lowercase);
    parsed(urls).filter_map(host).filter(|host| !host.is_empty()).collect()
}

/// The URLs of such a list: scheme, host in lower case, and any port and path.
pub(crate) fn urls(urls: &str) -> Vec<String> {
    let written = |mut url: Url| {
        url.set_query(None);
        url.set_fragment(None);
        // Refused only by URLs that have no host, and those are no domains.
        url.set_password(None).and(url.set_username("")).ok()?;
        Some(url.as_str().trim_end_matches('/').to_owned())
    };
    parsed(urls).filter_map(written).collect()
}

/// What has no scheme is taken for HTTPS.
fn parsed(urls: &str) -> impl Iterator<Item = Url> {
    let parse = |text: &str| {
        if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("https://{text}")) }
    };
    urls.split(',')
        .map(str::trim)
        .filter(|url| !url.is_empty())
        .filter_map(move |url| parse(url).ok())
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

    fn list(text: &str) -> Vec<u32> {
        serde_json::from_str::<Listing<Item>>(text)
            .unwrap()
            .0
            .into_iter()
            .map(|item| item.uuid)
            .collect()
    }

    #[test]
    fn lists_come_as_arrays_or_as_objects_in_their_order() {
        assert_eq!(list(r#"[{"uuid":2},{"uuid":1}]"#), [2, 1]);
        assert_eq!(list(r#"{"10":{"uuid":2},"9":{"uuid":1}}"#), [2, 1]);
        assert_eq!(list(r#"[{"uuid":2},{"odd":true}]"#), [2]);
        assert!(serde_json::from_str::<Listing<Item>>(r#"{"message":"no"}"#).is_err());
        assert!(serde_json::from_str::<Listing<Item>>(r#""no""#).is_err());
    }

    #[test]
    fn types_may_vary() {
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
    fn hosts_are_taken_from_urls() {
        assert_eq!(hosts("https://A.test:3000/x, http://b.test"), ["a.test", "b.test"]);
        assert_eq!(hosts("c.test,,"), ["c.test"]);
        assert!(hosts("").is_empty());
    }

    #[test]
    fn urls_are_written_in_one_way() {
        let read = urls("https://A.test:3000/x/?q=1#f, http://u:p@b.test/,c.test:81,,https://");
        assert_eq!(read, ["https://a.test:3000/x", "http://b.test", "https://c.test:81"]);
    }

    #[test]
    fn moments_come_with_and_without_an_offset() {
        let read = |text: &str| moment(json!(text)).unwrap();
        assert!(read("2026-11-20 08:00:00").is_some());
        assert_eq!(read("2026-11-20 08:00:00"), read("2026-11-20T09:00:00+01:00"));
        assert_eq!((read("soon"), read("")), (None, None));
    }
}
