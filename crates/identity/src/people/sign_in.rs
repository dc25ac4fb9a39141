//! Signing in with an email address and a password.

use covibe_crypto::{Password, PasswordHash, Verdict};
use covibe_domain::{Email, Failure, Kind, Secret, UserId, boxed};
use covibe_store::{Tx, User};

use super::accounts::email_digest;
use super::companies::read_memberships;
use super::session::{BrowserOrigin, end_other_sessions, start_in};
use crate::attempt_limits::Attempt;
use crate::authentication_state::Identity;
use crate::passwords::Sharer;

/// The maximum number of characters of a typed address that are counted as one.
const ADDRESS: usize = 254;

/// The tokens that somebody gets who has signed in by a password.
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
    /// The failure that they get.
    pub failure: Failure,
    /// The person who has the address, if there is one; for the audit only.
    pub of: Option<UserId>,
}

impl From<Failure> for RefusedSignIn {
    fn from(failure: Failure) -> Self {
        Self { failure, of: None }
    }
}

impl Identity {
    /// Signs a person in. Links of admins for them are void. An address that nobody has costs the same work and gets the
    /// same answer as a wrong password.
    ///
    /// # Errors
    ///
    /// Unauthenticated if either is wrong; limited after too many attempts with this address from the client's network
    /// or site, or from this client, in a browser with which the person has signed in before after too many of this
    /// browser alone, or if too many people sign in at this moment.
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
            Ok(email) => self.find_by_email(&email).await?,
            Err(_) => None,
        };
        let of = known.as_ref().map(|(user, _)| user.id.clone());
        let known = known.and_then(|(user, hash)| Some((user, hash?)));
        let id = known.as_ref().and_then(|(user, hash)| self.known_browser(&from, &user.id, hash));
        let own = known.as_ref().filter(|_| id.is_some()).map(|(user, _)| user.id.clone());
        if let Some(user) = &own {
            self.attempts.make(Attempt::OwnPassword(user)).await?;
        }
        let attempt = self.count_password(&typed, own.as_ref().zip(id), &from).await?;
        let stored = known.as_ref().map(|(_, hash)| PasswordHash::from_stored(hash.expose()));
        let sharer = match &own {
            Some(user) => Some(self.sharer_of_person(user).await?),
            None => sharer_of(&from),
        };
        let verdict = self.passwords.verify(password.clone(), stored, sharer.clone()).await?;
        let Some((user, hash)) = known.filter(|_| verdict != Verdict::Wrong) else {
            return Err(RefusedSignIn { failure: wrong_credentials(), of });
        };
        self.attempts.forgive(attempt, &user.id).await?;
        let hash = match verdict {
            Verdict::Outdated => self.renew_hash(&user, password, hash, sharer).await?,
            Verdict::Right | Verdict::Wrong => Some(hash),
        };
        let session = match &hash {
            Some(hash) => self.start_without_links(&user.id, hash, from.clone()).await?,
            None => None,
        };
        let (Some(hash), Some(session)) = (hash, session) else {
            return Err(RefusedSignIn { failure: wrong_credentials(), of });
        };
        let browser = self.browser_cookie(id, &user.id, &hash);
        Ok(PasswordSignIn { session, browser })
    }

    /// Counts that somebody signs in with a password and this address: in a browser with which its owner has signed in
    /// before, apart from all others, and otherwise with those of its network. Returns the attempt that a right one gives
    /// back.
    async fn count_password<'a>(
        &self,
        typed: &'a str,
        known: Option<(&'a UserId, &'a str)>,
        from: &BrowserOrigin,
    ) -> Result<Attempt<'a>, Failure> {
        let attempt = if let Some((user, browser)) = known {
            Attempt::KnownBrowser(user, browser)
        } else {
            self.count_sign_in(from).await?;
            if let Some(address) = from.address {
                self.attempts.make(Attempt::PasswordFromSite(typed, address)).await?;
            }
            Attempt::Password(typed, from.address)
        };
        self.attempts.make(attempt).await?;
        Ok(attempt)
    }

    /// Starts a session of a person whose password was right, and voids the links that admins made for them: a person
    /// who can sign in needs none, and their makers know them. Returns `None` if the person has another password since.
    async fn start_without_links(
        &self,
        user: &UserId,
        verified: &Secret,
        from: BrowserOrigin,
    ) -> Result<Option<Secret>, Failure> {
        let mut tx = self.store.person(user).await?;
        if !is_still(&mut tx, verified).await? {
            return Ok(None);
        }
        tx.delete_links().await?;
        let token = start_in(&mut tx, from, None).await?;
        tx.commit().await?;
        Ok(Some(token))
    }

    /// Changes the password of a person who is signed in and knows the current one, and ends their other
    /// sessions and their links.
    ///
    /// # Errors
    ///
    /// Forbidden if the current one is wrong; limited after too many attempts.
    #[boxed]
    pub async fn change_password(
        &self,
        of: &super::SignedIn,
        present: Secret,
        new: Password,
    ) -> Result<(), Failure> {
        self.by_passwords()?;
        let attempt = Attempt::PresentPassword(&of.user.id, &of.session);
        self.attempts.make(attempt).await?;
        self.attempts.make(Attempt::OwnPassword(&of.user.id)).await?;
        let mut tx = self.store.person_read(&of.user.id).await?;
        let stored = tx.person().await?.and_then(|(_, hash)| hash);
        tx.commit().await?;
        let typed = stored.as_ref().map(|hash| PasswordHash::from_stored(hash.expose()));
        let sharer = Some(self.sharer_of_person(&of.user.id).await?);
        let verdict = self.passwords.verify(present, typed, sharer.clone()).await?;
        let verified = stored.filter(|_| verdict != Verdict::Wrong).ok_or_else(wrong_present)?;
        self.attempts.forgive(attempt, &of.user.id).await?;
        let hash = self.hash_password(new, sharer).await?;
        self.replace_password(of, &verified, &hash).await
    }

    /// Stores the new password of a person whose current one was right.
    ///
    /// # Errors
    ///
    /// Forbidden if they have another one since.
    async fn replace_password(
        &self,
        of: &super::SignedIn,
        verified: &Secret,
        hash: &Secret,
    ) -> Result<(), Failure> {
        let mut tx = self.store.person(&of.user.id).await?;
        if !is_still(&mut tx, verified).await? {
            return Err(wrong_present());
        }
        tx.set_password(hash).await?;
        tx.delete_links().await?;
        end_other_sessions(&mut tx, of).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Counts that somebody signs in from a client, for its network and its site.
    ///
    /// # Errors
    ///
    /// Limited after too many attempts.
    pub(crate) async fn count_sign_in(&self, from: &BrowserOrigin) -> Result<(), Failure> {
        let Some(address) = from.address else { return Ok(()) };
        let attempts = [Attempt::SignIn(address), Attempt::SignInFromSite(address)];
        self.attempts.make_all(&attempts).await
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
        self.hash_password(password, sharer_of(from)).await
    }

    /// Returns the hash of a new password.
    ///
    /// # Errors
    ///
    /// Limited if too many people sign in at this moment.
    async fn hash_password(
        &self,
        password: Password,
        of: Option<Sharer>,
    ) -> Result<Secret, Failure> {
        let hash = self.passwords.hash(password, of).await?;
        Ok(Secret::new(hash.as_str()))
    }

    /// Returns the share of a person who is known, with their companies.
    async fn sharer_of_person(&self, user: &UserId) -> Result<Sharer, Failure> {
        let own = read_memberships(&self.store, user).await?;
        Ok(Sharer::Person(user.clone(), own.into_iter().map(|one| one.tenant).collect()))
    }

    /// Returns the person with this email address, and the hash of their password.
    pub(super) async fn find_by_email(
        &self,
        email: &Email,
    ) -> Result<Option<(User, Option<Secret>)>, Failure> {
        let mut tx = self.store.credential(&email_digest(email)).await?;
        let known = tx.user_by_credential().await?;
        tx.commit().await?;
        Ok(known)
    }

    /// Rehashes a right password that is stored with outdated parameters. Returns the hash that is stored from then on;
    /// `None` if the person has another password since.
    async fn renew_hash(
        &self,
        user: &User,
        password: Secret,
        verified: Secret,
        of: Option<Sharer>,
    ) -> Result<Option<Secret>, Failure> {
        let Ok(password) = Password::new(&password) else { return Ok(Some(verified)) };
        let hash = self.hash_password(password, of).await?;
        let mut tx = self.store.person(&user.id).await?;
        if !is_still(&mut tx, &verified).await? {
            return Ok(None);
        }
        tx.set_password(&hash).await?;
        tx.commit().await?;
        Ok(Some(hash))
    }
}

/// Returns whether the person of the scope still has the password with this hash, until the transaction ends. Comparing a
/// password takes its time, and meanwhile the account may be of somebody else.
async fn is_still(tx: &mut Tx, verified: &Secret) -> Result<bool, Failure> {
    tx.lock_person().await?;
    Ok(tx.person().await?.and_then(|(_, hash)| hash).as_ref() == Some(verified))
}

/// Returns the share of those who sign in from there in an unknown browser.
fn sharer_of(from: &BrowserOrigin) -> Option<Sharer> {
    from.address.map(Sharer::of_client)
}

fn wrong_present() -> Failure {
    Failure::forbidden("The current password is wrong.")
}

fn wrong_credentials() -> Failure {
    Failure::new(Kind::Unauthenticated, "The email address or the password is wrong.")
        .hint("If you forgot the password, ask an admin of your company for a link.")
}

#[cfg(test)]
mod tests;
