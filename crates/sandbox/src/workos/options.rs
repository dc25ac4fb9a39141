//! Options of a simulated WorkOS.

use crate::core::Setting;

/// The client id of its one environment.
pub const CLIENT_ID: &str = "client_01SANDBOX";

/// Options of a simulated WorkOS.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The environment's settings.
    pub settings: Settings,
    /// The addresses that sign-ins may come back to; more can be added by the API.
    pub redirect_uris: Vec<String>,
}

/// The settings of the environment, which [`crate::Simulator::set`] replaces while it runs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address of the person whose browser is signed in at AuthKit already, so that it asks for nothing. If it is
    /// absent, AuthKit shows its page.
    pub signed_in: Option<String>,
    /// The address of the administrator of WorkOS who acts in the name of the person who signs in.
    pub impersonator: Option<String>,
    /// The error that every sign-in ends with.
    pub error: Option<String>,
    /// True if new people have verified their address.
    pub verifies_email: bool,
    /// The slugs of the roles.
    pub roles: Vec<String>,
    /// The addresses to which browsers may be sent after signing out.
    pub logout_uris: Vec<String>,
    /// The key that signs tokens.
    pub signs: Key,
    /// The keys that are published.
    pub published: Vec<Key>,
    /// The defect of the tokens that are issued.
    pub trouble: Option<TokenTrouble>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            signed_in: None,
            impersonator: None,
            error: None,
            verifies_email: true,
            roles: vec!["admin".to_owned(), "member".to_owned()],
            logout_uris: Vec::new(),
            signs: Key::First,
            published: vec![Key::First],
            trouble: None,
        }
    }
}

impl Setting for Settings {}

/// A company whose people are members of an organisation, as an administrator of WorkOS arranged it.
/// [`crate::Simulator::set`] adds it.
#[derive(Clone, Debug)]
pub struct Company {
    /// The name of the organisation.
    pub name: String,
    /// The id by which its creator knows it.
    pub external_id: Option<String>,
    /// Addresses and roles. Unknown people are created.
    pub members: Vec<(String, String)>,
}

impl Setting for Company {}

/// A key that tokens are signed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The first one.
    First,
    /// The one that replaces it.
    Second,
}

/// A defect of a token that is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenTrouble {
    /// It is signed by a key that is published nowhere, in the name of one that is.
    ForeignKey,
    /// It names a key that is not published.
    UnknownKey,
    /// It names no algorithm and has no signature.
    Unsigned,
    /// It is signed by HMAC, with the public key as the secret.
    SharedSecret,
    /// It expired a second ago.
    Expired,
    /// It has no end.
    Endless,
    /// It is valid from tomorrow on.
    Early,
    /// It is for another audience.
    Audience,
    /// It is for another client.
    Client,
    /// Somebody else issued it.
    Issuer,
    /// It is about another person than the answer that it is in.
    Subject,
    /// It is about another organisation than the answer that it is in.
    Organization,
}

impl TokenTrouble {
    /// Every kind of trouble.
    pub const ALL: [Self; 12] = [
        Self::ForeignKey,
        Self::UnknownKey,
        Self::Unsigned,
        Self::SharedSecret,
        Self::Expired,
        Self::Endless,
        Self::Early,
        Self::Audience,
        Self::Client,
        Self::Issuer,
        Self::Subject,
        Self::Organization,
    ];
}
