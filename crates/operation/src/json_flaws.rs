//! Reasons to refuse JSON before it is read into memory: duplicate fields, because readers differ in the one that they
//! use, and more values than any call needs, because a short value takes up to 80 times as much memory as its text.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use covibe_domain::names::displayable;
use covibe_domain::{Failure, Kind};
use serde::Deserialize;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};

/// The hint for a duplicate member.
pub(crate) const ONCE: &str = "Pass it once, then retry.";

/// The hint for too many values.
pub(crate) const LESS: &str = "Nothing was changed. Send less at a time.";

/// The maximum number of values in a JSON text, at any depth. The largest text that a client has reason to send is a batch
/// of a companion, which is up to 256 KiB of keys with 32 digits each: about 7,500 values.
pub(crate) const MAX_VALUES: usize = 10_000;

/// A reason to refuse a JSON text.
#[derive(Debug, PartialEq, Eq)]
pub enum JsonFlaw {
    /// An object has two members with this name.
    Duplicate(String),
    /// The text has more than 10,000 values.
    TooManyValues,
}

impl From<JsonFlaw> for Failure {
    fn from(flaw: JsonFlaw) -> Self {
        match flaw {
            JsonFlaw::Duplicate(name) => duplicate_member(&name),
            JsonFlaw::TooManyValues => {
                Self::new(Kind::TooLarge, "The body has more than 10,000 values.").hint(LESS)
            }
        }
    }
}

/// Reads a value from the JSON that a client sent.
///
/// # Errors
///
/// The failure of its first flaw; that which `refuse` returns, if the JSON is not such a value.
pub fn read_json<T: DeserializeOwned>(
    json: &[u8],
    refuse: impl FnOnce(&serde_json::Error) -> Failure,
) -> Result<T, Failure> {
    if let Some(flaw) = find_flaw(json) {
        return Err(flaw.into());
    }
    serde_json::from_slice(json).map_err(|error| refuse(&error))
}

/// Returns the first flaw of this JSON. Stops at a flaw, and at a syntax error, which is reported
/// elsewhere.
pub fn find_flaw(json: &[u8]) -> Option<JsonFlaw> {
    let mut values_left = MAX_VALUES;
    find_flaw_within(json, &mut values_left)
}

/// Does the same as [`find_flaw`] for one of several texts, which may have this many values together.
pub(crate) fn find_flaw_within(json: &[u8], values_left: &mut usize) -> Option<JsonFlaw> {
    let mut flaw = None;
    let mut reader = serde_json::Deserializer::from_slice(json);
    let _ended_early = Scan { flaw: &mut flaw, values_left }.deserialize(&mut reader).is_err();
    flaw
}

/// Returns the failure of a call with a duplicate member.
pub fn duplicate_member(name: &str) -> Failure {
    Failure::invalid(format!("`{}` is given twice.", displayable(name, 64))).hint(ONCE)
}

/// A name, borrowed from the text unless it contains escapes.
#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads any JSON without storing it, up to the first flaw, which it stores here.
struct Scan<'a> {
    flaw: &'a mut Option<JsonFlaw>,
    values_left: &'a mut usize,
}

impl Scan<'_> {
    /// Returns the scan of a value inside this one.
    fn nested(&mut self) -> Scan<'_> {
        Scan { flaw: self.flaw, values_left: self.values_left }
    }
}

impl<'de> DeserializeSeed<'de> for Scan<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Some(left) = self.values_left.checked_sub(1) else {
            *self.flaw = Some(JsonFlaw::TooManyValues);
            return Err(D::Error::custom("too many values"));
        };
        *self.values_left = left;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scan<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key::<Name<'de>>()? {
            if names.contains(&name) {
                *self.flaw = Some(JsonFlaw::Duplicate(name.0.into_owned()));
                return Err(A::Error::custom("duplicate member"));
            }
            names.insert(name);
            members.next_value_seed(self.nested())?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self.nested())?.is_some() {}
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
    use std::time::Duration;

    use super::*;
    use crate::processor_time::measure;

    /// The maximum processor time of a refusal, without optimisation.
    const MAX: Duration = Duration::from_millis(100);

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
            let expected = expected.map(|name| JsonFlaw::Duplicate(name.to_owned()));
            assert_eq!(find_flaw(json.as_bytes()), expected, "{json}");
        }
    }

    /// Returns a list of this many items, which are the same.
    fn list(item: &str, count: usize) -> String {
        format!("[{}]", vec![item; count].join(","))
    }

    #[test]
    fn a_text_with_more_than_10_000_values_is_refused() {
        assert_eq!(find_flaw(list("[]", MAX_VALUES - 1).as_bytes()), None);
        assert_eq!(find_flaw(list("[]", MAX_VALUES).as_bytes()), Some(JsonFlaw::TooManyValues));
        let members = list(r#"{"":""}"#, MAX_VALUES / 2);
        assert_eq!(find_flaw(members.as_bytes()), Some(JsonFlaw::TooManyValues));
        assert_eq!(Failure::from(JsonFlaw::TooManyValues).kind, Kind::TooLarge);
    }

    #[test]
    fn a_text_of_the_longest_body_is_refused_quickly_for_its_values() {
        for item in ["[]", r#"{"":0}"#, "0", "[[[]]]"] {
            let text = list(item, (1 << 20) / (item.len() + 1));
            let (flaw, took) = measure(|| find_flaw(text.as_bytes()));
            assert_eq!(flaw, Some(JsonFlaw::TooManyValues), "{item}");
            assert!(took < MAX, "{item}: {took:?}");
        }
    }
}
