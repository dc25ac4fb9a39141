//! One note.

use covibe_domain::{Failure, Timestamp};
use serde::{Deserialize, Serialize};

/// The maximum size of a note, in bytes.
pub(in crate::platform) const MAX_CONTENT: usize = 64 * 1024;

/// The maximum number of tags of a note.
pub(in crate::platform) const MAX_TAGS: usize = 16;

/// The maximum length of a tag, in characters.
pub(in crate::platform) const MAX_TAG: usize = 64;

/// A note, as its file has it. One whose texts exceed their bounds is not read.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Written")]
pub(in crate::platform) struct Entry {
    pub(in crate::platform) saved_at: Timestamp,
    pub(in crate::platform) tags: Vec<String>,
    pub(in crate::platform) content: String,
}

/// A note as somebody wrote it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    saved_at: Timestamp,
    #[serde(default)]
    tags: Vec<String>,
    content: String,
}

impl TryFrom<Written> for Entry {
    type Error = Failure;

    fn try_from(Written { saved_at, tags, content }: Written) -> Result<Self, Failure> {
        Self::new(saved_at, &tags, content)
    }
}

impl Entry {
    /// Creates a note.
    ///
    /// # Errors
    ///
    /// The content is blank or too long, or a tag is not a short line.
    pub(in crate::platform) fn new(
        saved_at: Timestamp,
        tags: &[String],
        content: String,
    ) -> Result<Self, Failure> {
        if content.trim().is_empty() {
            return Err(Failure::invalid("`content` is blank."));
        }
        if content.len() > MAX_CONTENT {
            let message =
                format!("`content` has {} bytes; at most {MAX_CONTENT} are kept.", content.len());
            return Err(Failure::invalid(message).hint("Save a summary, or several notes."));
        }
        Ok(Self { saved_at, tags: checked_tags(tags)?, content })
    }
}

/// Returns the tags, each once and without blanks at its ends.
fn checked_tags(tags: &[String]) -> Result<Vec<String>, Failure> {
    if tags.len() > MAX_TAGS {
        return Err(Failure::invalid(format!("`tags` has more than {MAX_TAGS} entries.")));
    }
    let mut checked: Vec<String> = Vec::new();
    for tag in tags {
        let tag = tag.trim();
        if tag.is_empty() || tag.chars().count() > MAX_TAG || tag.contains(char::is_control) {
            return Err(Failure::invalid(format!(
                "Each tag in `tags` must be one line of 1 to {MAX_TAG} characters."
            )));
        }
        if !checked.iter().any(|each| each.eq_ignore_ascii_case(tag)) {
            checked.push(tag.to_owned());
        }
    }
    Ok(checked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(tags: &[&str], content: &str) -> Result<Entry, Failure> {
        let tags: Vec<_> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        Entry::new(Timestamp::from_millis(0), &tags, content.to_owned())
    }

    #[test]
    fn oversized_or_malformed_notes_are_refused_with_the_name_of_the_parameter() {
        assert!(entry(&[], &"x".repeat(MAX_CONTENT)).is_ok());
        let long_tag = "x".repeat(MAX_TAG + 1);
        let many: Vec<String> = (0..=MAX_TAGS).map(|n| n.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        for (tags, content, name) in [
            (&[][..], " \n", "content"),
            (&[], &"\u{e4}".repeat(MAX_CONTENT / 2 + 1), "content"),
            (&[""], "x", "tags"),
            (&["a\nb"], "x", "tags"),
            (&[&*long_tag], "x", "tags"),
            (&many, "x", "tags"),
        ] {
            let failure = entry(tags, content).unwrap_err();
            assert!(failure.message.contains(&format!("`{name}`")), "{failure}");
        }
        assert_eq!(entry(&[" a ", "A", "b"], "x").unwrap().tags, ["a", "b"]);
    }
}
