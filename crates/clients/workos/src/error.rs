//! The errors of a sign-in.

use covibe_domain::Secret;

use crate::ids::OrganizationId;

/// A sign-in that was not completed. It never has a code, a token or a text of WorkOS.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// There was no answer that could be used.
    #[error(transparent)]
    Call(#[from] covibe_upstream::Error),
    /// The code or the refresh token was used before, has expired, was revoked, or was issued to somebody
    /// else.
    #[error("WorkOS: the code or token is no longer valid")]
    Spent,
    /// WorkOS does not let the person in, such as to an organisation that they are not a member of.
    #[error("WorkOS: the person was refused")]
    Refused,
    /// WorkOS wants the person to do something else first.
    #[error("WorkOS: {0}")]
    Unfinished(Step),
    /// The person belongs to several organisations and has to choose one.
    #[error("WorkOS: an organisation must be chosen")]
    Choose(Box<Selection>),
    /// The access token can't be trusted.
    #[error("WorkOS: {0}")]
    Token(#[from] TokenError),
}

/// A step that a person has to take at WorkOS before they can sign in. Its own pages lead through
/// all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Step {
    /// To prove that the email address is theirs.
    #[error("the email address is not verified")]
    EmailVerification,
    /// To set up or to use a second factor.
    #[error("a second factor is required")]
    SecondFactor,
    /// To sign in at their organisation's own provider.
    #[error("single sign-on is required")]
    SingleSignOn,
}

/// The organisations of a person who has to choose one.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The token that continues the sign-in; see [`crate::Grant::Organization`].
    pub pending: Secret,
    /// The organisations, at most 100.
    pub organizations: Vec<Choice>,
}

/// An organisation that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Choice {
    /// Its id.
    pub id: OrganizationId,
    /// Its name, as it was given at WorkOS.
    pub name: String,
}

/// The reason why a token can't be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not a signed token of at most 16 KiB, or it lacks a claim.
    #[error("the access token is not readable")]
    Form,
    /// It is not signed with RS256.
    #[error("the access token is signed with an algorithm other than RS256")]
    Algorithm,
    /// WorkOS has published no key of that id for this client.
    #[error("the access token's key is unknown")]
    UnknownKey,
    /// The signature is not that key's.
    #[error("the access token's signature is wrong")]
    Signature,
    /// It has expired, or is not valid yet, by this machine's clock.
    #[error("the access token is not valid at this time")]
    Time,
    /// It was issued by somebody else.
    #[error("the access token has the wrong issuer")]
    Issuer,
    /// It was issued for another client.
    #[error("the access token is for another client")]
    Audience,
    /// It is about another person or organisation than the answer that it came with.
    #[error("the access token belongs to somebody else")]
    Subject,
}
