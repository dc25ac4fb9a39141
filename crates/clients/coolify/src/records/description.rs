//! The description of a resource, with the mark of the creation that it comes from.

use std::fmt;

use serde::{Deserialize, Deserializer};

use crate::answer_reading;

/// The characters that Coolify's column holds (4.3.11).
const MAX_LENGTH: usize = 255;

/// The beginning of every mark; hexadecimal digits follow.
const PREFIX: &str = "crt_";

/// The number of those digits.
const DIGITS: usize = 24;

/// The owner of the mark, for people who see the description in Coolify.
const OWNER: &str = "Co-Vibe ";

/// The id of the creation that a resource comes from. It is part of the resource's description, so
/// that a creation whose answer was lost can be told from another one of the same name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mark(String);

impl Mark {
    /// Returns a mark from random bytes.
    pub fn from_random(bytes: [u8; DIGITS / 2]) -> Self {
        let digits = bytes.iter().fold(0, |digits: u128, byte| digits << 8 | u128::from(*byte));
        Self(format!("{PREFIX}{digits:0DIGITS$x}"))
    }

    /// Returns the mark that this text is, if it is one.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let is_mark = digits.len() == DIGITS && digits.bytes().all(is_digit);
        is_mark.then(|| Self(text.to_owned()))
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A description: what people wrote, and the mark behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// The text; `None` if there is none.
    pub text: Option<String>,
    /// The mark; `None` if this installation's software did not create the resource, or somebody
    /// removed the mark.
    pub mark: Option<Mark>,
}

impl Description {
    /// Returns a description without a text.
    pub fn from_mark(mark: &Mark) -> Self {
        Self { text: None, mark: Some(mark.clone()) }
    }

    /// Reads a description as Coolify stores it.
    fn parse(stored: &str) -> Self {
        if let Some(mark) = stored.strip_prefix(OWNER).and_then(Mark::parse) {
            return Self { text: None, mark: Some(mark) };
        }
        let marked = stored.strip_suffix(')').and_then(|head| {
            let (text, mark) = head.rsplit_once(" (")?;
            Some((text, mark.strip_prefix(OWNER).and_then(Mark::parse)?))
        });
        match marked {
            Some((text, mark)) => Self { text: Some(text.to_owned()), mark: Some(mark) },
            None => Self { text: Some(stored.to_owned()), mark: None },
        }
    }

    /// Returns the text for a creation, at most 255 characters: a text that is too long for the
    /// mark behind it loses its end.
    pub(crate) fn for_creation(&self) -> Option<String> {
        let Some(mark) = &self.mark else { return self.text.clone() };
        let Some(text) = &self.text else { return Some(format!("{OWNER}{mark}")) };
        let suffix = suffix(mark);
        let cut = text.chars().take(MAX_LENGTH - suffix.len());
        Some(cut.chain(suffix.chars()).collect())
    }

    /// Returns how many characters the text may have, so that the mark has room behind it.
    pub fn most_characters(&self) -> usize {
        MAX_LENGTH - self.mark.as_ref().map_or(0, |mark| suffix(mark).len())
    }

    /// Returns the text for an update, with the mark behind it; see [`Description::most_characters`].
    pub fn for_update(&self) -> Option<String> {
        let text = self.text.as_deref().filter(|text| !text.is_empty());
        match (text, &self.mark) {
            (Some(text), Some(mark)) => Some(format!("{text}{}", suffix(mark))),
            (None, Some(mark)) => Some(format!("{OWNER}{mark}")),
            (_, None) => self.text.clone(),
        }
    }
}

fn suffix(mark: &Mark) -> String {
    format!(" ({OWNER}{mark})")
}

impl<'de> Deserialize<'de> for Description {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = answer_reading::text(deserializer)?;
        Ok(stored.as_deref().map(Self::parse).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark() -> Mark {
        Mark::from_random([0xa5; 12])
    }

    fn description_with(text: Option<&str>) -> Description {
        Description { text: text.map(str::to_owned), mark: Some(mark()) }
    }

    #[test]
    fn a_text_and_its_mark_are_parsed_back_as_they_were_sent() {
        for text in [None, Some("A shop"), Some("A shop (new)"), Some("Co-Vibe crt_1 (x) ")] {
            let sent = description_with(text);
            assert_eq!(Description::parse(&sent.for_creation().unwrap()), sent);
            assert_eq!(Description::parse(&sent.for_update().unwrap()), sent);
        }
    }

    #[test]
    fn only_a_complete_mark_at_the_end_is_recognized() {
        let mark = mark();
        for text in [
            "A shop".to_owned(),
            format!("{mark}"),
            format!("(Co-Vibe {mark}) A shop"),
            format!("A shop (Co-Vibe {mark}0)"),
            "Co-Vibe crt_A5a5a5a5a5a5a5a5a5a5a5a5".to_owned(),
        ] {
            let read = Description::parse(&text);
            assert_eq!(read, Description { text: Some(text), mark: None });
        }
    }

    #[test]
    fn a_description_is_cut_to_255_characters_and_keeps_its_mark() {
        let long = "ä".repeat(255);
        let sent = description_with(Some(&long)).for_creation().unwrap();
        assert_eq!(sent.chars().count(), 255);
        assert_eq!(Description::parse(&sent).mark, Some(mark()));
        let most = description_with(Some("")).most_characters();
        let fits = description_with(Some(&"ä".repeat(most)));
        assert_eq!(fits.for_update().unwrap().chars().count(), 255);
        assert_eq!(Description::default().most_characters(), 255);
    }
}
