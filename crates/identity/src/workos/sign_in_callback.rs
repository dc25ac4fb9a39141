//! Finishing a sign-in: from the parameters that the browser brings back to a person and a session.

use std::time::Duration;

use covibe_domain::{Failure, KeyDigest, Secret, TenantId, UserId, boxed};
use covibe_store::{AttemptRate, ShareOf};
use covibe_workos::{Authentication, Grant, SignInError, Visitor};

use super::pending_sign_in::{LIFETIME, Pending};
use super::workos_errors::{failed_sign_in, impersonated, not_signed_in, not_started};
use crate::identity_provider::Provider;
use crate::people::{BrowserOrigin, start_in};

/// The longest code, in bytes; real ones have 26.
const CODE: usize = 256;

/// The cookie and the parameters with which a browser comes back.
#[derive(Clone, Copy, Debug)]
pub struct SignInCallback<'a> {
    /// The cookie that it got when the sign-in was started.
    pub cookie: Option<&'a str>,
    /// The state.
    pub state: Option<&'a str>,
    /// The code.
    pub code: Option<&'a str>,
}

/// A sign-in that was finished.
#[derive(Debug)]
pub struct FinishedSignIn {
    /// The token of the session, which is always a new one.
    pub token: Secret,
    /// Where it leads: a path of this server.
    pub return_to: String,
}

impl Provider {
    /// Opens the cookie of a browser that comes back.
    ///
    /// # Errors
    ///
    /// Forbidden for a sign-in that this browser has not started.
    pub(super) fn open_pending(&self, back: SignInCallback<'_>) -> Result<Pending, Failure> {
        let (cookie, state) = back.cookie.zip(back.state).ok_or_else(not_started)?;
        Pending::open(&self.seals, cookie, state).ok_or_else(not_started)
    }

    /// Finishes a sign-in.
    ///
    /// A state that came back is used up for as long as its cookie would be valid, on all instances, so that no
    /// sign-in is finished twice. The code is used up at WorkOS, too.
    ///
    /// # Errors
    ///
    /// Forbidden for a sign-in that came back before, and for somebody at WorkOS who acts in the person's name;
    /// unauthenticated if WorkOS does not sign the person in, or its token can't be trusted.
    #[boxed]
    pub(super) async fn finish(
        &self,
        pending: Pending,
        code: Option<&str>,
        from: BrowserOrigin,
    ) -> Result<FinishedSignIn, Failure> {
        self.use_up(&pending).await?;
        let code = code.filter(|code| (1..=CODE).contains(&code.len()));
        let code = Secret::new(code.ok_or_else(not_signed_in)?);
        let grant = Grant::Code { code: &code, verifier: &pending.verifier };
        let signed_in = self.exchange(grant, &from).await?;
        if self.refuses(&signed_in) {
            return Err(impersonated());
        }
        let user = self.person(&signed_in.user).await?;
        let tenants = self.take_over(&user, &signed_in.user).await?;
        // Afterwards: if the process dies in between, the address that the person was invited by is still known.
        self.update(&user, &signed_in.user).await?;
        let chosen = signed_in.claims.organization.as_ref();
        let tenant = tenants.iter().find(|(organization, _)| Some(organization) == chosen);
        // A person in several companies chooses one themselves: WorkOS named the first.
        let tenant = tenant.filter(|_| tenants.len() == 1).map(|(_, tenant)| tenant);
        let token = self.start(&user.id, &signed_in, from, tenant).await?;
        Ok(FinishedSignIn { token, return_to: pending.return_to })
    }

    /// Returns whether somebody at WorkOS acts in the person's name although that is not allowed.
    pub(super) fn refuses(&self, signed_in: &Authentication) -> bool {
        signed_in.is_impersonated && !self.allows_impersonation
    }

    /// Marks a state as used.
    async fn use_up(&self, pending: &Pending) -> Result<(), Failure> {
        const MARGIN: Duration = Duration::from_mins(1);
        let digest = covibe_crypto::digest(&format!("state:{}", pending.state.expose()));
        let once = AttemptRate { burst: 1, every: LIFETIME + MARGIN };
        let outcome = self.store.attempt(ShareOf::Strangers, &digest, once).await?;
        outcome.map_err(|_| not_started())
    }

    /// Exchanges a grant. A person who belongs to several organisations goes on with the first: they work in all of
    /// them here, and choose in the console.
    async fn exchange(
        &self,
        grant: Grant<'_>,
        from: &BrowserOrigin,
    ) -> Result<Authentication, Failure> {
        let visitor = Visitor { address: from.address, agent: from.agent.as_deref() };
        match self.client.authenticate(grant, visitor).await {
            Err(SignInError::Choose(selection)) => {
                let first = selection.organizations.first().ok_or_else(not_signed_in)?;
                let choice =
                    Grant::Organization { pending: &selection.pending, organization: &first.id };
                self.client.authenticate(choice, visitor).await.map_err(failed_sign_in)
            }
            outcome => outcome.map_err(failed_sign_in),
        }
    }

    /// Starts the session, which makes the person's links void, and stores with it the session and refresh WorkOS
    /// token.
    async fn start(
        &self,
        user: &UserId,
        signed_in: &Authentication,
        from: BrowserOrigin,
        tenant: Option<&TenantId>,
    ) -> Result<Secret, Failure> {
        let sealed = self.seal_refresh_token(user.as_str(), &signed_in.refresh_token);
        let sealed = sealed.ok_or_else(not_signed_in)?;
        let mut tx = self.store.person(user).await?;
        tx.delete_links().await?;
        let token = start_in(&mut tx, from, tenant).await?;
        let digest: KeyDigest = covibe_crypto::digest(token.expose());
        tx.begin_provider_session(&digest, signed_in.claims.session.as_str(), &sealed).await?;
        tx.commit().await?;
        Ok(token)
    }
}
