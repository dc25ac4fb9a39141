//! The lines that a command says to a person while it works, and the questions that it asks.
//!
//! The library prints nothing itself: a program decides where lines go, and leaves them out for `--quiet` or `--json`.

/// A receiver of what a command says.
pub trait Reporter: Send + Sync {
    /// Takes a line about what happens. It may be empty, and may contain line breaks.
    fn line(&self, text: &str);

    /// Takes a sentence about what a person should look after, which does not stop the command.
    fn warn(&self, text: &str);
}

/// A person who can answer a command.
pub trait Person: Send + Sync {
    /// Asks a question that is answered with yes or no. Returns `None` if no person can answer.
    fn confirm(&self, question: &str) -> Option<bool>;
}

/// A person who gives the same answer to each question, or an absent one.
#[derive(Clone, Copy, Debug)]
pub struct FixedAnswer(pub Option<bool>);

impl Person for FixedAnswer {
    fn confirm(&self, _: &str) -> Option<bool> {
        self.0
    }
}

/// A receiver that keeps what it is given, in order; warnings begin with `warning: `.
///
/// A program uses it to say everything at once, such as in a document of JSON.
#[derive(Debug, Default)]
pub struct Recorder {
    lines: std::sync::Mutex<Vec<String>>,
}

impl Recorder {
    /// Returns the lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.lock().clone()
    }

    /// Returns the lines so far as one text.
    pub fn text(&self) -> String {
        self.lock().join("\n")
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.lines.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Reporter for Recorder {
    fn line(&self, text: &str) {
        self.lock().push(text.to_owned());
    }

    fn warn(&self, text: &str) {
        self.lock().push(format!("warning: {text}"));
    }
}
