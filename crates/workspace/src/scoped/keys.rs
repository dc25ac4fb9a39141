//! The workspace's API keys.

use covibe_domain::entities::ApiKey;
use covibe_domain::{Failure, KeyId, boxed};
use covibe_identity::{Identity, KeyRequest, NewApiKey};
use covibe_policy::Principal;

/// The API keys of one workspace.
#[derive(Debug)]
pub struct Keys<'a> {
    identity: &'a Identity,
    principal: &'a Principal,
}

impl<'a> Keys<'a> {
    /// Restricts access to the keys of the principal's workspace.
    pub(crate) fn new(identity: &'a Identity, principal: &'a Principal) -> Self {
        Self { identity, principal }
    }

    /// Returns the keys that are not revoked, newest first.
    #[boxed]
    pub async fn list(&self) -> Result<Vec<ApiKey>, Failure> {
        self.identity.keys(self.principal).await
    }

    /// Mints a key.
    #[boxed]
    pub async fn mint(&self, request: KeyRequest) -> Result<NewApiKey, Failure> {
        self.identity.mint(self.principal, request).await
    }

    /// Revokes a key.
    #[boxed]
    pub async fn revoke(&self, key: &KeyId) -> Result<(), Failure> {
        self.identity.revoke(self.principal, key).await
    }
}
