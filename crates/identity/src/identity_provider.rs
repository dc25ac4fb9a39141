//! The provider of identities, WorkOS: its settings, the sealing of its tokens, and the audit of what is copied from it.

use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use covibe_crypto::SecretBox;
use covibe_domain::entities::Role;
use covibe_domain::{Failure, Secret, TenantId, UserId};
use covibe_store::{RevokedKey, Store};
use covibe_workos::{Share, WorkOs};
use url::Url;

use crate::attempt_limits::client_network;
use crate::caller_cache::Cache;

/// The settings of signing in with WorkOS.
#[derive(Debug)]
pub struct WorkOsSettings {
    /// The client of the environment.
    pub client: WorkOs,
    /// The box that seals cookies and refresh tokens.
    pub seals: SecretBox,
    /// Where sign-ins come back to: the path `/callback` of this server's origin.
    pub callback: Url,
    /// True if somebody at WorkOS may act in a person's name.
    pub allows_impersonation: bool,
}

/// A change of a person that follows WorkOS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedChange {
    /// The tenant.
    pub tenant: TenantId,
    /// The person.
    pub user: UserId,
    /// The kind of the change.
    pub kind: CopiedKind,
}

impl CopiedChange {
    /// Returns the change of a person in a tenant.
    pub(crate) fn new(tenant: &TenantId, user: &UserId, kind: CopiedKind) -> Self {
        Self { tenant: tenant.clone(), user: user.clone(), kind }
    }
}

/// The kind of a change that follows WorkOS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopiedKind {
    /// The person becomes a member.
    Joined {
        /// The role that they have.
        role: Role,
        /// The admin who invited them here, if there was one.
        invited_by: Option<UserId>,
    },
    /// The member gets this role.
    Role(Role),
    /// The membership ends.
    Removed,
    /// The owner of the account's address, which WorkOS has verified, takes the account over.
    TakenOver,
}

/// The future of an entry that is being written.
pub type Recording<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// The audit of changes that follow WorkOS.
pub trait CopyAudit: fmt::Debug + Send + Sync {
    /// Writes the entries that precede a change of a person: one for each tenant that it concerns. Returns the started
    /// changes in the same order.
    ///
    /// # Errors
    ///
    /// Not all entries were written; the change must not begin.
    fn record_start<'a>(&'a self, changes: &'a [CopiedChange]) -> Recording<'a, StartedCopies>;
}

/// The changes of a person that begin together, one for each tenant.
pub type StartedCopies = Vec<Box<dyn StartedCopy>>;

/// A change in a tenant whose first entry is written.
pub trait StartedCopy: Send {
    /// Writes the entries of the keys that ended with a change, and the one with the outcome of the change.
    ///
    /// # Errors
    ///
    /// Not all of them were written.
    fn record_end<'a>(
        self: Box<Self>,
        outcome: &'static str,
        keys: &'a [RevokedKey],
    ) -> Recording<'a, ()>;
}

/// The place of the audit, which is composed after the service that knows people.
pub(crate) type AuditPlace = Arc<OnceLock<Arc<dyn CopyAudit>>>;

/// The reason of calls to WorkOS, which decides on the share of the rate budget that they count for. Changes, sign-ins
/// and the server's own work take turns, however many calls there are for each of them, and so do the tenants, people
/// and networks within one of these.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CallReason<'a> {
    /// People of this tenant change something.
    Tenant(&'a TenantId),
    /// This person founds a company.
    Founder(&'a UserId),
    /// Somebody signs in from this client address.
    SignIn(Option<IpAddr>),
    /// A session of this person is renewed.
    Renewal(&'a UserId),
    /// The operator changes something.
    Operator,
    /// The server compares all memberships.
    Round,
}

impl CallReason<'_> {
    fn share(self) -> Share {
        const CHANGES: &str = "changes";
        const SIGN_INS: &str = "sign-ins";
        const SERVER: &str = "server";
        match self {
            Self::Tenant(tenant) => Share::new(CHANGES, tenant.as_str()),
            Self::Founder(user) => Share::new(CHANGES, user.as_str()),
            Self::SignIn(from) => {
                let network = from.map_or_else(String::new, |it| client_network(it).to_string());
                Share::new(SIGN_INS, &network)
            }
            Self::Renewal(user) => Share::new(SIGN_INS, user.as_str()),
            Self::Operator => Share::new(SERVER, "operator"),
            Self::Round => Share::new(SERVER, "round"),
        }
    }
}

/// WorkOS, as the provider of identities; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Provider {
    pub(crate) store: Store,
    pub(crate) client: WorkOs,
    pub(crate) seals: Arc<SecretBox>,
    pub(crate) callback: Url,
    pub(crate) allows_impersonation: bool,
    pub(crate) audit: AuditPlace,
    cache: Arc<Cache>,
}

/// The purpose for which a refresh token is sealed; its owner is the person.
const REFRESH: &str = "workos refresh token";

impl Provider {
    /// Creates it over a store, over the cache of valid keys, and over the audit.
    pub(crate) fn new(
        store: Store,
        cache: Arc<Cache>,
        audit: AuditPlace,
        settings: WorkOsSettings,
    ) -> Self {
        let WorkOsSettings { client, seals, callback, allows_impersonation } = settings;
        let seals = Arc::new(seals);
        Self { store, client, seals, callback, allows_impersonation, audit, cache }
    }

    /// Returns the same provider for work that the server does by itself, which waits for no transactions of a tenant.
    pub(crate) fn in_background(&self) -> Self {
        Self { store: self.store.in_background(), ..self.clone() }
    }

    /// Returns the same provider for calls to WorkOS that are made for this reason.
    pub(crate) fn calling_for(&self, reason: CallReason<'_>) -> Self {
        Self { client: self.client.for_share(reason.share()), ..self.clone() }
    }

    /// Evicts keys that were revoked from the cache.
    pub(crate) fn forget_revoked(&self, revoked: &[RevokedKey]) {
        for key in revoked {
            self.cache.forget_key(&key.id);
        }
    }

    /// Seals a refresh token of a person.
    pub(crate) fn seal_refresh_token(&self, owner: &str, refresh_token: &Secret) -> Option<String> {
        self.seals.seal(REFRESH, owner, refresh_token).ok()
    }

    /// Opens a refresh token of a person; `None` if it was sealed with another password.
    pub(crate) fn open_refresh_token(&self, owner: &str, sealed: &str) -> Option<Secret> {
        self.seals.open(REFRESH, owner, sealed).ok()
    }
}
