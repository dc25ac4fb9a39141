//! The workspace's own API keys.

use covibe_domain::entities::ApiKey;
use covibe_domain::{Failure, KeyId};
use covibe_identity::{Identity, KeyRequest, NewApiKey};
use covibe_policy::Principal;

/// Keys of this workspace and of no other.
#[derive(Debug)]
pub struct Keys<'a> {
    identity: &'a Identity,
    principal: &'a Principal,
}

impl<'a> Keys<'a> {
    /// The keys of the principal's workspace.
    pub(crate) fn new(identity: &'a Identity, principal: &'a Principal) -> Self {
        Self { identity, principal }
    }

    /// Those that are not revoked, newest first.
    pub async fn list(&self) -> Result<Vec<ApiKey>, Failure> {
        self.identity.keys(self.principal).await
    }

    /// Mints one.
    pub async fn mint(&self, request: KeyRequest) -> Result<NewApiKey, Failure> {
        self.identity.mint(self.principal, request).await
    }

    /// Revokes one.
    pub async fn revoke(&self, key: &KeyId) -> Result<(), Failure> {
        self.identity.revoke(self.principal, key).await
    }
}
