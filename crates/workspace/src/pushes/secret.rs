//! What Gitea signs the deliveries of a hook with.
//!
//! The secrets are derived from the keys of `VIBN_SECRETS_KEY` and stored nowhere: a workspace that exists
//! needs no new column, and a backup has nothing to steal. While a key is replaced, the secrets of both are
//! accepted, and the next provisioning run gives the hook the newest one.

use covibe_domain::WorkspaceId;
use covibe_gitea::HookSecret;

use crate::platform::Platform;

/// What is derived, in the secret box's words.
const WHAT: &str = "gitea-hook";

/// The owner of the hook of the instance.
const INSTANCE: &str = "instance";

impl Platform {
    /// Returns the secrets of the hook of a workspace's organisation, the one that a new hook gets first.
    pub(crate) fn hook_secrets(&self, of: &WorkspaceId) -> Vec<HookSecret> {
        self.derived(of.as_str())
    }

    /// Returns the secrets of the hook of the whole instance, the one that a new hook gets first.
    pub(crate) fn instance_hook_secrets(&self) -> Vec<HookSecret> {
        self.derived(INSTANCE)
    }

    fn derived(&self, owner: &str) -> Vec<HookSecret> {
        self.secrets.derived(WHAT, owner).into_iter().map(HookSecret::new).collect()
    }
}
