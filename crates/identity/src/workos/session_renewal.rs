//! Renewal at WorkOS, about once an hour of a session, and signing out there.

use covibe_domain::{Failure, SessionId, Timestamp, UserId};
use covibe_store::{AttemptRate, SessionRecord, ShareOf};
use covibe_workos::{self as workos, Authentication, Grant, SignInError, Visitor};
use url::Url;

use super::workos_person::check_account;
use crate::identity_provider::{CallReason, Provider};
use crate::people::ROTATION;

impl Provider {
    /// Renews the session at WorkOS, once for each hour since it got its token: also where nothing gives the browser
    /// another token, as on REST. Of several requests, on whatever instance, one does, so that a refresh token is
    /// used once.
    pub(crate) async fn renew_once_an_hour(
        &self,
        of: &SessionRecord,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let age = now.as_millis().saturating_sub(of.rotated_at.as_millis());
        let hours = u128::try_from(age).unwrap_or_default() / ROTATION.as_millis();
        let what = format!("look:{}:{}:{hours}", of.id, of.rotated_at.as_millis());
        let once = AttemptRate { burst: 1, every: ROTATION };
        let (by, what) = (ShareOf::Person(&of.user), covibe_crypto::digest(&what));
        if self.store.attempt(by, &what, once).await?.is_ok() {
            self.renew_in_background(of.user.clone(), of.id.clone());
        }
        Ok(())
    }

    /// Checks in the background whether a session still exists at WorkOS, and copies memberships and changes of the
    /// person from there. A session that has ended at WorkOS ends here; while WorkOS can't be reached, it goes on
    /// with the known state.
    fn renew_in_background(&self, user: UserId, session: SessionId) {
        let provider = self.calling_for(CallReason::Renewal(&user));
        tokio::spawn(async move {
            if let Err(failure) = provider.renew(&user, &session).await {
                tracing::warn!(error = %failure, "memberships were not imported from WorkOS");
            }
        });
    }

    async fn renew(&self, user: &UserId, session: &SessionId) -> Result<(), Failure> {
        let mut tx = self.store.person_read(user).await?;
        let known = tx.provider_session(session).await?;
        let person = tx.person().await?;
        tx.commit().await?;
        // A session that was started by a link of the operator does not exist at WorkOS.
        let (Some((_, Some(sealed))), Some((person, _))) = (known, person) else { return Ok(()) };
        let Some(token) = self.open_refresh_token(user.as_str(), &sealed) else {
            return self.end_session(user, session).await;
        };
        let grant = Grant::Refresh { token: &token, organization: None };
        let renewed = match self.client.authenticate(grant, Visitor::default()).await {
            Ok(renewed) => renewed,
            Err(SignInError::Call(error)) => return Err(error.into()),
            Err(error) => {
                if self.was_renewed(user, session, &sealed).await? {
                    return Ok(());
                }
                tracing::info!(%error, "a session has ended at WorkOS");
                return self.end_with_memberships(user, session).await;
            }
        };
        if self.refuses(&renewed) || check_account(&person, &renewed.user).is_err() {
            return self.end_with_memberships(user, session).await;
        }
        self.store_renewal(user, session, &renewed).await?;
        self.take_over(&person, &renewed.user).await?;
        self.update(&person, &renewed.user).await
    }

    /// Returns whether another renewal has replaced this refresh token meanwhile.
    async fn was_renewed(
        &self,
        user: &UserId,
        session: &SessionId,
        sealed: &str,
    ) -> Result<bool, Failure> {
        let mut tx = self.store.person_read(user).await?;
        let known = tx.provider_session(session).await?;
        tx.commit().await?;
        Ok(known.is_some_and(|(_, present)| present.as_deref() != Some(sealed)))
    }

    async fn store_renewal(
        &self,
        user: &UserId,
        session: &SessionId,
        renewed: &Authentication,
    ) -> Result<(), Failure> {
        let Some(sealed) = self.seal_refresh_token(user.as_str(), &renewed.refresh_token) else {
            return Ok(());
        };
        let mut tx = self.store.person(user).await?;
        let id = renewed.claims.session.as_str();
        tx.set_provider_session(session, id, Some(&sealed)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends a session that WorkOS refused, and the memberships that have ended there: that may be the reason.
    async fn end_with_memberships(
        &self,
        user: &UserId,
        session: &SessionId,
    ) -> Result<(), Failure> {
        self.end_session(user, session).await?;
        self.copy_memberships_of(user).await
    }

    async fn end_session(&self, user: &UserId, session: &SessionId) -> Result<(), Failure> {
        let mut tx = self.store.person(user).await?;
        tx.delete_session(session).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Returns the address at which a browser signs out of WorkOS too, for a session that exists there. It leads
    /// back to this server's origin.
    pub(crate) async fn logout(
        &self,
        user: &UserId,
        session: &SessionId,
    ) -> Result<Option<Url>, Failure> {
        let mut tx = self.store.person_read(user).await?;
        let known = tx.provider_session(session).await?;
        tx.commit().await?;
        let id = known.and_then(|(id, _)| id.parse::<workos::SessionId>().ok());
        let mut home = self.callback.clone();
        home.set_path("/");
        Ok(id.map(|id| self.client.logout_url(&id, &home)))
    }
}
