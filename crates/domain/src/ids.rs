//! Ids as types, so that one can't stand in for another.
//!
//! Ours carry a prefix (`ws_…`) and may be put into a PostgreSQL setting as they are: their
//! alphabet is `[a-z0-9_]`. Coolify's are its "uuids": 24 characters `[a-z0-9]` in every release
//! since 4.0.0-beta.300 or so, 7 in the oldest resources; not RFC 4122 ones.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A text that is not an id of the wanted type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {name}: expected {expected}")]
pub struct InvalidId {
    name: &'static str,
    expected: &'static str,
}

/// The letters of random ids: 32 of them, none that is easily mistaken for another.
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

fn spell(prefix: &str, random: [u8; 20]) -> String {
    let letters = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    prefix.chars().chain(letters).collect()
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $expected:expr, $pattern:expr, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) {
                    Ok(Self(text))
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

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}

macro_rules! own_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        text_id!(
            $(#[$doc])* $name,
            concat!($prefix, " and 4 to 40 of a-z, 0-9"),
            concat!("^", $prefix, "[a-z0-9]{4,40}$"),
            |text| is_prefixed(text, $prefix)
        );

        impl $name {
            /// Spells 20 random bytes as an id of this type (100 bits of them are used).
            pub fn from_random(random: [u8; 20]) -> Self {
                Self(spell($prefix, random))
            }
        }
    };
}

macro_rules! coolify_uuid {
    ($(#[$doc:meta])* $name:ident) => {
        text_id!(
            $(#[$doc])* $name,
            "7 to 36 of a-z, 0-9",
            "^[a-z0-9]{7,36}$",
            is_uuid
        );
    };
}

own_id!(/// A tenant: the company boundary, and what row-level security compares.
    TenantId, "ten_");
own_id!(/// A person.
    UserId, "usr_");
own_id!(/// A workspace: the boundary of one agent token.
    WorkspaceId, "ws_");
own_id!(/// An API key (its public id, not the key).
    KeyId, "key_");
own_id!(/// A project of a workspace's owner, in contrast to Coolify's [`ProjectUuid`].
    ProjectId, "prj_");

coolify_uuid!(/// A Coolify application.
    AppUuid);
coolify_uuid!(/// A Coolify database.
    DatabaseUuid);
coolify_uuid!(/// A Coolify (compose) service.
    ServiceUuid);
coolify_uuid!(/// A Coolify deployment.
    DeploymentUuid);
coolify_uuid!(/// A Coolify project.
    ProjectUuid);
coolify_uuid!(/// A variable in Coolify.
    EnvUuid);
coolify_uuid!(/// A server that Coolify deploys to.
    ServerUuid);
coolify_uuid!(/// An SSH key that Coolify holds.
    PrivateKeyUuid);

/// The SHA-256 of a credential: how keys are stored and looked up.
///
/// Its text is 64 hexadecimal digits, so it may be put into a PostgreSQL setting as it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// From the hash itself.
    pub const fn new(hash: [u8; 32]) -> Self {
        Self(hash)
    }
}

impl fmt::Display for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyDigest(…)")
    }
}

/// An app is an application or a compose service, whose ids are alike.
impl From<&ServiceUuid> for AppUuid {
    fn from(service: &ServiceUuid) -> Self {
        Self(service.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_to_their_alphabet() {
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
    fn a_random_id_is_valid() {
        let id = KeyId::from_random([255; 20]);
        assert_eq!(id.as_str().parse::<KeyId>().as_ref(), Ok(&id));
        assert_eq!(id.as_str().len(), 24);
    }
}
