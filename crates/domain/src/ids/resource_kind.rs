//! The kinds of resources that callers can give by uuid or by name.

use std::fmt;

/// A kind of resource that parameters take by uuid or by exact name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResourceKind {
    /// An app, of either kind.
    App,
    /// A database.
    Database,
    /// An auth provider.
    Provider,
    /// Any of them: each has containers.
    Hosted,
}

impl ResourceKind {
    const ALL: [Self; 4] = [Self::App, Self::Database, Self::Provider, Self::Hosted];

    /// Returns the word for it in schemas.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Database => "database",
            Self::Provider => "provider",
            Self::Hosted => "hosted",
        }
    }

    /// Returns the kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Returns the tools that list the resources of this kind.
    pub const fn lists(self) -> &'static str {
        match self {
            Self::App => "apps.list",
            Self::Database => "databases.list",
            Self::Provider => "auth.list",
            Self::Hosted => "apps.list, databases.list and auth.list",
        }
    }

    /// Returns the plural, for messages.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::App => "apps",
            Self::Database => "databases",
            Self::Provider => "auth providers",
            Self::Hosted => "resources",
        }
    }
}

/// Writes the word for it in a sentence.
impl fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::App => "app",
            Self::Database => "database",
            Self::Provider => "auth provider",
            Self::Hosted => "app, database or auth provider",
        })
    }
}
