//! From a session's token to the caller of a request.

use covibe_domain::{Failure, Secret, WorkspaceId, boxed};
use subtle::ConstantTimeEq as _;

use super::SignedIn;
use super::people_errors::signed_out;
use super::session::TokenUse;
use crate::authentication_state::Identity;
use crate::caller::Caller;

/// The proof, beside the session's token, that a request was not made up by another site.
#[derive(Clone, Copy, Debug)]
pub enum Proof<'a> {
    /// The request only reads.
    Reads,
    /// The request only reads, and is a stream: its token may have been replaced since it began.
    Follows,
    /// The token in its form or header.
    Sent(&'a str),
}

impl Identity {
    /// Returns the caller that a session's token identifies, in the workspace with this slug; without one, in
    /// that where the person works at present.
    ///
    /// # Errors
    ///
    /// Unauthenticated if the session has ended; forbidden for a workspace that is not open to the person, and
    /// for a write without the proof.
    #[boxed]
    pub async fn authenticate_person<'a>(
        &'a self,
        token: &str,
        slug: Option<&str>,
        proof: Proof<'a>,
    ) -> Result<Caller, Failure> {
        let by = match proof {
            Proof::Follows => TokenUse::Stream,
            Proof::Reads | Proof::Sent(_) => TokenUse::Request,
        };
        let of = self.find_presented(token, by).await?.ok_or_else(signed_out)?;
        of.check(proof)?;
        self.person_caller(&of, slug).await
    }
}

/// The character between the token of a session's pages, which does not contain it, and the id of the workspace that a
/// page shows.
const PLACE: char = '.';

impl SignedIn {
    /// Returns the token for a page that shows a workspace, with the id of that workspace.
    pub fn token_for_page(&self, of: &WorkspaceId) -> String {
        format!("{}{PLACE}{of}", self.csrf)
    }

    /// Returns the id of the workspace that the page of a token showed; `None` if it showed none.
    pub fn workspace_of_page(token: &str) -> Option<&str> {
        token.split_once(PLACE).map(|(_, workspace)| workspace)
    }

    /// Checks that a request comes from a page of the session.
    ///
    /// # Errors
    ///
    /// Forbidden if it lacks the token of the session's pages.
    pub fn check(&self, proof: Proof<'_>) -> Result<(), Failure> {
        match proof {
            Proof::Sent(sent) if !self.is_of_page(sent) => {
                Err(Failure::forbidden("This request does not come from a page of your session.")
                    .hint("Reload the page and try again. A program uses an API key instead."))
            }
            Proof::Reads | Proof::Follows | Proof::Sent(_) => Ok(()),
        }
    }
}

impl SignedIn {
    /// Returns whether pages of the session contain this token, after which they may name the workspace that they show.
    fn is_of_page(&self, sent: &str) -> bool {
        let sent = sent.split_once(PLACE).map_or(sent, |(token, _)| token);
        let older = self.older_csrf.iter().map(Secret::expose);
        std::iter::once(self.csrf.as_str())
            .chain(older)
            .any(|csrf| !csrf.is_empty() && bool::from(sent.as_bytes().ct_eq(csrf.as_bytes())))
    }
}
