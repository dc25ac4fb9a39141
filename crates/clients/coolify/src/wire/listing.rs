//! Lists, which hold everything of the team.

use std::fmt;
use std::marker::PhantomData;

use covibe_upstream::{Bounds, Error, Long, Request};
use serde::de::{DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::Value;

/// What is read of a list of the team.
///
/// Tenants write what is in it: whoever makes it longer than this takes it away from everybody. The
/// longest in it are compose files, each of them twice, and those are left out.
const BOUNDS: Bounds = Bounds { body: 64 * 1024 * 1024, text: 8 * 1024, long: Long::Length };

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
                return Err(de::Error::custom("expected a list"));
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
    fn lists_come_as_arrays_or_as_objects_in_their_order() {
        assert_eq!(numbers(r#"[{"uuid":2},{"uuid":1}]"#), [2, 1]);
        assert_eq!(numbers(r#"{"10":{"uuid":2},"9":{"uuid":1}}"#), [2, 1]);
        assert!(serde_json::from_str::<Listing<Numbered>>(r#"{"message":"no"}"#).is_err());
        assert!(serde_json::from_str::<Listing<Numbered>>(r#""no""#).is_err());
    }

    #[test]
    fn what_is_odd_takes_away_nothing_else() {
        assert_eq!(numbers(r#"[{"uuid":2},{"odd":true}]"#), [2]);
        assert_eq!(numbers(r#"[null,true,1,-1,1.5,"a",[[{}]],{"uuid":[]},{"uuid":3}]"#), [3]);
    }
}
