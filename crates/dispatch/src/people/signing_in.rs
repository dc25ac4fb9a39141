//! Signing in and out and changing one's password, in the audit of the company where the person works. A member of
//! several companies chooses one first: until then their session opens nothing. Nothing is audited for somebody without
//! a company.

use std::sync::Arc;

use covibe_crypto::Password;
use covibe_domain::{Failure, Kind, Secret, TenantId, UserId, boxed};
use covibe_identity::{
    BrowserOrigin, PasswordSignIn, RefusedSignIn, SignedIn, Standing, Whereabouts,
};
use covibe_policy::Principal;
use covibe_workspace::{Draft, Platform};
use serde_json::Value;

use super::CHANGE_PASSWORD;
use crate::call::Surface;
use crate::call_recording;
use crate::dispatcher::Dispatcher;
use crate::request_origin::Request;

/// The number of equal refusals of a person within a minute that get an audit entry each.
const ALONE: u32 = 3;

const SIGN_IN: &str = "people.sign_in";
const SIGN_OUT: &str = "people.sign_out";

impl Dispatcher {
    /// Signs a person in by their password. A wrong password for a known address is audited.
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
        let RefusedSignIn { failure, of } = refused;
        if let Some(user) = of {
            self.note_refused_sign_in(user, failure.kind, request);
        }
        Err(failure)
    }

    /// Audits a wrong password. In the background: an answer that waited for this would show, by its time, that
    /// somebody has the address.
    fn note_refused_sign_in(&self, user: UserId, kind: Kind, request: &Request) {
        let (platform, refusals) = (Arc::clone(&self.platform), self.refusals.clone());
        let request = request.clone();
        self.in_background(async move {
            if let Some(principal) = principal_of(&platform, &user).await {
                let draft = console_draft(&platform, &principal, SIGN_IN, &request);
                refusals.note(draft, kind.code(), ALONE).await;
            }
        });
    }

    /// Changes the password of a person who knows the current one, which ends their other sessions. Both the change,
    /// before it begins, and a refusal are audited.
    ///
    /// # Errors
    ///
    /// Forbidden if the current one is wrong; limited after too many attempts; unready if the audit can't be written.
    #[boxed]
    pub async fn change_password(
        &self,
        of: &SignedIn,
        present: Secret,
        new: Password,
        request: &Request,
    ) -> Result<(), Failure> {
        let run = self.identity().change_password(of, present, new);
        let Some(principal) = principal_of(&self.platform, &of.user.id).await else {
            return run.await;
        };
        let draft = console_draft(&self.platform, &principal, CHANGE_PASSWORD, request);
        call_recording::change(self.platform.auditor(), draft, run, |draft, ()| draft).await
    }

    /// Audits the sign-in of the person whose new session has this token.
    #[boxed]
    pub async fn note_signed_in(&self, token: &Secret, request: &Request) {
        let of = self.identity().session(token.expose(), false).await;
        if let Ok(Some(of)) = of {
            self.note_where_they_work(&of, SIGN_IN, request).await;
        }
    }

    /// Audits the sign-out of a person.
    #[boxed]
    pub async fn note_signed_out(&self, of: &SignedIn, request: &Request) {
        self.note_where_they_work(of, SIGN_OUT, request).await;
    }

    /// Takes a person to one of their companies, in whose audit their sign-in is from now on.
    ///
    /// # Errors
    ///
    /// Forbidden for a company that they are not a member of, whether or not it exists.
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
        let draft = console_draft(&self.platform, &caller.principal, what, request);
        self.platform.auditor().note(draft.outcome("ok")).await;
    }
}

fn console_draft(
    platform: &Platform,
    by: &Principal,
    what: &'static str,
    request: &Request,
) -> Draft {
    let draft = platform.audit(by, what, Surface::Console.as_str(), Some(request.id()));
    platform.with_digest(draft, &Value::Null)
}

/// Returns a person as a principal of the company where they worked last.
async fn principal_of(platform: &Platform, user: &UserId) -> Option<Principal> {
    let caller = platform.identity().caller_of(user).await.ok()??;
    Some(caller.principal)
}

/// Returns whether the sign-in of a member is not in any audit yet, because entries belong to a workspace.
fn is_untold(at: &Whereabouts) -> bool {
    match at {
        Whereabouts::Unchosen => true,
        Whereabouts::At { standing, .. } => standing.workspaces.is_empty(),
        Whereabouts::Nowhere => false,
    }
}

fn not_theirs() -> Failure {
    Failure::forbidden("You are not a member of this company.")
        .hint("Choose one that the page lists.")
}
