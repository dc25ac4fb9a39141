//! The entities of answers, in camelCase; optional members are absent, not null.

mod app;
mod auth;
mod database;
mod deployment;
mod env;
mod key;
mod project;
mod strangers;
mod workspace;

pub use app::{App, AppKind, BuildPack};
pub use auth::{AuthProvider, Provider};
pub use database::{Database, Flavor};
pub use deployment::{Deployment, DeploymentStatus};
pub use env::EnvVar;
pub use key::{AgentType, ApiKey, KeyAccess, KeyScope};
pub use project::{Link, Project, ProjectKind};
pub use strangers::{Stranger, StrangerKind, Strangers};
pub use workspace::{ProvisionStatus, Rotate, Step, StepState, WorkspaceSummary};

/// Declares an enum whose variants are words on the wire.
macro_rules! words {
    ($(#[doc = $doc:expr])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$word_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every variant, in order.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Returns the word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// Returns the variant with this word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|entry| entry.as_str() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        // A derived schema would contain a subschema with the documentation of each variant.
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "enum": [$($word),+],
                    "title": concat!($($doc),*).trim(),
                })
            }
        }
    };
}
use words;
