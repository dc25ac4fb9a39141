//! Users and organisations, and what belongs to a user.

use covibe_domain::Timestamp;

/// A user.
#[expect(clippy::struct_excessive_bools, reason = "an account's switches are independent")]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) login: String,
    pub(crate) email: String,
    pub(crate) full_name: String,
    pub(crate) password: String,
    pub(crate) must_change_password: bool,
    pub(crate) is_active: bool,
    pub(crate) prohibit_login: bool,
    pub(crate) is_admin: bool,
    pub(crate) is_restricted: bool,
    /// `public`, `limited` or `private`.
    pub(crate) visibility: String,
    pub(crate) created: Timestamp,
}

/// An organisation.
pub(crate) struct Org {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) full_name: String,
    pub(crate) description: String,
    /// `public`, `limited` or `private`.
    pub(crate) visibility: String,
    /// The id of its team of owners.
    pub(crate) owners_team: i64,
    /// The owners' ids.
    pub(crate) owners: Vec<i64>,
}

/// An access token.
pub(crate) struct Token {
    pub(crate) id: i64,
    /// Its user's id.
    pub(crate) user: i64,
    pub(crate) name: String,
    /// The token itself.
    pub(crate) sha1: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) created: Timestamp,
}

/// An SSH public key.
pub(crate) struct SshKey {
    pub(crate) id: i64,
    /// Its user's id.
    pub(crate) user: i64,
    pub(crate) title: String,
    /// Type and blob, without the comment.
    pub(crate) text: String,
    pub(crate) fingerprint: String,
    pub(crate) created: Timestamp,
}
