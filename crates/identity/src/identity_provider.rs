//! The provider of identities, WorkOS: its settings and the sealing of its tokens.

use std::sync::Arc;

use covibe_crypto::SecretBox;
use covibe_domain::Secret;
use covibe_store::{RevokedKey, Store};
use covibe_workos::WorkOs;
use url::Url;

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

/// WorkOS, as the provider of identities.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) store: Store,
    pub(crate) client: WorkOs,
    pub(crate) seals: SecretBox,
    pub(crate) callback: Url,
    pub(crate) allows_impersonation: bool,
    cache: Arc<Cache>,
}

/// The purpose for which a refresh token is sealed; its owner is the person.
const REFRESH: &str = "workos refresh token";

impl Provider {
    /// Creates it over a store, and over the cache of valid keys.
    pub(crate) fn new(store: Store, cache: Arc<Cache>, settings: WorkOsSettings) -> Self {
        let WorkOsSettings { client, seals, callback, allows_impersonation } = settings;
        Self { store, client, seals, callback, allows_impersonation, cache }
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
