//! Signing in with an email address and a password.

use std::net::IpAddr;

use covibe_crypto::{Password, PasswordHash, Verdict};
use covibe_domain::{Email, Failure, Kind, Secret, UserId, boxed};
use covibe_store::User;

use super::credentials::email_digest;
use super::session::{BrowserOrigin, end_other_sessions, start_in};
use crate::attempts::Attempt;
use crate::identity::Identity;

/// The most characters of a typed address that are counted as one.
const ADDRESS: usize = 254;

/// What somebody gets who has signed in by a password.
#[derive(Debug)]
pub struct PasswordSignIn {
    /// The token of their session.
    pub session: Secret,
    /// The cookie that makes the browser one which they have signed in with.
    pub browser: Option<Secret>,
}

/// Why a person was not signed in.
#[derive(Debug)]
pub struct RefusedSignIn {
    /// What they get as the answer.
    pub failure: Failure,
    /// Whose address it was, if somebody's; for the audit only.
    pub of: Option<UserId>,
}

impl From<Failure> for RefusedSignIn {
    fn from(failure: Failure) -> Self {
        Self { failure, of: None }
    }
}

impl Identity {
    /// Signs a person in. Their links are void. An address that nobody has costs the same work and gets the same answer as
    /// a wrong password.
    ///
    /// # Errors
    ///
    /// Unauthenticated if either is wrong; limited after too many attempts with this address or from this
    /// client, in a browser with which the person has signed in before after too many of this browser alone, or if too
    /// many people sign in at this moment.
    #[boxed]
    pub async fn sign_in(
        &self,
        email: &str,
        password: Secret,
        from: BrowserOrigin,
    ) -> Result<PasswordSignIn, RefusedSignIn> {
        self.by_passwords()?;
        let typed: String = email.trim().to_lowercase().chars().take(ADDRESS).collect();
        let known = match typed.parse::<Email>() {
            Ok(email) => self.known(&email).await?,
            Err(_) => None,
        };
        let of = known.as_ref().map(|(user, _)| user.id.clone());
        let known = known.and_then(|(user, hash)| Some((user, hash?)));
        let id = known.as_ref().and_then(|(user, hash)| self.known_browser(&from, &user.id, hash));
        let attempt = self.count_password(&typed, id, &from).await?;
        let stored = known.as_ref().map(|(_, hash)| PasswordHash::stored(hash.expose()));
        // The share of a client's network is for those who are not known.
        let network = from.address.filter(|_| id.is_none());
        let verdict = self.passwords.verify(password.clone(), stored, network).await?;
        let Some((user, hash)) = known.filter(|_| verdict != Verdict::Wrong) else {
            return Err(RefusedSignIn { failure: wrong(), of });
        };
        self.attempts.forgive(attempt).await?;
        let renewed = if verdict == Verdict::Outdated {
            self.renew_hash(&user, password, &from).await?
        } else {
            None
        };
        let browser = self.browser_cookie(id, &user.id, &renewed.unwrap_or(hash));
        let session = self.start_without_links(&user, from.clone()).await?;
        Ok(PasswordSignIn { session, browser })
    }

    /// Counts that somebody signs in with a password and this address: in a browser with which its owner has signed in
    /// before, apart from all others, and otherwise with those of its network.
    async fn count_password<'a>(
        &self,
        typed: &'a str,
        browser: Option<&'a str>,
        from: &BrowserOrigin,
    ) -> Result<Attempt<'a>, Failure> {
        let attempt = if let Some(id) = browser {
            Attempt::KnownBrowser(id)
        } else {
            self.count_sign_in(from).await?;
            Attempt::Password(typed, from.address)
        };
        self.attempts.make(attempt).await?;
        Ok(attempt)
    }

    /// Starts a session, and voids the links of its person: who can sign in needs none, and their makers know them.
    async fn start_without_links(
        &self,
        user: &User,
        from: BrowserOrigin,
    ) -> Result<Secret, Failure> {
        let mut tx = self.store.person(&user.id).await?;
        tx.delete_links().await?;
        let token = start_in(&mut tx, from, None).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Changes the password of a person who is signed in and knows the present one, and ends their other
    /// sessions and their links.
    ///
    /// # Errors
    ///
    /// Forbidden if the present one is wrong; limited after too many attempts.
    #[boxed]
    pub async fn change_password(
        &self,
        of: &super::SignedIn,
        present: Secret,
        new: Password,
    ) -> Result<(), Failure> {
        self.by_passwords()?;
        let attempt = Attempt::PresentPassword(&of.session);
        self.attempts.make(attempt).await?;
        let mut tx = self.store.person_read(&of.user.id).await?;
        let stored = tx.person().await?.and_then(|(_, hash)| hash);
        tx.commit().await?;
        let stored = stored.map(|hash| PasswordHash::stored(hash.expose()));
        if self.passwords.verify(present, stored, None).await? == Verdict::Wrong {
            return Err(Failure::forbidden("The present password is wrong."));
        }
        self.attempts.forgive(attempt).await?;
        let hash = self.hash_password(new, None).await?;
        let mut tx = self.store.person(&of.user.id).await?;
        tx.set_password(&hash).await?;
        tx.delete_links().await?;
        end_other_sessions(&mut tx, of).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Counts that somebody signs in from a client.
    ///
    /// # Errors
    ///
    /// Limited after too many attempts.
    pub(crate) async fn count_sign_in(&self, from: &BrowserOrigin) -> Result<(), Failure> {
        match from.address {
            Some(address) => self.attempts.make(Attempt::SignIn(address)).await,
            None => Ok(()),
        }
    }

    /// Returns the hash of a password that somebody chooses who has proved by a link that they may, which is an attempt
    /// to sign in like others. Nothing is hashed for others.
    ///
    /// # Errors
    ///
    /// Limited after too many attempts from this client, or if too many people sign in at this moment.
    pub(super) async fn hash_chosen(
        &self,
        password: Password,
        from: &BrowserOrigin,
    ) -> Result<Secret, Failure> {
        self.count_sign_in(from).await?;
        self.hash_password(password, from.address).await
    }

    /// Returns the hash of a new password.
    ///
    /// # Errors
    ///
    /// Limited if too many people sign in at this moment.
    async fn hash_password(
        &self,
        password: Password,
        from: Option<IpAddr>,
    ) -> Result<Secret, Failure> {
        let hash = self.passwords.hash(password, from).await?;
        Ok(Secret::new(hash.as_str()))
    }

    /// Returns the person with this email address, and the hash of their password.
    pub(super) async fn known(
        &self,
        email: &Email,
    ) -> Result<Option<(User, Option<Secret>)>, Failure> {
        let mut tx = self.store.credential(&email_digest(email)).await?;
        let known = tx.user_by_credential().await?;
        tx.commit().await?;
        Ok(known)
    }

    /// Hashes a password again whose hash has parameters of former times, and returns the new hash.
    async fn renew_hash(
        &self,
        user: &User,
        password: Secret,
        from: &BrowserOrigin,
    ) -> Result<Option<Secret>, Failure> {
        let Ok(password) = Password::new(&password) else { return Ok(None) };
        let hash = self.hash_password(password, from.address).await?;
        let mut tx = self.store.person(&user.id).await?;
        tx.set_password(&hash).await?;
        tx.commit().await?;
        Ok(Some(hash))
    }
}

fn wrong() -> Failure {
    Failure::new(Kind::Unauthenticated, "The email address or the password is wrong.")
        .hint("If you forgot the password, ask an admin of your company for a link.")
}
