//! Editing text that other programs and people write, so that everything foreign stays as it is.

mod diff;
mod json;
mod marked_block;
mod secret_masking;
mod toml;

use std::fmt;

pub use diff::{Line, compare, unified_diff};
pub use json::JsonFile;
pub(crate) use json::input;
pub use marked_block::{find_block, remove_block, set_block};
pub use toml::TomlFile;

/// The mark that some editors put before the text of a file.
const BOM: &str = "\u{feff}";

/// The reason why a file is not edited; it follows the name of the file in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(String);

impl Refusal {
    /// Creates the reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the text of a file without its mark, and whether it had one.
fn decode(bytes: &[u8]) -> Result<(&str, bool), Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| Refusal::new("is not UTF-8"))?;
    Ok(match text.strip_prefix(BOM) {
        Some(rest) => (rest, true),
        None => (text, false),
    })
}

/// Returns the bytes of a file whose text may begin with a mark.
fn encode(text: String, has_mark: bool) -> Vec<u8> {
    if has_mark { [BOM.as_bytes(), text.as_bytes()].concat() } else { text.into_bytes() }
}

/// Returns the line ending that most lines of a text have.
fn line_ending(text: &str) -> &'static str {
    let (all, with_return) = (text.matches('\n').count(), text.matches("\r\n").count());
    if with_return * 2 > all { "\r\n" } else { "\n" }
}
