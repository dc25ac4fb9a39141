//! The session of the person: from their sign-in to its end.

use anyhow::{Result, bail, ensure};
use covibe_domain::Secret;
use covibe_workos::{
    Authentication, Claims, Grant, OrganizationId, SignInError, UserId, Visitor, WorkOs,
};

use super::workos_api::Tokens;

/// A session, by tokens that were verified as the server verifies them.
pub(crate) struct Session {
    pub(crate) claims: Claims,
    /// The refresh token that is valid.
    refresh: Secret,
    /// The one before.
    used: Option<Secret>,
}

impl Session {
    /// Verifies the tokens of a person who has signed in.
    pub(crate) async fn verify_tokens(
        client: &WorkOs,
        tokens: Tokens,
        (user, organization): (&UserId, &OrganizationId),
    ) -> Result<Self> {
        let claims = client.verify(&tokens.access).await?;
        ensure!(claims.user == *user, "the token is about somebody else");
        let is_there = claims.organization.as_ref() == Some(organization);
        ensure!(is_there, "the token does not name the organisation");
        Ok(Self { claims, refresh: tokens.refresh, used: None })
    }

    /// Renews it, and returns what the new token says of the role.
    pub(crate) async fn renew(&mut self, client: &WorkOs) -> Result<Option<String>> {
        let Authentication { claims, refresh_token, .. } = refresh(client, &self.refresh).await?;
        ensure!(claims.session == self.claims.session, "it is another session");
        ensure!(refresh_token != self.refresh, "the refresh token is the same one");
        self.used = Some(std::mem::replace(&mut self.refresh, refresh_token));
        self.claims = claims;
        Ok(self.claims.role.clone())
    }

    /// Sees that a refresh token is valid once.
    pub(crate) async fn replay(&self, client: &WorkOs) -> Result<()> {
        let Some(used) = &self.used else { bail!("no refresh token was used") };
        expect_refusal(refresh(client, used).await)
    }

    /// Ends it at WorkOS, and sees that it is no longer renewed.
    pub(crate) async fn revoke(&self, client: &WorkOs) -> Result<()> {
        client.revoke_session(&self.claims.session).await?;
        expect_refusal(refresh(client, &self.refresh).await)
    }
}

async fn refresh(client: &WorkOs, token: &Secret) -> Result<Authentication, SignInError> {
    let grant = Grant::Refresh { token, organization: None };
    client.authenticate(grant, Visitor::default()).await
}

fn expect_refusal(outcome: Result<Authentication, SignInError>) -> Result<()> {
    match outcome {
        Err(SignInError::Spent) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => bail!("it was accepted"),
    }
}
