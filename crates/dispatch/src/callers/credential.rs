//! What a request presents to say who calls.

use covibe_domain::Failure;
use covibe_identity::{Caller, Identity, Proof, Refusal};

/// What a request presents to say who calls.
#[derive(Clone, Copy, Debug)]
pub enum Credential<'a> {
    /// The value of its `Authorization` header, if it has one.
    Header(Option<&'a str>),
    /// The cookie of a person who is signed in.
    Session {
        /// The session's token.
        token: &'a str,
        /// The slug in the path.
        slug: Option<&'a str>,
        /// What shows that a page of ours sent it.
        proof: Proof<'a>,
    },
}

impl Credential<'_> {
    /// Returns the caller that it identifies.
    pub(crate) async fn authenticate(self, identity: &Identity) -> Result<Caller, Refusal> {
        match self {
            Self::Header(header) => identity.authenticate(header).await,
            Self::Session { token, slug, proof } => {
                // Boxed, so that the calls of keys do not carry this large future.
                let caller = Box::pin(identity.authenticate_person(token, slug, proof)).await;
                caller.map_err(|failure: Failure| failure.into())
            }
        }
    }
}
