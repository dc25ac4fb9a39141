//! The secrets that hooks sign with, each with its id.

use std::fmt;

use covibe_crypto::SecretBox;
use covibe_domain::WorkspaceId;
use covibe_gitea::HookSecret;

/// The purpose for which the secret box derives a secret.
const SECRET: &str = "gitea-hook";

/// The purpose for which the secret box derives the id of a secret.
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
    pub(super) fn with_id(id: &str) -> Self {
        let secret = HookSecret::new(covibe_domain::Secret::new(id));
        Self { id: id.to_owned(), secret }
    }
}

/// Returns the secrets that may sign a delivery about a workspace: those of its organisation's hook, then those of the
/// instance's hook, one for each key of the installation.
pub(crate) fn hook_secrets(from: &SecretBox, of: &WorkspaceId) -> impl Iterator<Item = HookSecret> {
    [of.as_str(), INSTANCE].map(|owner| secrets(from, owner)).into_iter().flatten()
}

/// Returns the secrets of the hook of a workspace's organisation, the one of the newest key first.
pub(super) fn workspace_keys(from: &SecretBox, workspace: &WorkspaceId) -> Vec<HookKey> {
    with_ids(from, workspace.as_str())
}

/// Returns the secrets of the instance's hook, the one of the newest key first.
pub(super) fn instance_keys(from: &SecretBox) -> Vec<HookKey> {
    with_ids(from, INSTANCE)
}

fn with_ids(from: &SecretBox, owner: &str) -> Vec<HookKey> {
    let ids = from.derived(ID, owner).into_iter();
    let ids = ids.map(|id| id.expose().chars().take(DIGITS).collect());
    ids.zip(secrets(from, owner)).map(|(id, secret)| HookKey { id, secret }).collect()
}

fn secrets(from: &SecretBox, owner: &str) -> Vec<HookSecret> {
    from.derived(SECRET, owner).into_iter().map(HookSecret::new).collect()
}
