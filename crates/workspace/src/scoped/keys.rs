//! The workspace's API keys.

use covibe_domain::entities::ApiKey;
use covibe_domain::{Failure, KeyId, boxed};
use covibe_identity::{KeyRequest, NewApiKey, RevokedKey};
use covibe_policy::Principal;
use futures_util::future::join_all;

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
        let entries = others.iter().map(|other| self.author.revocation_entry(other, key));
        let auditor = self.platform.auditor();
        let written = join_all(entries.map(|entry| auditor.record(entry))).await;
        if written.iter().any(Result::is_err) {
            return Err(unaudited_revocation());
        }
        Ok(others)
    }
}

fn unaudited_revocation() -> Failure {
    Failure::unready(
        "The key and the keys that were minted with it were revoked, but the audit does not list \
         all of them.",
    )
    .hint("List the keys to see which are left.")
    .in_doubt()
}
