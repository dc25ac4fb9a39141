//! What a call does to the workspace.

/// What a call does to the workspace.
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
    /// Returns the word for it in descriptions of the surface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Destroy => "destroy",
        }
    }

    /// Whether such a call changes anything.
    pub const fn changes(self) -> bool {
        !matches!(self, Self::Read)
    }
}
