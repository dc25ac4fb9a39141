//! The effect of a call on the workspace: it reads, writes or destroys.

/// The effect of a call on the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Reads only.
    Read,
    /// Creates or changes.
    Write,
    /// Removes something irrevocably.
    Destroy,
}

impl Access {
    /// Returns the word for it in the documentation of the surface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Destroy => "destroy",
        }
    }

    /// Returns whether such a call changes something.
    pub const fn changes(self) -> bool {
        !matches!(self, Self::Read)
    }
}
