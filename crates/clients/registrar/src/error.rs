//! The error of a failed command, and whether the command may have changed something.

use covibe_upstream::Effect;

use crate::response_codes::Reason;

/// A complaint about one of our values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The field, such as `contact.phone`.
    pub field: &'static str,
    /// The requirement, as the rest of a sentence that names the field.
    pub wants: &'static str,
}

/// A failed command. It never has a body, a value that was sent, or a text of OpenSRS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There was no answer of OpenSRS that could be read.
    #[error(transparent)]
    Call(#[from] covibe_upstream::Error),
    /// OpenSRS answered that it failed.
    #[error("OpenSRS: {command}: {reason} (code {code})")]
    Answered {
        /// The command.
        command: &'static str,
        /// The response code.
        code: u16,
        /// The meaning of the code.
        reason: Reason,
        /// The possible effect.
        effect: Effect,
    },
    /// A value is invalid; nothing was sent.
    #[error("OpenSRS: not sent: {} invalid values", .0.len())]
    Unfit(Vec<Complaint>),
    /// Other commands took all connections for too long; nothing was sent.
    #[error("OpenSRS: not sent: too many commands at the same time")]
    Crowded,
}

impl Error {
    /// Returns whether a change may have happened.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Call(error) => error.effect,
            Self::Answered { effect, .. } => *effect,
            Self::Unfit(_) | Self::Crowded => Effect::None,
        }
    }

    /// Returns why OpenSRS refused; `None` where it did not answer.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Answered { reason, .. } => Some(*reason),
            _ => None,
        }
    }

    /// Returns an error about one value.
    pub(crate) fn invalid_value(field: &'static str, wants: &'static str) -> Self {
        Self::Unfit(vec![Complaint { field, wants }])
    }
}
