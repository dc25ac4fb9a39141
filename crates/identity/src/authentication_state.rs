//! The state behind authentication: the store, the cache and the pending `last_used_at` times.

use std::sync::{Arc, OnceLock};

use covibe_crypto::{Proofs, SecretBox};
use covibe_domain::{Failure, TenantId, boxed};
use covibe_store::Store;

use crate::attempt_limits::Attempts;
use crate::caller_cache::Cache;
use crate::identity_provider::{AuditPlace, CallReason, CopyAudit, Provider, WorkOsSettings};
use crate::last_used::LastUsed;
use crate::passwords::Passwords;

/// Recognizes who calls: API keys, which it mints, lists and revokes, and people.
#[derive(Debug)]
pub struct Identity {
    pub(crate) store: Store,
    pub(crate) cache: Arc<Cache>,
    pub(crate) last_used: LastUsed,
    pub(crate) minted_a_day: u64,
    pub(crate) attempts: Attempts,
    pub(crate) passwords: Passwords,
    /// Proves that a form is of a page of its session.
    pub(crate) pages: Proofs,
    /// Proves that somebody has signed in with a browser.
    pub(crate) browsers: Proofs,
    /// Where people sign in, if not here.
    provider: OnceLock<Arc<Provider>>,
    /// The audit of changes that follow the provider.
    copy_audit: AuditPlace,
}

impl Identity {
    /// Creates an identity service over a store, with which a workspace mints so many keys in 24 hours. What its pages
    /// and browsers bring back is proved by these keys. Requires a Tokio runtime, on which it writes `last_used_at`
    /// until it is dropped.
    pub fn new(store: Store, minted_a_day: u64, keys: &SecretBox) -> Arc<Self> {
        Arc::new(Self {
            cache: Arc::default(),
            last_used: LastUsed::start(store.clone()),
            minted_a_day,
            attempts: Attempts::new(store.clone()),
            passwords: Passwords::default(),
            pages: Proofs::new(keys, "pages"),
            browsers: Proofs::new(keys, "browsers"),
            provider: OnceLock::new(),
            copy_audit: Arc::default(),
            store,
        })
    }

    /// Lets people sign in with WorkOS from now on, and not by passwords. Only the first call has an effect.
    pub fn sign_in_by_workos(&self, settings: WorkOsSettings) {
        let (cache, audit) = (Arc::clone(&self.cache), Arc::clone(&self.copy_audit));
        let provider = Provider::new(self.store.clone(), cache, audit, settings);
        let _ = self.provider.set(Arc::new(provider));
    }

    /// Writes changes that follow WorkOS into this audit from now on. Only the first call has an effect.
    pub fn audit_copies(&self, audit: Arc<dyn CopyAudit>) {
        let _ = self.copy_audit.set(audit);
    }

    /// Returns the id of this installation: 32 hexadecimal digits.
    #[boxed]
    pub async fn installation(&self) -> Result<String, Failure> {
        Ok(self.store.installation().await?)
    }

    /// Returns where people sign in, if not here.
    pub(crate) fn provider(&self) -> Option<&Arc<Provider>> {
        self.provider.get()
    }

    /// Returns the same for changes by the people of a tenant.
    pub(crate) fn provider_for_changes_of(&self, tenant: &TenantId) -> Option<Provider> {
        self.provider().map(|provider| provider.calling_for(CallReason::Tenant(tenant)))
    }

    /// Refuses what people do only where they sign in by passwords.
    pub(crate) fn by_passwords(&self) -> Result<(), Failure> {
        match self.provider() {
            Some(_) => {
                Err(Failure::not_found("People sign in here with WorkOS and have no passwords.")
                    .hint("Go to /auth/sign-in."))
            }
            None => Ok(()),
        }
    }

    /// Returns how many passwords were hashed, or compared with a hash, since the start.
    pub fn hashed_passwords(&self) -> u64 {
        self.passwords.count_done()
    }

    /// Writes pending `last_used_at` times; called when the server stops.
    #[boxed]
    pub async fn flush(&self) {
        self.last_used.flush(&self.store).await;
    }
}
