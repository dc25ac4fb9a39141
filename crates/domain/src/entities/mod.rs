//! The shapes in which Co-Vibe answers; small, camelCase, optional members absent.

mod app;
mod auth;
mod database;
mod deployment;
mod env;
mod key;
mod project;
mod workspace;

pub use app::{App, AppKind, BuildPack};
pub use auth::{AuthProvider, Provider};
pub use database::{Database, Flavor};
pub use deployment::{Deployment, DeploymentStatus};
pub use env::EnvVar;
pub use key::{AgentType, ApiKey, KeyScope};
pub use project::{Link, Project, ProjectKind};
pub use workspace::{ProvisionStatus, Rotate, Step, StepState, WorkspaceSummary};

/// Declares an enum that is a word on the wire, with its list and its text.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$word_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every word of the list, in its order.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The entry that is spelled like this.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|entry| entry.as_str() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        // By hand: a derived schema spells out each variant's documentation as a subschema.
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "enum": [$($word),+] })
            }
        }
    };
}
use words;
