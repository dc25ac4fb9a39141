//! The terminal at which a person answers questions.

use std::io::{self, BufRead, IsTerminal as _, Write as _};

use covibe_companion::progress_output::Person;

/// The terminal of this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal;

impl Person for Terminal {
    /// Writes the question to the standard error, because programs read the standard output. A person has to see the
    /// question and to type the answer, so both streams have to be terminals.
    fn confirm(&self, question: &str) -> Option<bool> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return None;
        }
        write!(io::stderr(), "{question} [y/N] ").ok()?;
        read_answer(io::stdin().lock())
    }
}

/// Reads an answer. An input that has ended contains none.
fn read_answer(mut input: impl BufRead) -> Option<bool> {
    let mut line = String::new();
    let length = input.read_line(&mut line).ok()?;
    let is_yes = matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes");
    (length > 0).then_some(is_yes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_y_and_yes_confirm() {
        for yes in ["y\n", "Y\n", " yes \n", "YES"] {
            assert_eq!(read_answer(yes.as_bytes()), Some(true), "{yes}");
        }
        for no in ["\n", "n\n", "yess\n", "ja\n"] {
            assert_eq!(read_answer(no.as_bytes()), Some(false), "{no}");
        }
        assert_eq!(read_answer(&b""[..]), None);
    }
}
