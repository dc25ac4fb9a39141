//! Lists, which hold everything of the team.

use std::fmt;
use std::marker::PhantomData;
use std::sync::LazyLock;

use covibe_upstream::{Bounds, Error, LongText, Request, Throttle};
use serde::de::{DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::Value;

/// The limits of a list of the team.
///
/// Tenants write its contents. Their long texts are left out while the list arrives, and only the
/// rest counts, so that no tenant can make the list too long for the others.
const BOUNDS: Bounds = Bounds {
    body: 1024 * 1024 * 1024,
    kept: 64 * 1024 * 1024,
    text: 8 * 1024,
    long: LongText::Length,
};

/// Reads a list of the team.
pub(crate) async fn list<T>(request: Request) -> Result<Vec<T>, Error>
where
    T: DeserializeOwned + Send + 'static,
{
    Ok(request.streamed::<Listing<T>>(BOUNDS).await?.0)
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

/// The memory that the items of a list may take beside their texts, in bytes. A list grows by doubling, so
/// that it takes up to twice as much.
const MEMORY: usize = 24 * 1024 * 1024;

/// Adds an item that can be read.
///
/// # Errors
/// The list has too many items.
fn push<T: DeserializeOwned, E: de::Error>(list: &mut Vec<T>, item: &Value) -> Result<(), E> {
    if list.len() * size_of::<T>() >= MEMORY {
        return Err(E::custom("too many items"));
    }
    list.extend(read(item));
    Ok(())
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Items<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Value>()? {
            push(&mut list, &item)?;
        }
        Ok(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some((key, item)) = items.next_entry::<String, Value>()? {
            if key.parse::<u64>().is_err() {
                return Err(de::Error::custom("expected a list"));
            }
            push(&mut list, &item)?;
        }
        Ok(list)
    }
}

/// The items that were logged recently.
static LOGGED: LazyLock<Throttle> = LazyLock::new(Throttle::default);

/// Reads an item. One that can't be read is logged, at most once a minute, with its uuid and the
/// member that does not fit; its values are not.
fn read<T: DeserializeOwned>(item: &Value) -> Option<T> {
    let member = match parse(item) {
        Ok(read) => return Some(read),
        Err(member) => member,
    };
    let uuid = item.get("uuid").and_then(Value::as_str).filter(|uuid| is_uuid(uuid));
    let (uuid, kind) = (uuid.unwrap_or("unknown"), std::any::type_name::<T>());
    if LOGGED.is_due(format!("{kind} {uuid} {member}")) {
        tracing::warn!(upstream = "Coolify", kind, uuid, member, "an unreadable item was omitted");
    }
    None
}

/// The maximum number of characters of a member's path in the log.
const MEMBER: usize = 100;

/// Parses an item, or returns the path of the member that does not fit, cut to [`MEMBER`] characters.
fn parse<T: DeserializeOwned>(item: &Value) -> Result<T, String> {
    let cut = |path: &serde_path_to_error::Path| path.to_string().chars().take(MEMBER).collect();
    serde_path_to_error::deserialize(item).map_err(|error| cut(error.path()))
}

/// Returns whether a text looks like an id of Coolify's and can be logged.
fn is_uuid(text: &str) -> bool {
    (1..=36).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Numbered {
        uuid: u32,
    }

    fn numbers(text: &str) -> Vec<u32> {
        let list = serde_json::from_str::<Listing<Numbered>>(text).unwrap().0;
        list.into_iter().map(|item| item.uuid).collect()
    }

    #[test]
    fn lists_are_read_from_arrays_and_from_objects_in_their_order() {
        assert_eq!(numbers(r#"[{"uuid":2},{"uuid":1}]"#), [2, 1]);
        assert_eq!(numbers(r#"{"10":{"uuid":2},"9":{"uuid":1}}"#), [2, 1]);
        assert!(serde_json::from_str::<Listing<Numbered>>(r#"{"message":"no"}"#).is_err());
        assert!(serde_json::from_str::<Listing<Numbered>>(r#""no""#).is_err());
    }

    #[test]
    fn a_list_that_needs_too_much_memory_is_refused() {
        #[derive(Deserialize)]
        struct Wide {
            #[serde(rename = "uuid")]
            _uuid: u32,
            #[serde(skip)]
            _rest: [[u64; 8]; 8],
        }
        let many = format!("[{}{{\"uuid\":1}}]", r#"{"uuid":1},"#.repeat(899_999));
        assert_eq!(numbers(&many).len(), 900_000);
        assert!(serde_json::from_str::<Listing<Wide>>(&many).is_err());
    }

    #[test]
    fn unreadable_items_of_a_list_are_skipped() {
        assert_eq!(numbers(r#"[{"uuid":2},{"odd":true}]"#), [2]);
        assert_eq!(numbers(r#"[null,true,1,-1,1.5,"a",[[{}]],{"uuid":[]},{"uuid":3}]"#), [3]);
    }

    #[test]
    fn a_parse_error_names_the_path_of_the_member_that_does_not_fit() {
        #[derive(Debug, Deserialize)]
        struct Outer {
            #[serde(rename = "settings")]
            _settings: Vec<Inner>,
        }
        #[derive(Debug, Deserialize)]
        struct Inner {
            #[serde(rename = "limit")]
            _limit: u32,
        }
        let long = serde_json::json!({ "x".repeat(8_000): 1 });
        let told = parse::<std::collections::HashMap<String, bool>>(&long).unwrap_err();
        assert_eq!(told, "x".repeat(MEMBER));
        let item = serde_json::json!({ "settings": [{ "limit": 1 }, { "limit": "secret" }] });
        assert_eq!(parse::<Outer>(&item).unwrap_err(), "settings[1].limit");
        assert!(is_uuid("z8wfdfw45uikpwxop557n5oc") && !is_uuid("a b") && !is_uuid(""));
    }
}
