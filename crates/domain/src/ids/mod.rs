//! Ids as types, so that one can't be used for another.
//!
//! Our own ids have a prefix (`ws_…`) and consist of `[a-z0-9_]`, so that a PostgreSQL setting needs no
//! escaping. Coolify's "uuids" are not those of RFC 4122: they have 24 characters of `[a-z0-9]` since
//! about 4.0.0-beta.300, and at least 7 in older resources.

mod actor;
mod cell_name;
mod deployable;
mod resource_kind;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

pub use actor::Actor;
pub use cell_name::{CellName, InvalidCellName};
pub use deployable::Deployable;
pub use resource_kind::ResourceKind;

/// A text that is not a valid id of a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {name}: expected {expected}")]
pub struct InvalidId {
    name: &'static str,
    expected: &'static str,
}

/// The 32 characters of random ids, none of which is easily mistaken for another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

fn is_uuid(text: &str) -> bool {
    (7..=36).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn is_prefixed(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        (4..=40).contains(&rest.len())
            && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}

fn encode(prefix: &str, random: [u8; 20]) -> String {
    let letters = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    prefix.chars().chain(letters).collect()
}

/// The beginning of the id of a deployment in the queue of this server.
const QUEUED: &str = "q";

/// The pattern of Coolify's uuids.
const UUID: &str = "^[a-z0-9]{7,36}$";

/// The same in words.
const UUID_RULE: &str = "a uuid: 7 to 36 characters of a-z and 0-9";

/// The same of a deployment's, which no name stands for.
const DEPLOYMENT_RULE: &str =
    "a deployment's uuid, as apps.deployments returns it: 7 to 36 characters of a-z and 0-9";

/// Returns whether a text has the form of the uuids that Coolify gives today. Nothing can be created or
/// renamed with such a name.
pub fn has_uuid_form(text: &str) -> bool {
    text.len() == 24 && is_uuid(text)
}

fn matching(title: &str, pattern: &str, rule: &str) -> Schema {
    json_schema!({ "type": "string", "pattern": pattern, "title": title, "x-rule": rule })
}

/// The schema of the uuid of a resource that parameters may also give by its name. The dispatcher
/// replaces the name by the uuid before the operation runs.
fn by_name(generator: &SchemaGenerator, title: &str, kind: ResourceKind) -> Schema {
    if generator.contract().is_serialize() {
        return matching(title, UUID, UUID_RULE);
    }
    json_schema!({
        "type": "string", "minLength": 1, "maxLength": 255, "description": "The uuid or exact name.",
        "x-names": kind.as_str(),
    })
}

macro_rules! text_id {
    (
        $(#[doc = $doc:expr])* $name:ident, $example:expr, $expected:expr, $schema:expr, $valid:expr
    ) => {
        $(#[doc = $doc])*
        ///
        /// A copy shares the text.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Returns the id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) {
                    Ok(Self(text.into()))
                } else {
                    Err(InvalidId { name: stringify!($name), expected: $expected })
                }
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::try_from(text.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let schema: fn(&SchemaGenerator, &str) -> Schema = $schema;
                let mut schema = schema(generator, concat!($($doc),*).trim());
                schema.insert("examples".to_owned(), vec![$example].into());
                schema
            }
        }
    };
}

macro_rules! own_id {
    ($(#[doc = $doc:expr])* $name:ident, $prefix:literal) => {
        own_id!($(#[doc = $doc])* $name, $prefix, listed "");
    };
    ($(#[doc = $doc:expr])* $name:ident, $prefix:literal, in $list:literal) => {
        own_id!($(#[doc = $doc])* $name, $prefix, listed concat!(", as ", $list, " returns it"));
    };
    ($(#[doc = $doc:expr])* $name:ident, $prefix:literal, listed $listed:expr) => {
        text_id!(
            $(#[doc = $doc])* $name,
            concat!($prefix, "7k2m9x4q8w3n6v5t"),
            concat!($prefix, " and 4 to 40 characters of a-z and 0-9"),
            |_, title| {
                let rule =
                    concat!($prefix, " and 4 to 40 characters of a-z and 0-9", $listed);
                matching(title, concat!("^", $prefix, "[a-z0-9]{4,40}$"), rule)
            },
            |text| is_prefixed(text, $prefix)
        );

        impl $name {
            /// Creates an id from 20 random bytes, using 100 bits of them.
            pub fn from_random(random: [u8; 20]) -> Self {
                Self(encode($prefix, random).into())
            }
        }
    };
}

macro_rules! coolify_uuid {
    ($(#[doc = $doc:expr])* $name:ident) => {
        coolify_uuid!($(#[doc = $doc])* $name, in UUID_RULE);
    };
    ($(#[doc = $doc:expr])* $name:ident, in $rule:expr) => {
        text_id!(
            $(#[doc = $doc])* $name,
            "vgsco4occ8ksgsc4s8ck4kco",
            "7 to 36 characters of a-z and 0-9",
            |_, title| matching(title, UUID, $rule),
            is_uuid
        );
    };
    ($(#[doc = $doc:expr])* $name:ident, of $kind:expr) => {
        text_id!(
            $(#[doc = $doc])* $name,
            "vgsco4occ8ksgsc4s8ck4kco",
            "7 to 36 characters of a-z and 0-9",
            |generator, title| by_name(generator, title, $kind),
            is_uuid
        );
    };
}

own_id!(/// A tenant: a customer, by which row-level security separates rows.
    TenantId, "ten_");
own_id!(/// A person.
    UserId, "usr_", in "people.list");
own_id!(/// A workspace: one isolated environment of a tenant.
    WorkspaceId, "ws_");
own_id!(/// The public id of an API key.
    KeyId, "key_", in "keys.list");
own_id!(/// The public id of a person's session.
    SessionId, "ses_", in "sessions.list");
own_id!(/// The id of an invitation.
    InvitationId, "inv_", in "invitations.list");
own_id!(/// The id of a one-time link of a person.
    LinkId, "lnk_", in "people.links.list");
own_id!(/// The id of a command that runs without its client.
    CommandId, "cmd_", in "apps.exec");
own_id!(/// The id of a project of a workspace, which is not one of Coolify's projects.
    ProjectId, "prj_", in "projects.list");

coolify_uuid!(/// The id of an app.
    AppUuid, of ResourceKind::App);
coolify_uuid!(/// The id of a database.
    DatabaseUuid, of ResourceKind::Database);
// As a parameter it is that of an auth provider.
coolify_uuid!(/// The id of a compose service, such as an auth provider.
    ServiceUuid, of ResourceKind::Provider);
coolify_uuid!(/// The id of an app, a database or an auth provider.
    HostedUuid, of ResourceKind::Hosted);
coolify_uuid!(/// The id of a deployment.
    DeploymentUuid, in DEPLOYMENT_RULE);
coolify_uuid!(/// The id of a Coolify project.
    ProjectUuid);
coolify_uuid!(/// A variable in Coolify.
    EnvUuid);
coolify_uuid!(/// A mount of an application in Coolify.
    StorageUuid);
coolify_uuid!(/// A server that Coolify deploys to.
    ServerUuid);
coolify_uuid!(/// A destination in Coolify: a Docker network of a server.
    DestinationUuid);
coolify_uuid!(/// A private SSH key in Coolify.
    PrivateKeyUuid);

impl DeploymentUuid {
    /// Creates the id of a deployment that Coolify does not have yet, from 20 random bytes, using 100 bits of them. No
    /// id of Coolify's has its length.
    pub fn queued(random: [u8; 20]) -> Self {
        Self(encode(QUEUED, random).into())
    }

    /// Returns whether it is the id of a deployment in the queue of this server, and not one of Coolify's.
    pub fn is_queued(&self) -> bool {
        self.0.len() == QUEUED.len() + 20 && self.0.starts_with(QUEUED)
    }
}

/// The SHA-256 digest of a credential, by which keys are stored and looked up.
///
/// Its text is 64 hexadecimal digits, so that a PostgreSQL setting needs no escaping.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// Creates a digest from the hash.
    pub const fn new(hash: [u8; 32]) -> Self {
        Self(hash)
    }
}

impl fmt::Display for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyDigest(…)")
    }
}

/// An app is an application or a compose service; both have ids of the same form.
impl From<&ServiceUuid> for AppUuid {
    fn from(service: &ServiceUuid) -> Self {
        Self(Arc::clone(&service.0))
    }
}

impl From<&HostedUuid> for AppUuid {
    fn from(hosted: &HostedUuid) -> Self {
        Self(Arc::clone(&hosted.0))
    }
}

impl From<&AppUuid> for HostedUuid {
    fn from(app: &AppUuid) -> Self {
        Self(Arc::clone(&app.0))
    }
}

impl From<&DatabaseUuid> for HostedUuid {
    fn from(database: &DatabaseUuid) -> Self {
        Self(Arc::clone(&database.0))
    }
}

#[cfg(test)]
mod tests {
    use schemars::generate::SchemaSettings;

    use super::*;

    #[test]
    fn accepts_only_the_alphabet_of_each_type() {
        assert!("ten_abcd".parse::<TenantId>().is_ok());
        for bad in ["", "ten_", "ten_ABCD", "ten_a'b;c", "ws_abcd", "ten_abcd "] {
            assert!(bad.parse::<TenantId>().is_err(), "{bad}");
        }
        assert!("zg4cwgc44ogc08804000gggo".parse::<AppUuid>().is_ok());
        for bad in ["short", "../projects", "zg4cwgc44ogc08804000GGGO", "a b c d e f g"] {
            assert!(bad.parse::<AppUuid>().is_err(), "{bad}");
        }
    }

    #[test]
    fn only_the_schema_of_a_parameter_accepts_a_name_for_an_id() {
        let schema = |settings: SchemaSettings| {
            AppUuid::json_schema(&mut settings.into_generator()).to_value()
        };
        let parameter = schema(SchemaSettings::draft2020_12().for_deserialize());
        assert_eq!((&parameter["x-names"], parameter.get("pattern")), (&"app".into(), None));
        assert_eq!(ResourceKind::from_word("hosted"), Some(ResourceKind::Hosted));
        assert_eq!(schema(SchemaSettings::draft2020_12().for_serialize())["pattern"], UUID);
    }

    #[test]
    fn creates_valid_ids_from_random_bytes() {
        let id = KeyId::from_random([255; 20]);
        assert_eq!(id.as_str().parse::<KeyId>().as_ref(), Ok(&id));
        assert_eq!(id.as_str().len(), 24);
    }
}
