//! The size limits of a streamed answer.

/// The size limits of a streamed answer.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The limit of the body, in bytes; replaces the account's limit.
    pub body: usize,
    /// The limit of the body without the excess of long texts, in bytes.
    pub kept: usize,
    /// The limit of each text in it, in bytes.
    pub text: usize,
    /// The part that is kept of a longer text.
    pub long: LongText,
}

/// The part that is kept of a text above the size limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LongText {
    /// Its length in bytes, as a number in place of the text.
    Length,
    /// Its end, of at most that size.
    End,
}
