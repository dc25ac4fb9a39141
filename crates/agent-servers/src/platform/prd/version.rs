//! One version of a PRD.

use covibe_domain::{Failure, Timestamp};
use serde::{Deserialize, Serialize};

/// The maximum length of a title, in characters, as that of a project's name.
pub(in crate::platform) const MAX_TITLE: usize = 100;

/// The maximum length of a text, in characters, as that of a project's.
pub(in crate::platform) const MAX_TEXT: usize = 100_000;

/// A version, as its file has it. One whose texts exceed their bounds is not read.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Written")]
pub(in crate::platform) struct Version {
    pub(in crate::platform) finalized_at: Timestamp,
    pub(in crate::platform) title: String,
    pub(in crate::platform) content: String,
}

/// A version as somebody wrote it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    finalized_at: Timestamp,
    title: String,
    content: String,
}

impl TryFrom<Written> for Version {
    type Error = Failure;

    fn try_from(Written { finalized_at, title, content }: Written) -> Result<Self, Failure> {
        Self::new(finalized_at, title, content)
    }
}

impl Version {
    /// Creates a version.
    ///
    /// # Errors
    ///
    /// The title is not a line, or a text is blank or too long.
    pub(in crate::platform) fn new(
        finalized_at: Timestamp,
        title: String,
        content: String,
    ) -> Result<Self, Failure> {
        let is_line = !title.trim().is_empty() && !title.contains(char::is_control);
        if !is_line || title.chars().count() > MAX_TITLE {
            return Err(Failure::invalid(format!(
                "`title` must be one line of 1 to {MAX_TITLE} characters."
            )));
        }
        if content.trim().is_empty() || content.contains('\0') {
            return Err(Failure::invalid("`content` is blank or has a NUL character."));
        }
        if content.chars().count() > MAX_TEXT {
            return Err(Failure::invalid(format!(
                "`content` has more than {MAX_TEXT} characters."
            )));
        }
        Ok(Self { finalized_at, title, content })
    }

    /// Returns whether the texts are the same.
    pub(super) fn has_texts_of(&self, other: &Self) -> bool {
        self.title == other.title && self.content == other.content
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oversized_or_malformed_prds_are_refused_with_the_name_of_the_parameter() {
        let version = |title: &str, content: &str| {
            Version::new(Timestamp::from_millis(0), title.to_owned(), content.to_owned())
        };
        assert!(version("Shop", &"\u{e4}".repeat(MAX_TEXT)).is_ok());
        for (title, content, name) in [
            (" ", "x", "title"),
            ("a\nb", "x", "title"),
            (&*"x".repeat(MAX_TITLE + 1), "x", "title"),
            ("Shop", "", "content"),
            ("Shop", "a\0b", "content"),
            ("Shop", &"x".repeat(MAX_TEXT + 1), "content"),
        ] {
            let failure = version(title, content).unwrap_err();
            assert!(failure.message.starts_with(&format!("`{name}`")), "{failure}");
        }
    }
}
