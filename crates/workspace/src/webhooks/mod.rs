//! The hooks by which Gitea reports pushes to this server: of each workspace's organisation, or one of the instance.
//!
//! The secret of a hook is derived from the newest key of the installation, a different one for each workspace. So it
//! needs no record, which a backup could lack, and a new key makes a new secret. As nothing shows the secret of a hook,
//! its address identifies it: `?key=` and the secret's id, from which the secret cannot be derived.

mod delivery_trial;
mod due_hook_renewals;
mod hook_keys;
mod known_hooks;

use covibe_crypto::SecretBox;
use covibe_domain::WorkspaceId;
use covibe_gitea::{Hook, HookSecret};
use url::Url;

pub(crate) use delivery_trial::ArrivedTrials;
pub use delivery_trial::HookTrial;
pub(crate) use due_hook_renewals::Renewals;
pub(crate) use hook_keys::hook_secrets;
pub(crate) use known_hooks::KnownHooks;
pub use known_hooks::NamedHook;

use self::hook_keys::HookKey;

/// The path of this server that hooks deliver to.
pub const HOOK_PATH: &str = "/api/hooks/gitea";

/// The parameter of a hook's address that has the id of its secret.
pub const HOOK_KEY: &str = "key";

/// The hooks that are ours in one place, and the one that is wanted there.
#[derive(Debug)]
pub(crate) struct OwnHooks {
    /// Where hooks deliver to, without the id of a secret.
    base: String,
    /// The secrets, that of the newest key first.
    keys: Vec<HookKey>,
}

impl OwnHooks {
    /// Returns those of a workspace's organisation, of the server at this origin.
    pub(crate) fn for_workspace(from: &SecretBox, workspace: &WorkspaceId, origin: &str) -> Self {
        Self::new(origin, hook_keys::workspace_keys(from, workspace))
    }

    /// Returns those of the instance.
    pub(crate) fn for_instance(from: &SecretBox, origin: &str) -> Self {
        Self::new(origin, hook_keys::instance_keys(from))
    }

    fn new(origin: &str, keys: Vec<HookKey>) -> Self {
        Self { base: format!("{origin}{HOOK_PATH}"), keys }
    }

    /// Returns the address of the hook that is wanted, and the secret that it signs with; `None` without a key.
    pub(crate) fn wanted_hook(&self) -> Option<(String, &HookSecret)> {
        let HookKey { id, secret } = self.keys.first()?;
        Some((format!("{}?{}={id}", self.base, HOOK_KEY), secret))
    }

    /// Returns whether a hook delivers to the address that is wanted: no other one belongs there.
    pub(crate) fn is_wanted(&self, hook: &Hook) -> bool {
        self.wanted_hook().is_some_and(|(url, _)| hook.delivers_to(&url))
    }

    /// Returns whether one of the secrets has this id.
    pub(crate) fn have_secret(&self, id: &str) -> bool {
        self.keys.iter().any(|key| key.id == id)
    }

    /// Returns whether a hook is ours to replace: it delivers to this server, or its address has the id of one of the
    /// secrets, wherever this server was by then.
    pub(crate) fn has(&self, hook: &Hook) -> bool {
        let Some(url) = hook.config.url.as_ref() else { return false };
        let Ok(url) = Url::parse(url.expose()) else { return false };
        let is_here = url.as_str().split('?').next() == Some(&*self.base);
        let is_path = url.path().ends_with(HOOK_PATH);
        let has_id = url.query_pairs().any(|(name, id)| name == HOOK_KEY && self.have_secret(&id));
        is_here || is_path && has_id
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn own_hooks_are_recognized_by_url_or_by_the_id_of_their_secret() {
        let own = OwnHooks {
            base: "https://covibe.test/api/hooks/gitea".to_owned(),
            keys: vec![HookKey::with_id("a"), HookKey::with_id("b")],
        };
        let has = |url: &str| {
            own.has(&serde_json::from_value(json!({ "id": 1, "config": { "url": url } })).unwrap())
        };
        assert!(has("https://covibe.test/api/hooks/gitea?key=other"));
        assert!(has("https://covibe.test/api/hooks/gitea"));
        assert!(has("http://10.0.0.1:8787/api/hooks/gitea?key=b"));
        for strange in [
            "http://10.0.0.1:8787/api/hooks/gitea?key=c",
            "https://evil.test/?key=a",
            "https://covibe.test/api/hooks/giteas",
            "https://covibe.test.evil.test/api/hooks/gitea",
            "nonsense",
        ] {
            assert!(!has(strange), "{strange}");
        }
    }
}
