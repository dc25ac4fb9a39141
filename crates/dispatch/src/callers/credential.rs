//! Credentials of requests.

use covibe_domain::Failure;
use covibe_domain::entities::KeyScope;
use covibe_identity::{Caller, Identity, Proof, Refusal};

/// The credential of a request.
#[derive(Clone, Copy, Debug)]
pub enum Credential<'a> {
    /// The value of its `Authorization` header, if it has one.
    Header(Option<&'a str>),
    /// The value of the `Authorization` header of a companion that sends activity. Only keys of companions may do so,
    /// and they may do nothing else.
    Companion(Option<&'a str>),
    /// The cookie of a person who is signed in.
    Session {
        /// The session's token.
        token: &'a str,
        /// The slug in the path.
        slug: Option<&'a str>,
        /// The proof that one of our pages sent the request.
        proof: Proof<'a>,
    },
}

impl Credential<'_> {
    /// Returns the caller that the credential identifies.
    pub(crate) async fn authenticate(self, identity: &Identity) -> Result<Caller, Refusal> {
        match self {
            Self::Header(header) => {
                let caller = identity.authenticate(header).await?;
                check(caller, |scope| scope != KeyScope::Ingest, sends_activity_only)
            }
            Self::Companion(header) => {
                let caller = identity.authenticate(header).await?;
                check(caller, |scope| scope == KeyScope::Ingest, is_no_companion)
            }
            Self::Session { token, slug, proof } => {
                // Boxed, so that the calls of keys do not carry this large future.
                let caller = Box::pin(identity.authenticate_person(token, slug, proof)).await;
                caller.map_err(|failure: Failure| failure.into())
            }
        }
    }
}

/// Returns the caller if its scope is permitted.
#[expect(clippy::result_large_err, reason = "the callers return the same type")]
fn check(
    caller: Caller,
    is_permitted: impl FnOnce(KeyScope) -> bool,
    refused: fn() -> Failure,
) -> Result<Caller, Refusal> {
    if is_permitted(caller.principal.scope) {
        return Ok(caller);
    }
    Err(Refusal { failure: refused(), of: Some(caller.principal) })
}

fn sends_activity_only() -> Failure {
    Failure::forbidden("This is a companion's key: it can only send activity.")
        .hint("Use the key of an agent. `covibe-local setup` gives each agent its own.")
}

fn is_no_companion() -> Failure {
    Failure::forbidden("Only a companion's key can send activity.")
        .hint("Run `covibe-local login`, which gives the companion its own key.")
}
