//! The secrets that hooks sign with, each with its id.

use std::fmt;

use covibe_gitea::HookSecret;
use covibe_store::WorkspaceRecord;

use crate::platform::Platform;

/// What the id of a secret is derived for, in the secret box's words.
const ID: &str = "gitea-hook-id";

/// The owner of the hook of the instance. No workspace has that id.
const INSTANCE: &str = "instance";

/// The number of hexadecimal digits of an id.
const DIGITS: usize = 16;

/// A secret with its id.
pub(super) struct HookKey {
    pub(super) id: String,
    pub(super) secret: HookSecret,
}

impl fmt::Debug for HookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HookKey({})", self.id)
    }
}

#[cfg(test)]
impl HookKey {
    pub(super) fn of(id: &str) -> Self {
        let secret = HookSecret::new(covibe_domain::Secret::new(id));
        Self { id: id.to_owned(), secret }
    }
}

/// Returns the secrets that a delivery about a workspace may be signed with: that of its organisation's hook
/// first, then that of the instance's, each for each key of the installation.
pub fn hook_secrets(platform: &Platform, record: &WorkspaceRecord) -> Vec<HookSecret> {
    let both = platform.hook_secrets(&record.id).into_iter();
    both.chain(platform.instance_hook_secrets()).collect()
}

/// Returns the secrets of the hook of a workspace's organisation, that of the newest key first.
pub(super) fn of_workspace(platform: &Platform, record: &WorkspaceRecord) -> Vec<HookKey> {
    with_ids(platform, record.id.as_str(), platform.hook_secrets(&record.id))
}

/// Returns the secrets of the instance's hook, that of the newest key first.
pub(super) fn of_instance(platform: &Platform) -> Vec<HookKey> {
    with_ids(platform, INSTANCE, platform.instance_hook_secrets())
}

fn with_ids(platform: &Platform, owner: &str, secrets: Vec<HookSecret>) -> Vec<HookKey> {
    let ids = platform.secrets.derived(ID, owner).into_iter();
    let ids = ids.map(|id| id.expose().chars().take(DIGITS).collect());
    ids.zip(secrets).map(|(id, secret)| HookKey { id, secret }).collect()
}
