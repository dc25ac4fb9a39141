//! Signing in and out and changing one's password, in the audit of the company where the person works. Who is a member
//! of several chooses one first: until then their session opens nothing. Who is a member of none leaves no entry.

use covibe_crypto::Password;
use covibe_domain::{Failure, Secret, TenantId, UserId, boxed};
use covibe_identity::{BrowserOrigin, PasswordSignIn, SignedIn, Standing, Whereabouts};
use covibe_policy::Principal;
use covibe_workspace::Draft;
use serde_json::Value;

use crate::call::Surface;
use crate::dispatcher::Dispatcher;
use crate::recorded;
use crate::request::Request;

/// How many equal refusals of a person within a minute leave an audit entry each.
const ALONE: u32 = 3;

const SIGN_IN: &str = "people.sign_in";
const SIGN_OUT: &str = "people.sign_out";
const CHANGE_PASSWORD: &str = "people.password";

impl Dispatcher {
    /// Signs a person in by their password. A wrong password for an address that somebody has is audited.
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
    ) -> Result<PasswordSignIn, Failure> {
        let refused = match self.identity().sign_in(email, password, from).await {
            Ok(signed_in) => return Ok(signed_in),
            Err(refused) => refused,
        };
        if let Some(principal) = self.principal_of(refused.of.as_ref()).await {
            let draft = self.draft(&principal, SIGN_IN, request);
            self.refusals.note(draft, refused.failure.kind.code(), ALONE).await;
        }
        Err(refused.failure)
    }

    /// Changes the password of a person who knows the present one, which ends their other sessions. That is in the audit
    /// before it begins, and a refusal is, too.
    ///
    /// # Errors
    ///
    /// Forbidden if the present one is wrong; limited after too many attempts; unready if the audit can't be written.
    #[boxed]
    pub async fn change_password(
        &self,
        of: &SignedIn,
        present: Secret,
        new: Password,
        request: &Request,
    ) -> Result<(), Failure> {
        let run = self.identity().change_password(of, present, new);
        let Some(principal) = self.principal_of(Some(&of.user.id)).await else { return run.await };
        let draft = self.draft(&principal, CHANGE_PASSWORD, request);
        recorded::change(self.platform.auditor(), draft, run, |draft, ()| draft).await
    }

    /// Audits that a person has a new session, whose token this is.
    #[boxed]
    pub async fn note_signed_in(&self, token: &Secret, request: &Request) {
        let of = self.identity().session(token.expose(), false).await;
        if let Ok(Some(of)) = of {
            self.note_where_they_work(&of, SIGN_IN, request).await;
        }
    }

    /// Audits that a person has ended their session.
    #[boxed]
    pub async fn note_signed_out(&self, of: &SignedIn, request: &Request) {
        self.note_where_they_work(of, SIGN_OUT, request).await;
    }

    /// Takes a person to one of their companies, in whose audit their sign-in is from now on.
    ///
    /// # Errors
    ///
    /// Forbidden for a company that they are no member of, whether or not it exists.
    #[boxed]
    pub async fn choose_company(
        &self,
        of: &SignedIn,
        tenant: TenantId,
        request: &Request,
    ) -> Result<(), Failure> {
        let identity = self.identity();
        let standing = identity.standing_in(&of.user.id, tenant).await?.ok_or_else(not_theirs)?;
        // Before the session opens anything there: it may be told twice, and is never left out.
        if is_untold(&identity.whereabouts(of).await?) {
            self.note(of, &standing, SIGN_IN, request).await;
        }
        identity.place_session(of, &standing.tenant, None).await
    }

    async fn note_where_they_work(&self, of: &SignedIn, what: &'static str, request: &Request) {
        if let Ok(Some(standing)) = self.identity().standing(of).await {
            self.note(of, &standing, what, request).await;
        }
    }

    async fn note(&self, of: &SignedIn, at: &Standing, what: &'static str, request: &Request) {
        let Ok(caller) = self.identity().caller_at(of, at, None).await else { return };
        let draft = self.draft(&caller.principal, what, request);
        self.platform.auditor().note(draft.outcome("ok")).await;
    }

    fn draft(&self, by: &Principal, what: &'static str, request: &Request) -> Draft {
        let surface = Surface::Console.as_str();
        let draft = self.platform.audit(by, what, surface, Some(request.id()));
        self.platform.digested(draft, &Value::Null)
    }

    /// Returns a person as a principal of the company where they worked last.
    async fn principal_of(&self, user: Option<&UserId>) -> Option<Principal> {
        let caller = self.identity().caller_of(user?).await.ok()??;
        Some(caller.principal)
    }
}

/// Returns whether no audit tells of the sign-in of somebody yet who is a member of a company: an entry is of a workspace.
fn is_untold(at: &Whereabouts) -> bool {
    match at {
        Whereabouts::Unchosen => true,
        Whereabouts::At { standing, .. } => standing.workspaces.is_empty(),
        Whereabouts::Nowhere => false,
    }
}

fn not_theirs() -> Failure {
    Failure::forbidden("You are not a member of this company.")
        .hint("Choose one of those that the page lists.")
}
