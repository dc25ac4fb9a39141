//! Where a hook belongs, and whether Gitea can reach this server from there.

use covibe_domain::WorkspaceId;
use covibe_gitea::HookOf;
use covibe_store::WorkspaceRecord;
use url::{Host, Url};

use crate::platform::Platform;
use crate::settings::PushHooks;

/// Returns the place of the hook that reports this workspace's pushes.
pub(super) fn hook_place<'a>(platform: &Platform, record: &'a WorkspaceRecord) -> HookOf<'a> {
    match platform.settings().push_hooks {
        PushHooks::Organization => HookOf::Organization(&record.gitea_org),
        PushHooks::System => HookOf::Instance,
    }
}

/// Returns the workspace whose organisation has that hook; `None` if it is the instance's.
pub(crate) fn owner<'a>(
    platform: &Platform,
    record: &'a WorkspaceRecord,
) -> Option<&'a WorkspaceId> {
    matches!(hook_place(platform, record), HookOf::Organization(_)).then_some(&record.id)
}

/// Returns whether Gitea can probably reach this server at its origin: a loopback address is this machine for a Gitea
/// on it, and another machine for any other.
pub(super) fn is_reachable(origin: &str, gitea: &Url) -> bool {
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
    use super::*;

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
