//! The WorkOS ids as types. They consist of `[A-Za-z0-9_]`, so that they need no escaping anywhere.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest id, in bytes; real ones have about 40.
const LONGEST: usize = 64;

/// The error for a text that is not a WorkOS id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a WorkOS id: expected 1 to 64 letters, digits and underscores")]
pub struct InvalidId;

fn is_id(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

macro_rules! id {
    ($(#[doc = $doc:expr])* $name:ident) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns the id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                if is_id(&text) { Ok(Self(text)) } else { Err(InvalidId) }
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
    };
}

id! {
    /// A person: `user_…`.
    UserId
}

id! {
    /// An organisation: `org_…`.
    OrganizationId
}

id! {
    /// A person's membership of an organisation: `om_…`.
    MembershipId
}

id! {
    /// An invitation: `invitation_…`.
    InvitationId
}

id! {
    /// A session at WorkOS: `session_…`.
    SessionId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_with_characters_that_need_escaping_are_refused() {
        assert_eq!("user_01E4".parse::<UserId>().unwrap().as_str(), "user_01E4");
        for bad in ["", "user-1", "user 1", "../x", "user_é", &"u".repeat(65)] {
            assert_eq!(bad.parse::<UserId>(), Err(InvalidId), "{bad}");
        }
        assert!(serde_json::from_str::<OrganizationId>("\"org_1/x\"").is_err());
    }
}
