//! The message of a page about the person's last action.

/// The tone of a message or a state, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Under way.
    Busy,
    /// Worth a look.
    Warn,
    /// Wrong.
    Bad,
    /// None of these.
    Idle,
}

impl Tone {
    /// Returns the class of the style sheet.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Busy => "busy",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Idle => "idle",
        }
    }
}

/// A message at the top of a page, about what the person did before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash {
    /// Its tone.
    pub tone: Tone,
    /// One sentence.
    pub text: String,
}

impl Flash {
    /// Returns a message about something that succeeded.
    pub fn success(text: impl Into<String>) -> Self {
        Self { tone: Tone::Good, text: text.into() }
    }
}
