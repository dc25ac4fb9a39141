//! Sessions: from a cookie to the person who is signed in.

use std::net::IpAddr;
use std::time::Duration;

use covibe_crypto::{MintedToken, TOKEN_LENGTH, digest, mint_token};
use covibe_domain::{
    Failure, KeyDigest, Secret, SessionId, TenantId, Timestamp, UserId, WorkspaceId, boxed,
};
use covibe_store::{Error, NewSession, SessionRecord, Tx, User};

use super::people_errors::signed_out;
use crate::authentication_state::Identity;

/// The time after which an unused session ends.
const IDLE: Duration = Duration::from_hours(7 * 24);

/// The maximum duration of a session.
const LIFETIME: Duration = Duration::from_hours(30 * 24);

/// The time after which a session gets another token.
pub(crate) const ROTATION: Duration = Duration::from_hours(1);

/// The time for which the token before the current one is accepted: requests with it may be under way.
const OVERLAP: Duration = Duration::from_mins(1);

/// The accuracy of the time at which a session was last used.
const TOUCH: Duration = Duration::from_mins(5);

/// The maximum number of sessions of a person; the longest unused ones end.
const MAX_SESSIONS: usize = 50;

/// The number of characters that are kept of the name of a browser.
const AGENT: usize = 200;

/// Where a person signs in from.
#[derive(Clone, Debug, Default)]
pub struct BrowserOrigin {
    /// The address.
    pub address: Option<IpAddr>,
    /// The name that the browser gives itself (`User-Agent`); 200 characters of it are kept.
    pub agent: Option<String>,
    /// The cookie of a browser with which somebody has signed in by a password before.
    pub known: Option<Secret>,
}

/// A person who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session.
    pub session: SessionId,
    /// The person.
    pub user: User,
    /// The token against forged requests (CSRF) that the session's forms and its writes over REST contain. It is
    /// derived from the session's id and a key of this installation, so that no database has it. It stays when the
    /// session's token is replaced, so that open pages keep working.
    pub csrf: String,
    /// The same by older keys of this installation, for pages that are open while a key is replaced.
    pub(crate) older_csrf: Vec<Secret>,
    /// The tenant where they work at present, if they chose one. Whether they are a member is looked up by
    /// [`Identity::standing`].
    pub tenant: Option<TenantId>,
    /// The workspace where they work at present, if they chose one.
    pub workspace: Option<WorkspaceId>,
    /// The token that the browser has to send from now on, if it is another one.
    pub renewed: Option<Secret>,
}

/// The kinds of requests that present a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenUse {
    /// A request whose answer can give the browser another token.
    Page,
    /// A request whose answer cannot.
    Request,
    /// A stream, again and again: it goes on presenting the token that it began with after a page got another one. That
    /// does not show that somebody copied it, so the session goes on without it.
    Stream,
}

impl Identity {
    /// Starts a session for a person who has proved who they are, and returns its token. It is always a new one: an
    /// earlier token of the browser is worth nothing.
    #[boxed]
    pub async fn start_session(
        &self,
        user: &UserId,
        from: BrowserOrigin,
        tenant: Option<&TenantId>,
    ) -> Result<Secret, Failure> {
        let mut tx = self.store.person(user).await?;
        let token = start_in(&mut tx, from, tenant).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Returns the person who is signed in with a session's token, or `None` if it is no longer valid.
    ///
    /// A session ends after 7 days without use and 30 days after it began. It gets another token about once an
    /// hour, if the answer can give it to the browser; the one before is accepted for a minute more. Later it ends the
    /// session: only somebody who copied it can still have it.
    #[boxed]
    pub async fn session(&self, token: &str, may_renew: bool) -> Result<Option<SignedIn>, Failure> {
        self.find_presented(token, if may_renew { TokenUse::Page } else { TokenUse::Request }).await
    }

    /// Returns the person whose session a token is of, as [`Self::session`] does.
    pub(super) async fn find_presented(
        &self,
        token: &str,
        by: TokenUse,
    ) -> Result<Option<SignedIn>, Failure> {
        let token = if token.len() == TOKEN_LENGTH { token } else { "" };
        let presented = digest(token);
        let mut tx = self.store.credential(&presented).await?;
        let record = tx.presented_session().await?;
        tx.commit().await?;
        let Some(record) = record else { return Ok(None) };
        let now = Timestamp::now();
        if has_ended(&record, now) {
            if by != TokenUse::Stream {
                self.end_session(&record.user, &record.id).await?;
            }
            return Ok(None);
        }
        let renewed = self.renew_if_due(&record, &presented, by == TokenUse::Page, now).await?;
        let mut tx = self.store.person_read(&record.user).await?;
        let person = tx.person().await?;
        tx.commit().await?;
        if let Some(provider) = self.provider()
            && is_over(record.rotated_at, ROTATION, now)
        {
            provider.renew_once_an_hour(&record, now).await?;
        }
        Ok(person.map(|(user, _)| self.signed_in(user, record, renewed)))
    }

    /// Returns a person as one who is signed in.
    fn signed_in(&self, user: User, record: SessionRecord, renewed: Option<Secret>) -> SignedIn {
        let SessionRecord { id: session, tenant, workspace, .. } = record;
        let mut proofs = self.pages.prove(session.as_str()).into_iter();
        let csrf = proofs.next().map(|proof| proof.expose().to_owned()).unwrap_or_default();
        let older_csrf = proofs.collect();
        SignedIn { session, user, csrf, older_csrf, tenant, workspace, renewed }
    }

    /// Records that a session is used, and gives it another token if it is time.
    async fn renew_if_due(
        &self,
        record: &SessionRecord,
        presented: &KeyDigest,
        may_renew: bool,
        now: Timestamp,
    ) -> Result<Option<Secret>, Failure> {
        let is_due = may_renew && !record.is_previous && is_over(record.rotated_at, ROTATION, now);
        if !is_due && !is_over(record.seen_at, TOUCH, now) {
            return Ok(None);
        }
        let mut tx = match self.store.person(&record.user).await {
            // The next request of the session tries again: who only reads a page depends on no changes of others.
            Err(Error::PeoplesShareTaken) => return Ok(None),
            begun => begun?,
        };
        let mut renewed = None;
        if is_due {
            let MintedToken { token, digest } = mint_token();
            // Of two requests at once, one gets the new token; the other one's is accepted for a while.
            renewed = tx.rotate_session(presented, &digest, now).await?.then_some(token);
        } else {
            tx.touch_session(&record.id, now).await?;
        }
        tx.commit().await?;
        Ok(renewed)
    }

    /// Ends a session of a person. Returns false if it had ended.
    #[boxed]
    pub async fn end_session(&self, user: &UserId, session: &SessionId) -> Result<bool, Failure> {
        let mut tx = self.store.person(user).await?;
        let ended = tx.delete_session(session).await?;
        tx.commit().await?;
        Ok(ended)
    }
}

/// Starts a session in the scope of its person, and returns its token.
pub(crate) async fn start_in(
    tx: &mut Tx,
    from: BrowserOrigin,
    tenant: Option<&TenantId>,
) -> Result<Secret, Failure> {
    let now = Timestamp::now();
    end_old_sessions(tx, now).await?;
    for surplus in tx.sessions().await?.into_iter().skip(MAX_SESSIONS - 1) {
        tx.delete_session(&surplus.id).await?;
    }
    let MintedToken { token, digest } = mint_token();
    let agent =
        from.agent.map(|agent| agent.chars().filter(|c| !c.is_control()).take(AGENT).collect());
    let session = NewSession {
        id: SessionId::from_random(covibe_crypto::random()),
        digest,
        at: now,
        address: from.address.map(|address| address.to_string()),
        agent,
        tenant: tenant.cloned(),
    };
    tx.insert_session(&session).await?;
    Ok(token)
}

/// Ends the sessions of a person that last no longer, in the scope of the person.
pub(super) async fn end_old_sessions(tx: &mut Tx, now: Timestamp) -> Result<(), Failure> {
    tx.delete_old_sessions(now.before(IDLE), now.before(LIFETIME)).await?;
    Ok(())
}

/// Holds a person's session until the transaction ends: a transaction that ends it waits, and then ends what was made
/// by it.
///
/// # Errors
///
/// Unauthenticated if it has ended since the request began.
pub(super) async fn hold(tx: &mut Tx, user: &UserId, session: &SessionId) -> Result<(), Failure> {
    if tx.hold_session(user, session).await? { Ok(()) } else { Err(signed_out()) }
}

/// Ends the sessions of a person but for the current one, in the scope of the person.
pub(super) async fn end_other_sessions(tx: &mut Tx, of: &SignedIn) -> Result<(), Failure> {
    for other in tx.sessions().await?.iter().filter(|session| session.id != of.session) {
        tx.delete_session(&other.id).await?;
    }
    Ok(())
}

fn has_ended(record: &SessionRecord, now: Timestamp) -> bool {
    is_over(record.seen_at, IDLE, now)
        || is_over(record.created_at, LIFETIME, now)
        || (record.is_previous && is_over(record.rotated_at, OVERLAP, now))
}

fn is_over(since: Timestamp, lasts: Duration, now: Timestamp) -> bool {
    since <= now.before(lasts)
}

impl Identity {
    /// Returns a person's sessions, the last used first.
    #[boxed]
    pub async fn sessions(&self, user: &UserId) -> Result<Vec<SessionRecord>, Failure> {
        let mut tx = self.store.person_read(user).await?;
        let sessions = tx.sessions().await?;
        tx.commit().await?;
        Ok(sessions)
    }

    /// Records where a person works in their session. That they may is looked up whenever they act.
    #[boxed]
    pub async fn place_session(
        &self,
        of: &SignedIn,
        tenant: &TenantId,
        workspace: Option<&WorkspaceId>,
    ) -> Result<(), Failure> {
        let mut tx = self.store.person(&of.user.id).await?;
        tx.place_session(&of.session, Some(tenant), workspace).await?;
        tx.commit().await?;
        Ok(())
    }
}
