//! The first person of an installation, who comes by a link that the server prints.

use covibe_crypto::{MintedToken, Password, digest, mint_token};
use covibe_domain::{Email, Failure, Secret, UserId, boxed};
use covibe_store::{User, UserCredentials};

use super::accounts::{Origin, email_digest, new_user, taken_address};
use super::people_errors::void_link;
use super::session::{BrowserOrigin, start_in};
use crate::authentication_state::Identity;

impl Identity {
    /// Creates the link by which the first person signs up, and returns its token. It replaces an earlier one.
    /// Returns `None` once somebody has, or an admin whom the operator appointed has come in, and where people sign in
    /// with WorkOS.
    #[boxed]
    pub async fn offer_ownership(&self) -> Result<Option<Secret>, Failure> {
        if self.provider().is_some() {
            return Ok(None);
        }
        let MintedToken { token, digest } = mint_token();
        Ok(self.store.offer_ownership(&digest).await?.then_some(token))
    }

    /// Returns whether this is the token of the link by which the first person signs up.
    #[boxed]
    pub async fn offers_ownership(&self, token: &str) -> Result<bool, Failure> {
        Ok(self.store.offers_ownership(&digest(token)).await?)
    }

    /// Returns whether this is the first person of the installation, who may found a company without an invitation.
    #[boxed]
    pub async fn is_owner(&self, user: &UserId) -> Result<bool, Failure> {
        Ok(self.store.is_owner(user).await?)
    }

    /// Returns whether a person may found a company: where people have passwords of ours, only the first one, because
    /// everybody else was invited to one. At WorkOS, everybody may sign up. Nobody may before their address is proved.
    #[boxed]
    pub async fn may_found_company(&self, user: &User) -> Result<bool, Failure> {
        if user.proved_at.is_none() {
            return Ok(false);
        }
        Ok(self.provider().is_some() || self.is_owner(&user.id).await?)
    }

    /// Signs the first person up, and returns the token of their session.
    ///
    /// # Errors
    ///
    /// Not found if the link is not the current one, or somebody has come in; conflict if the email address
    /// belongs to somebody.
    #[boxed]
    pub async fn sign_owner_up(
        &self,
        token: &str,
        email: &Email,
        name: &str,
        password: Password,
        from: BrowserOrigin,
    ) -> Result<Secret, Failure> {
        self.by_passwords()?;
        if !self.offers_ownership(token).await? {
            return Err(void_link());
        }
        let password = self.hash_chosen(password, &from).await?;
        let user = new_user(email, name, Origin::Proved);
        let mut tx = self.store.person(&user.id).await?;
        if !tx.take_ownership(&digest(token), &user.id).await? {
            return Err(void_link());
        }
        let by = UserCredentials {
            email: email_digest(email),
            provider: None,
            password: Some(password),
        };
        tx.insert_user(&user, &by).await.map_err(taken_address)?;
        let session = start_in(&mut tx, from, None).await?;
        tx.commit().await?;
        Ok(session)
    }
}
