//! The hooks by which Gitea tells this server of pushes: of each workspace's organisation, or one of the
//! instance.
//!
//! The secret of a hook is derived from the newest key of the installation, for each workspace another one.
//! So it needs no record, which a backup could lack, and a new key makes a new secret. As nothing shows the
//! secret of a hook, its address says which one it has: `?key=` and the secret's id, which tells nothing of
//! the secret.

mod ensure;
mod keys;
mod rounds;

use covibe_domain::Failure;
use covibe_gitea::{Hook, HookOf};
use covibe_store::WorkspaceRecord;
use url::{Host, Url};

pub(crate) use ensure::{Ensured, ensure};
pub use keys::hook_secrets;
pub(crate) use rounds::HookRounds;

use self::keys::HookKey;
use crate::platform::Platform;
use crate::settings::PushHooks;

/// The path of this server that hooks deliver to.
pub const HOOK_PATH: &str = "/api/hooks/gitea";

/// The hooks that are ours in one place, and the one that is wanted there.
#[derive(Debug)]
pub(crate) struct OwnHooks {
    /// Where hooks deliver to, without the id of a secret.
    base: String,
    /// The secrets, that of the newest key first.
    keys: Vec<HookKey>,
}

impl OwnHooks {
    /// Returns those of a workspace's organisation.
    pub(crate) fn of_workspace(
        platform: &Platform,
        record: &WorkspaceRecord,
    ) -> Result<Self, Failure> {
        Self::new(platform, keys::of_workspace(platform, record))
    }

    /// Returns those of the instance.
    fn of_instance(platform: &Platform) -> Result<Self, Failure> {
        Self::new(platform, keys::of_instance(platform))
    }

    fn new(platform: &Platform, keys: Vec<HookKey>) -> Result<Self, Failure> {
        let base = format!("{}{HOOK_PATH}", platform.settings().origin()?);
        Ok(Self { base, keys })
    }

    /// Returns whether a hook is ours: it delivers to this server, or its address has the id of one of the
    /// secrets, wherever this server was by then.
    pub(crate) fn has(&self, hook: &Hook) -> bool {
        let Some(url) = hook.config.url.as_ref() else { return false };
        let Ok(url) = Url::parse(url.expose()) else { return false };
        let is_here = url.as_str().split('?').next() == Some(&*self.base);
        let is_path = url.path().ends_with(HOOK_PATH);
        let has_id = url
            .query_pairs()
            .any(|(name, id)| name == "key" && self.keys.iter().any(|key| key.id == *id));
        is_here || is_path && has_id
    }
}

/// Returns where the hook is that this workspace's pushes are told by.
fn place<'a>(platform: &Platform, record: &'a WorkspaceRecord) -> HookOf<'a> {
    match platform.settings().push_hooks {
        PushHooks::Organization => HookOf::Organization(&record.gitea_org),
        PushHooks::System => HookOf::Instance,
    }
}

/// Returns whether Gitea can reach this server at its origin, as far as that can be told: a loopback address
/// is this machine for a Gitea on it, and another machine for any other.
fn is_reachable(origin: &str, gitea: &Url) -> bool {
    let origin = Url::parse(origin);
    origin.is_ok_and(|origin| !is_loopback(&origin) || is_loopback(gitea))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn our_hooks_are_known_by_their_address_or_the_id_of_their_secret() {
        let own = OwnHooks {
            base: "https://covibe.test/api/hooks/gitea".to_owned(),
            keys: vec![HookKey::of("a"), HookKey::of("b")],
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

    #[test]
    fn loopback_is_another_machine_for_a_gitea_elsewhere() {
        let here: Url = "http://127.0.0.1:3000".parse().unwrap();
        let there: Url = "https://git.test".parse().unwrap();
        for origin in ["http://127.0.0.1:8787", "http://localhost:8787", "http://[::1]:8787"] {
            assert!(is_reachable(origin, &here) && !is_reachable(origin, &there), "{origin}");
        }
        assert!(is_reachable("https://covibe.test", &here));
        assert!(is_reachable("https://covibe.test", &there));
    }
}
