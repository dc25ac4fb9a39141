//! The parts of an upstream's messages about fields that may be shown.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::userinfo_redaction::without_userinfo;

const MAX_FIELDS: usize = 20;
const MAX_MESSAGES: usize = 3;
const MAX_CHARS: usize = 200;

/// Collects messages by field and keeps only what is short and harmless.
///
/// Names match `[a-zA-Z0-9_.]{1,64}`; at most 20 fields with 3 messages each; a message has at most
/// 200 characters, no control characters, and no userinfo in its URLs.
#[derive(Debug, Default)]
pub struct Fields(BTreeMap<String, Vec<String>>);

impl Fields {
    /// Adds one message, unless a limit is reached or the name is not valid.
    pub fn add(&mut self, field: &str, message: &str) {
        let known = self.0.contains_key(field);
        if !is_name(field) || (!known && self.0.len() >= MAX_FIELDS) {
            return;
        }
        let messages = self.0.entry(field.to_owned()).or_default();
        if messages.len() < MAX_MESSAGES {
            messages.push(clean(message));
        }
    }

    /// Adds a JSON object of field → message or list of messages.
    pub fn add_object(&mut self, object: &serde_json::Map<String, Value>) {
        for (field, value) in object {
            match value {
                Value::String(message) => self.add(field, message),
                Value::Array(messages) => {
                    messages
                        .iter()
                        .filter_map(Value::as_str)
                        .for_each(|message| self.add(field, message));
                }
                _ => self.add(field, "was refused"),
            }
        }
    }

    /// Returns whether nothing was kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns everything that was kept.
    pub fn into_map(self) -> BTreeMap<String, Vec<String>> {
        self.0
    }

    /// Returns whether `text` is a valid field name.
    pub fn is_name(text: &str) -> bool {
        is_name(text)
    }
}

fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
}

/// The longest of the plain words.
const LONGEST: usize = 24;

/// Returns the plain words of an upstream's text. Everything else in it may be a value that was sent,
/// such as a token or an address, and becomes `…`.
pub(crate) fn plain_words(text: &str) -> String {
    let is_plain = |word: &&str| {
        let word = word.trim_matches(|c: char| "[]():;,.".contains(c));
        word.len() <= LONGEST && word.bytes().all(|b| b.is_ascii_alphabetic())
    };
    let text = clean(text);
    let shown = text.split_whitespace().map(|word| Some(word).filter(is_plain).unwrap_or("…"));
    shown.collect::<Vec<_>>().join(" ")
}

fn clean(message: &str) -> String {
    let printable: String = message.chars().filter(|c| !c.is_control()).collect();
    without_userinfo(&printable).chars().take(MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn collected_fields_stay_within_their_limits(pairs in proptest::collection::vec((".{0,80}", ".{0,400}"), 0..200)) {
            let mut fields = Fields::default();
            for (field, message) in &pairs {
                fields.add(field, message);
                fields.add("same", message);
            }
            let map = fields.into_map();
            prop_assert!(map.len() <= MAX_FIELDS);
            for (field, messages) in map {
                prop_assert!(is_name(&field) && messages.len() <= MAX_MESSAGES);
                prop_assert!(messages.iter().all(|m| m.chars().count() <= MAX_CHARS && !m.contains(char::is_control)));
            }
        }
    }

    #[test]
    fn words_that_could_be_values_are_removed_from_messages() {
        for (text, words) in [
            ("PasswordIsRequired", "PasswordIsRequired"),
            ("[Username]: Required", "[Username]: Required"),
            ("e-mail is not allowed [email: acme-bot-0f@bots.test]", "… is not allowed [email: …"),
            ("477a87b0b2e90df3 Db-Password-0f31", "… …"),
            ("key type is not allowed [type: ED25519]", "key type is not allowed [type: …"),
            (&"a".repeat(25), "…"),
        ] {
            assert_eq!(plain_words(text), words);
        }
    }

    #[test]
    fn userinfo_is_removed_before_a_message_is_cut() {
        let mut fields = Fields::default();
        fields.add(
            "git_repository",
            &format!("{}https://bot:{}@git.test/o/r", "x".repeat(185), "a".repeat(40)),
        );
        let map = fields.into_map();
        assert!(!map["git_repository"][0].contains("aaa"), "{map:?}");
    }
}
