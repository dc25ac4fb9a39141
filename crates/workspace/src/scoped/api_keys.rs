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
        record_revocations(self.platform, self.author, &others, key.as_str()).await?;
        Ok(others)
    }
}

/// Writes down the keys that ended with a key, a workspace or the rights of a person, whose id is `with`, each in the audit
/// of its workspace.
///
/// # Errors
///
/// Unready if the audit does not have all entries.
pub(crate) async fn record_revocations(
    platform: &Platform,
    author: &Author,
    ended: &[RevokedKey],
    with: &str,
) -> Result<(), Failure> {
    let entries = ended.iter().map(|other| author.revocation_entry(other, with));
    let written = join_all(entries.map(|entry| platform.auditor().record(entry))).await;
    let is_whole = written.iter().all(Result::is_ok);
    is_whole.then_some(()).ok_or_else(unaudited_revocation)
}

fn unaudited_revocation() -> Failure {
    Failure::unready(
        "Keys were revoked together with a key, a workspace or a person's rights, but the audit \
         does not list all of them.",
    )
    .hint("List the keys to see which are left.")
    .in_doubt()
}
