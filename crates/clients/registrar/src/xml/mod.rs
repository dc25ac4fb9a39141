//! OpenSRS' data (OPS) as XML: a map, a list, or a text.

mod read;
mod write;

use std::collections::BTreeMap;

pub(crate) use read::read;
pub(crate) use write::write;

/// A map: `dt_assoc`.
pub(crate) type Assoc = BTreeMap<String, Ops>;

/// A value. Only tests have a `Debug` of it, because it may hold personal data and passwords.
#[cfg_attr(test, derive(Debug))]
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Ops {
    /// A text; numbers and switches are texts too.
    Scalar(String),
    /// A map: `dt_assoc`.
    Assoc(Assoc),
    /// A list: `dt_array`.
    Array(Vec<Ops>),
}

impl Ops {
    /// Returns the text.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the map.
    pub(crate) fn assoc(&self) -> Option<&Assoc> {
        match self {
            Self::Assoc(map) => Some(map),
            _ => None,
        }
    }

    /// Returns the items of a list. An empty list may be written as an empty text.
    pub(crate) fn items(&self) -> Option<&[Ops]> {
        match self {
            Self::Array(items) => Some(items),
            Self::Scalar(text) if text.trim().is_empty() => Some(&[]),
            _ => None,
        }
    }

    /// Returns a map of these members.
    pub(crate) fn from_members<const N: usize>(members: [(&str, Ops); N]) -> Self {
        Self::Assoc(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }
}

impl From<&str> for Ops {
    fn from(text: &str) -> Self {
        Self::Scalar(text.to_owned())
    }
}

impl From<String> for Ops {
    fn from(text: String) -> Self {
        Self::Scalar(text)
    }
}

impl From<bool> for Ops {
    fn from(is_on: bool) -> Self {
        Self::from(if is_on { "1" } else { "0" })
    }
}

/// Returns whether XML 1.0 can carry a character.
pub(crate) fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[ \t\r\n<>&'\"\\]\\[;#x0-9a]{0,20}",
            Just("]]>".to_owned()),
            Just("&amp;#13;\r\n\r".to_owned()),
        ]
    }

    fn any_ops() -> impl Strategy<Value = Ops> {
        let leaf = any_text().prop_map(Ops::from);
        leaf.prop_recursive(5, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Ops::Array),
                prop::collection::btree_map(any_text(), inner, 0..5).prop_map(Ops::Assoc),
            ]
        })
    }

    fn fits(ops: &Ops) -> bool {
        let is_text = |text: &str| text.chars().all(is_xml_char);
        match ops {
            Ops::Scalar(text) => is_text(text),
            Ops::Array(items) => items.iter().all(fits),
            Ops::Assoc(map) => map.iter().all(|(key, value)| is_text(key) && fits(value)),
        }
    }

    proptest! {
        #[test]
        fn written_values_are_read_back(value in any_ops()) {
            let whole = Ops::from_members([("a", value)]);
            match write(&whole) {
                Some(text) => prop_assert!(read(&text) == Some(whole)),
                None => prop_assert!(!fits(&whole)),
            }
        }

        #[test]
        fn arbitrary_and_truncated_texts_are_refused(text in any::<String>(), cut in any::<prop::sample::Index>()) {
            prop_assert!(read(&text).is_none());
            let whole = write(&Ops::from_members([("a", Ops::Array(vec![Ops::from("é<"), Ops::from_members([])]))]));
            let whole = whole.unwrap_or_default();
            let at = whole.floor_char_boundary(cut.index(whole.len()));
            prop_assert!(read(&whole[..at]).is_none());
        }
    }
}
