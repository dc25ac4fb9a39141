//! Users, and the objects that belong to a user.

use covibe_domain::Timestamp;

use crate::core::clock::timestamp;
use crate::core::random;

/// A user.
#[expect(clippy::struct_excessive_bools, reason = "an account's switches are independent")]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) login: String,
    /// The name at the authentication source, which administrators set along.
    pub(crate) login_name: String,
    /// In lower case.
    pub(crate) email: String,
    /// Further addresses, which also reset the password.
    pub(crate) other_emails: Vec<String>,
    pub(crate) full_name: String,
    pub(crate) password: String,
    pub(crate) must_change_password: bool,
    pub(crate) is_active: bool,
    pub(crate) prohibit_login: bool,
    pub(crate) is_admin: bool,
    pub(crate) is_restricted: bool,
    pub(crate) may_create_orgs: bool,
    /// The maximum number of the user's own repositories; -1 for the instance's limit, which is unlimited.
    pub(crate) max_repos: i64,
    /// `public`, `limited` or `private`.
    pub(crate) visibility: String,
    pub(crate) created: Timestamp,
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

impl Token {
    /// Creates a token.
    pub(crate) fn new(id: i64, user: i64, name: &str, scopes: Vec<String>) -> Self {
        let (name, sha1) = (name.to_owned(), random::hex(40));
        Self { id, user, name, sha1, scopes, created: timestamp() }
    }
}

/// The parameters of a new account.
pub(crate) struct NewUser<'a> {
    pub(crate) login: &'a str,
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
    /// `public`, `limited` or `private`.
    pub(crate) visibility: &'a str,
}

/// A session of somebody who is signed in with a browser. It outlives a change of the password and of
/// the address.
pub(crate) struct Session {
    /// The value of its cookie.
    pub(crate) id: String,
    /// Its user's id.
    pub(crate) user: i64,
    /// A new token, until it has been shown.
    pub(crate) created_token: Option<String>,
}

/// An OAuth application of a user.
pub(crate) struct OauthApp {
    pub(crate) id: i64,
    /// Its user's id.
    pub(crate) user: i64,
    pub(crate) name: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) is_confidential: bool,
    pub(crate) created: Timestamp,
}

/// An SSH public key of a user.
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
