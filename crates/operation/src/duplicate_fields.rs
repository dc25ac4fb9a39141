//! Duplicate fields of JSON objects. They are rejected, because readers differ in the one that
//! they use.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use covibe_domain::Failure;
use covibe_domain::names::displayable;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The hint for a duplicate member.
pub(crate) const ONCE: &str = "Pass it once, then retry.";

/// Returns the first name that occurs twice in an object of this JSON. Stops at a syntax error,
/// which is reported elsewhere.
pub fn find_duplicate(json: &[u8]) -> Option<String> {
    let mut duplicate = None;
    let mut reader = serde_json::Deserializer::from_slice(json);
    let _ended_early = Once(&mut duplicate).deserialize(&mut reader).is_err();
    duplicate
}

/// Returns the failure of a call with a duplicate member.
pub fn duplicate_member(name: &str) -> Failure {
    Failure::invalid(format!("`{}` is given twice.", displayable(name, 64))).hint(ONCE)
}

/// A name, borrowed from the text unless it contains escapes.
#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads any JSON without storing it, up to the first duplicate name, which it stores here.
struct Once<'a>(&'a mut Option<String>);

impl<'de> DeserializeSeed<'de> for Once<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key::<Name<'de>>()? {
            if names.contains(&name) {
                *self.0 = Some(name.0.into_owned());
                return Err(A::Error::custom("duplicate member"));
            }
            names.insert(name);
            members.next_value_seed(Once(self.0))?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Once(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_duplicate_name() {
        for (json, expected) in [
            (r#"{"a":1,"b":[null,true,-1,1.5,"x"],"c":{"a":{}}}"#, None),
            (r#"[{"a":1},{"a":2}]"#, None),
            (r#"{"a":1,"a":1}"#, Some("a")),
            (r#"{"p":{"confirm":"x","confirm":"y"},"p":1}"#, Some("confirm")),
            (r#"[[{"k":1,"\u006b":2}]]"#, Some("k")),
            (r#"{"a":1,"a""#, Some("a")),
            (r#"{"a":"#, None),
            ("", None),
        ] {
            assert_eq!(find_duplicate(json.as_bytes()).as_deref(), expected, "{json}");
        }
    }
}
