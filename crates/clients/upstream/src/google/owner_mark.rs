//! The mark on our resources at a provider.

/// The longest value of a label at Google Cloud, in characters.
const LONGEST: usize = 63;

/// A text that can't be a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an owner must have 1 to 63 lower-case letters, digits, hyphens and underscores")]
pub struct InvalidOwner;

/// The owner of a resource: a text that the caller chooses, such as a workspace's id, and that
/// stays the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner(String);

impl Owner {
    /// Creates a mark: 1 to 63 of `a-z0-9_-`, as the labels of Google Cloud allow.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidOwner> {
        let text = text.into();
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b);
        let is_fine = (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_plain);
        if is_fine { Ok(Self(text)) } else { Err(InvalidOwner) }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
