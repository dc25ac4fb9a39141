//! Signing in and out where people sign in with WorkOS.

use std::sync::Arc;

use covibe_domain::{Failure, boxed};
use covibe_workos::CallStatistics;
use url::Url;

use super::sign_in_callback::{FinishedSignIn, SignInCallback};
use super::sign_in_start::{SignInRequest, StartedSignIn};
use super::workos_errors::lost_sign_in;
use crate::authentication_state::Identity;
use crate::identity_provider::{CallReason, Provider};
use crate::people::{BrowserOrigin, SignedIn};

impl Identity {
    /// Returns whether people sign in with WorkOS, and not by passwords.
    pub fn signs_in_by_workos(&self) -> bool {
        self.provider().is_some()
    }

    /// Returns the statistics of the calls to WorkOS; `None` where people sign in by passwords.
    pub fn workos_observed(&self) -> Option<&CallStatistics> {
        self.provider().map(|provider| provider.client.statistics())
    }

    /// Starts a sign-in: returns where to send the browser, and the cookie that it takes along.
    ///
    /// # Errors
    ///
    /// Not found where people sign in by passwords.
    pub fn begin_sign_in(&self, request: SignInRequest<'_>) -> Result<StartedSignIn, Failure> {
        self.workos()?.begin(request)
    }

    /// Finishes a sign-in with what the browser brings back, and returns the token of a new session.
    ///
    /// # Errors
    ///
    /// Forbidden for a sign-in that this browser has not started, or that came back before; unauthenticated if
    /// WorkOS does not sign the person in, or its token can't be trusted; limited after too many attempts.
    #[boxed]
    pub async fn finish_sign_in<'a>(
        &'a self,
        back: SignInCallback<'a>,
        from: BrowserOrigin,
    ) -> Result<FinishedSignIn, Failure> {
        let provider = self.workos()?.calling_for(CallReason::SignIn(from.address));
        // First: a page of another site can lead the browsers of a network here, but not with the state of a sign-in that
        // they have started, and must not use up their attempts.
        let pending = provider.open_pending(back)?;
        self.count_sign_in(&from).await?;
        let code = back.code.map(str::to_owned);
        // As a task: a client that leaves must not interrupt the changes that follow, nor the entries after them.
        let finishing =
            tokio::spawn(async move { provider.finish(pending, code.as_deref(), from).await });
        finishing.await.unwrap_or_else(|_| Err(lost_sign_in()))
    }

    /// Returns the address at which a person who signs out here signs out of WorkOS, too; `None` for a session
    /// that does not exist there.
    #[boxed]
    pub async fn logout_address(&self, of: &SignedIn) -> Result<Option<Url>, Failure> {
        match self.provider() {
            Some(provider) => provider.logout(&of.user.id, &of.session).await,
            None => Ok(None),
        }
    }

    /// Makes the companies that a person has founded organisations at WorkOS. Does nothing where people sign in
    /// by passwords. Anything that this leaves undone is done at the next sign-in.
    #[boxed]
    pub async fn found_at_workos(&self, of: &SignedIn) -> Result<(), Failure> {
        match self.provider() {
            Some(provider) => {
                let user = &of.user.id;
                provider.calling_for(CallReason::Founder(user)).found_for(user).await
            }
            None => Ok(()),
        }
    }

    fn workos(&self) -> Result<&Arc<Provider>, Failure> {
        self.provider().ok_or_else(|| {
            Failure::not_found("People sign in here with a password.").hint("Go to /auth/sign-in.")
        })
    }
}
