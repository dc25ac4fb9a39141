//! What callers may name instead of giving its uuid.

use std::fmt;

/// A kind of resource that parameters take by uuid or by exact name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceKind {
    /// An app, of either kind.
    App,
    /// A database.
    Database,
    /// An auth provider.
    Provider,
}

impl ResourceKind {
    const ALL: [Self; 3] = [Self::App, Self::Database, Self::Provider];

    /// Returns the word for it in schemas.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Database => "database",
            Self::Provider => "provider",
        }
    }

    /// Returns the kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Returns the tool that lists the resources of this kind.
    pub const fn list(self) -> &'static str {
        match self {
            Self::App => "apps.list",
            Self::Database => "databases.list",
            Self::Provider => "auth.list",
        }
    }
}

/// What it is called in a sentence.
impl fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::App => "app",
            Self::Database => "database",
            Self::Provider => "auth provider",
        })
    }
}
