//! Signing in and out, in the audit of the person's company. Who is a member of none leaves no entry.

use covibe_domain::{Failure, Secret, UserId, boxed};
use covibe_identity::{BrowserOrigin, SignedIn};
use covibe_policy::Principal;
use serde_json::Value;

use crate::call::Surface;
use crate::dispatcher::Dispatcher;
use crate::request::Request;

/// How many equal refusals of a person within a minute leave an audit entry each.
const ALONE: u32 = 3;

const SIGN_IN: &str = "people.sign_in";
const SIGN_OUT: &str = "people.sign_out";

impl Dispatcher {
    /// Signs a person in by their password, and returns the token of their session. A wrong password for an
    /// address that somebody has is audited.
    ///
    /// # Errors
    ///
    /// Unauthenticated if either is wrong; limited after too many attempts.
    #[boxed]
    pub async fn sign_in(
        &self,
        email: &str,
        password: Secret,
        from: BrowserOrigin,
        request: &Request,
    ) -> Result<Secret, Failure> {
        let refused = match self.identity().sign_in(email, password, from).await {
            Ok(token) => return Ok(token),
            Err(refused) => refused,
        };
        if let Some(principal) = self.principal_of(refused.of.as_ref()).await {
            let draft = self.platform.audit(
                &principal,
                SIGN_IN,
                Surface::Console.as_str(),
                Some(request.id()),
            );
            let draft = self.platform.digested(draft, &Value::Null);
            self.refusals.note(draft, refused.failure.kind.code(), ALONE).await;
        }
        Err(refused.failure)
    }

    /// Audits that a person has a new session, whose token this is.
    #[boxed]
    pub async fn note_signed_in(&self, token: &Secret, request: &Request) {
        let of = self.identity().session(token.expose(), false).await;
        if let Ok(Some(of)) = of {
            self.note(&of.user.id, SIGN_IN, request).await;
        }
    }

    /// Audits that a person has ended their session.
    #[boxed]
    pub async fn note_signed_out(&self, of: &SignedIn, request: &Request) {
        self.note(&of.user.id, SIGN_OUT, request).await;
    }

    async fn note(&self, user: &UserId, what: &'static str, request: &Request) {
        let Some(principal) = self.principal_of(Some(user)).await else { return };
        let surface = Surface::Console.as_str();
        let draft = self.platform.audit(&principal, what, surface, Some(request.id()));
        let draft = self.platform.digested(draft, &Value::Null);
        self.platform.auditor().note(draft.outcome("ok")).await;
    }

    /// Returns a person as the principal of their first workspace.
    async fn principal_of(&self, user: Option<&UserId>) -> Option<Principal> {
        let caller = self.identity().caller_of(user?).await.ok()??;
        Some(caller.principal)
    }
}
