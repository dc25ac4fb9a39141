//! One-time links: they open a session, or the page on which a person chooses their password.

use std::time::Duration;

use covibe_crypto::{MintedToken, Password, digest, mint_token};
use covibe_domain::{Failure, Secret, Timestamp, UserId};
use covibe_store::{LinkPurpose, OneTimeLink, User};

use super::session::{BrowserOrigin, start_in};
use crate::identity::Identity;

/// How long a link by which a person chooses their password is valid.
pub const PASSWORD_LINK: Duration = Duration::from_hours(7 * 24);

/// How long a link that opens a session is valid.
const SIGN_IN_LINK: Duration = Duration::from_hours(24);

/// What a link opened.
#[derive(Debug)]
pub enum Opened {
    /// A session, whose token this is. The link is used up.
    Session(Secret),
    /// The page on which its person chooses their password. The link is used up when they have.
    Password(User),
}

impl Identity {
    /// Creates a link for a person, and returns its token. Earlier links of theirs for the same are void.
    ///
    /// Whoever has the link is that person: it is for them alone.
    pub async fn create_link(
        &self,
        user: &UserId,
        purpose: LinkPurpose,
    ) -> Result<Secret, Failure> {
        let MintedToken { token, digest } = mint_token();
        let now = Timestamp::now();
        let lasts = match purpose {
            LinkPurpose::SignIn => SIGN_IN_LINK,
            LinkPurpose::Password => PASSWORD_LINK,
        };
        let expires_at = now.after(lasts);
        let mut tx = self.store.person(user).await?;
        tx.delete_links().await?;
        tx.insert_link(&OneTimeLink { digest, user: user.clone(), purpose, expires_at }, now)
            .await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Opens a link.
    ///
    /// # Errors
    ///
    /// Not found if it was never made, has expired or was used.
    pub async fn open_link(&self, token: &str, from: BrowserOrigin) -> Result<Opened, Failure> {
        let link = self.link(token).await?;
        let mut tx = self.store.person(&link.user).await?;
        let (user, _) = tx.person().await?.ok_or_else(void_link)?;
        if link.purpose == LinkPurpose::Password {
            tx.commit().await?;
            return Ok(Opened::Password(user));
        }
        if !tx.take_link(&link.digest).await? {
            return Err(void_link());
        }
        let session = start_in(&mut tx, from, None).await?;
        tx.commit().await?;
        Ok(Opened::Session(session))
    }

    /// Stores the password that a person has chosen by a link, ends the sessions that they had, and returns the token of
    /// a new one. The link is used up.
    ///
    /// # Errors
    ///
    /// Not found if the link was never made, has expired or was used.
    pub async fn set_password_by_link(
        &self,
        token: &str,
        password: Password,
        from: BrowserOrigin,
    ) -> Result<Secret, Failure> {
        self.by_passwords()?;
        let link = self.link(token).await?;
        if link.purpose != LinkPurpose::Password {
            return Err(void_link());
        }
        let hash = self.hash_chosen(password, &from).await?;
        let mut tx = self.store.person(&link.user).await?;
        if !tx.take_link(&link.digest).await? {
            return Err(void_link());
        }
        tx.set_password(&hash).await?;
        tx.delete_links().await?;
        tx.delete_sessions(None).await?;
        let session = start_in(&mut tx, from, None).await?;
        tx.commit().await?;
        Ok(session)
    }

    async fn link(&self, token: &str) -> Result<OneTimeLink, Failure> {
        let digest = digest(token);
        let mut tx = self.store.credential(&digest).await?;
        let link = tx.presented_link(&digest).await?;
        tx.commit().await?;
        link.filter(|link| link.expires_at > Timestamp::now()).ok_or_else(void_link)
    }
}

pub(super) fn void_link() -> Failure {
    Failure::not_found("This link is not valid: it was used, or has expired.")
        .hint("Ask whoever gave it to you for another one.")
}
