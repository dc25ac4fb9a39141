//! The workspace's API keys.

use covibe_domain::entities::ApiKey;
use covibe_domain::{Failure, KeyId, boxed};
use covibe_identity::{KeyRequest, NewApiKey, RevokedKey};
use covibe_policy::Principal;

use crate::audit::Author;
use crate::platform::Platform;

/// The API keys of one workspace.
#[derive(Debug)]
pub struct Keys<'a> {
    platform: &'a Platform,
    principal: &'a Principal,
    author: &'a Author,
}

impl<'a> Keys<'a> {
    /// Restricts access to the keys of the principal's workspace.
    pub(crate) fn new(
        platform: &'a Platform,
        principal: &'a Principal,
        author: &'a Author,
    ) -> Self {
        Self { platform, principal, author }
    }

    /// Returns the keys that are not revoked, newest first.
    #[boxed]
    pub async fn list(&self) -> Result<Vec<ApiKey>, Failure> {
        self.platform.identity().keys(self.principal).await
    }

    /// Mints a key.
    #[boxed]
    pub async fn mint(&self, request: KeyRequest) -> Result<NewApiKey, Failure> {
        self.platform.identity().mint(self.principal, request).await
    }

    /// Revokes a key, and the keys of the tenant that were minted with it, with one of those, and so on. Returns the
    /// others, each of which has an entry in the audit of its workspace.
    ///
    /// # Errors
    ///
    /// Those of [`covibe_identity::Identity::revoke`]; unready if the audit has no entries of the others.
    #[boxed]
    pub async fn revoke(&self, key: &KeyId) -> Result<Vec<RevokedKey>, Failure> {
        let others = self.platform.identity().revoke(self.principal, key).await?;
        let auditor = self.platform.auditor();
        auditor.record_revocations(self.author, &others, key.as_str()).await?;
        Ok(others)
    }
}
