//! The entities of answers, in camelCase; optional members are absent, not null.

mod api_key;
mod app;
mod auth_provider;
mod database;
mod deployment;
mod domain;
mod env_variable;
mod object_storage;
mod person;
mod project;
mod unmanaged_access;
mod workspace;

pub use api_key::{AgentType, ApiKey, KeyAccess, KeyScope};
pub use app::{App, AppKind, BuildPack};
pub use auth_provider::{AuthProvider, Provider};
pub use database::{Database, Flavor};
pub use deployment::{Deployment, DeploymentStatus, WaitingStart};
pub use domain::{AttachState, AttachStep, DnsProvider, DomainEventKind, RegistrationState};
pub use env_variable::EnvVar;
pub use object_storage::{StorageProvider, StorageState};
pub use person::Role;
pub use project::{Link, Project, ProjectKind};
pub use unmanaged_access::{Stranger, StrangerKind, Strangers};
pub use workspace::{ProvisionStatus, Rotate, Step, StepState, WorkspaceSummary};

/// Declares an enum whose variants are words on the wire. The words after `|` are accepted for the same
/// variant in parameters.
macro_rules! words {
    ($(#[doc = $doc:expr])* $name:ident {
        $($(#[$word_doc:meta])* $variant:ident = $word:literal $(| $alias:literal)*),+ $(,)?
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$word_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every variant, in order.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Other words that parameters accept, each with the word on the wire.
            pub const ALIASES: &[(&str, &str)] = &[$($(($alias, $word),)*)+];

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
                let title = concat!($($doc),*).trim();
                crate::entities::enumeration(title, &[$($word),+], Self::ALIASES)
            }
        }
    };
}
pub(crate) use words;

/// Returns the schema of an enumeration. The aliases, each with its word, are for the checker of
/// parameters alone and not published.
pub(crate) fn enumeration(
    title: &str,
    words: &[&str],
    aliases: &[(&str, &str)],
) -> schemars::Schema {
    let mut schema = schemars::json_schema!({ "type": "string", "enum": words, "title": title });
    if !aliases.is_empty() {
        let aliases: serde_json::Map<_, _> =
            aliases.iter().map(|(alias, word)| ((*alias).to_owned(), (*word).into())).collect();
        schema.insert("x-aliases".to_owned(), aliases.into());
    }
    schema
}
