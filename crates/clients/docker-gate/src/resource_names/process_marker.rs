//! The variable that marks the processes of one command in a container.

/// The mark of one command in a container: the value of the variable [`Marker::VARIABLE`] in its
/// environment. Its children inherit it, also those that leave its process group.
///
/// It is random for each command: 16 to 64 characters of `[a-z0-9]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker(String);

impl Marker {
    /// The name of the variable.
    pub const VARIABLE: &str = "COVIBE_EXEC";

    /// Returns the mark, or `None` if the text is not one.
    pub fn new(text: &str) -> Option<Self> {
        let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let is_valid = (16..=64).contains(&text.len()) && text.bytes().all(is_part);
        is_valid.then(|| Self(text.to_owned()))
    }

    /// Returns the mark in an entry of an environment (`COVIBE_EXEC=…`), or `None`.
    pub fn of_entry(entry: &str) -> Option<Self> {
        let (name, value) = entry.split_once('=')?;
        if name == Self::VARIABLE { Self::new(value) } else { None }
    }

    /// Returns the value of the variable.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the entry of the environment: the variable with its value.
    pub fn entry(&self) -> String {
        format!("{}={}", Self::VARIABLE, self.0)
    }
}
