//! The errors of commands: a sentence, a hint with a command, and the exit code.

use std::fmt;

/// The exit codes of `covibe-local`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: everything was done.
    Success,
    /// 1: a check or a step failed.
    Failed,
    /// 3: the machine has no service manager that can be used.
    NoServiceManager,
    /// 4: there are warnings, and `--strict` was given.
    Warnings,
    /// 64: the command line or an origin was refused; nothing was done.
    Usage,
    /// 69: the server cannot be reached.
    Unavailable,
    /// 77: the server or a person refused, or a key is expired or revoked.
    Denied,
    /// 78: there are no credentials.
    NoCredentials,
    /// 130: the person interrupted the command.
    Interrupted,
}

impl Exit {
    /// Returns the number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failed => 1,
            Self::NoServiceManager => 3,
            Self::Warnings => 4,
            Self::Usage => 64,
            Self::Unavailable => 69,
            Self::Denied => 77,
            Self::NoCredentials => 78,
            Self::Interrupted => 130,
        }
    }
}

/// The error of a command.
///
/// Its texts contain no secret, and no raw text of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The exit code of the command.
    pub exit: Exit,
    /// A sentence that states what happened.
    pub message: String,
    /// The next step, with a command where there is one.
    pub hint: Option<String>,
}

impl Problem {
    /// Creates an error.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    /// Creates an error of a step: exit code 1.
    pub fn failure(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// Creates an error of the command line: exit code 64.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\nHint: {hint}"))
    }
}

impl std::error::Error for Problem {}
