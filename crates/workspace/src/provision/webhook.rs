//! The hook by which Gitea reports pushes to this server.
//!
//! A hook that somebody changed may also have another secret: Gitea's pages can change it, and nothing shows it. So the
//! hook is replaced, not changed. The new one is created first, so that pushes in between are reported.
//!
//! Administrators of an organisation see the address of our hook there, and can create more hooks with the same address
//! and another secret. So the id of our hook is recorded, and all others are removed.

use covibe_domain::entities::Rotate;
use covibe_domain::{Failure, WorkspaceId};
use covibe_gitea::{Cause, Client, Error, Hook, HookOf};
use covibe_store::WorkspaceRecord;
use url::{Host, Url};

use super::run_context::{ProvisionContext, StageOutcome};
use crate::platform::Platform;
use crate::settings::PushHooks;
use crate::webhooks::OwnHooks;

/// Ensures that Gitea reports pushes. If it refuses to, or cannot, the workspace works without a
/// hook.
pub(super) async fn stage(on: &ProvisionContext) -> Result<StageOutcome, Failure> {
    let renew = on.wants.rotates(Rotate::Pat);
    match ensure(&on.platform, on.gitea()?, &on.record, renew).await? {
        PushReporting::Told => Ok(StageOutcome::Done),
        PushReporting::Untold(why) => Ok(StageOutcome::Without(why)),
    }
}

/// The way that pushes of a workspace are reported from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PushReporting {
    /// By a hook, at once.
    Told,
    /// Without a hook, for this reason.
    Untold(Failure),
}

/// The reason why a hook could not be ensured.
enum EnsureError {
    Gitea(Error),
    Record(Failure),
}

impl From<Error> for EnsureError {
    fn from(error: Error) -> Self {
        Self::Gitea(error)
    }
}

/// Ensures that there is one hook of ours for the pushes of a workspace, intact and with the newest secret, and none in
/// the other place. The hook is replaced if a delivery has shown that its secret is not ours; that of the organisation
/// also with `renew`, because its secret may have been changed along with a credential that leaked.
pub(crate) async fn ensure(
    platform: &Platform,
    gitea: &Client,
    record: &WorkspaceRecord,
    renew: bool,
) -> Result<PushReporting, Failure> {
    let (secrets, origin) = (&platform.secrets, platform.settings().origin()?);
    if !is_reachable(origin, &gitea.web_base()) {
        return Ok(PushReporting::Untold(no_address()));
    }
    let organization = HookOf::Organization(&record.gitea_org);
    let of_workspace = OwnHooks::for_workspace(secrets, &record.id, origin);
    let of_instance = OwnHooks::for_instance(secrets, origin);
    // One that is demanded from here on may have come too late for the look below, and stays demanded.
    let is_due = platform.renewals.is_due(owner(platform, record));
    let ensured = match hook_place(platform, record) {
        HookOf::Instance => match ensure_of_instance(gitea, &of_instance, is_due).await {
            Ok(()) => remove(gitea, organization, &of_workspace).await.map_err(EnsureError::from),
            refused => refused,
        },
        HookOf::Organization(_) => {
            let renew = renew || is_due;
            match ensure_of_organisation(platform, gitea, record, &of_workspace, renew).await {
                Ok(()) => {
                    remove(gitea, HookOf::Instance, &of_instance).await.map_err(EnsureError::from)
                }
                refused => refused,
            }
        }
    };
    platform.hooks.learn(secrets, &record.id);
    match ensured {
        Ok(()) => {
            if is_due {
                platform.renewals.note(owner(platform, record));
            }
            Ok(PushReporting::Told)
        }
        Err(EnsureError::Gitea(error)) => match hook_refusal(&error) {
            Some(why) => Ok(PushReporting::Untold(why)),
            None => Err(error.into()),
        },
        Err(EnsureError::Record(failure)) => Err(failure),
    }
}

/// Ensures that the organisation of a workspace has one hook of ours: the recorded one. If a server dies before it has
/// recorded a new one, the next server replaces it.
async fn ensure_of_organisation(
    platform: &Platform,
    gitea: &Client,
    record: &WorkspaceRecord,
    own: &OwnHooks,
    renew: bool,
) -> Result<(), EnsureError> {
    let Some((url, secret)) = own.wanted_hook() else { return Ok(()) };
    let of = HookOf::Organization(&record.gitea_org);
    let recorded = recorded_hook(platform, record).await.map_err(EnsureError::Record)?;
    let ours = own_hooks(gitea, of, own).await?;
    let is_kept =
        |hook: &&Hook| !renew && Some(hook.id) == recorded && hook.delivers_pushes_to(&url);
    if let Some(kept) = ours.iter().find(is_kept) {
        return Ok(remove_others(gitea, of, &ours, kept.id).await?);
    }
    let made = gitea.create_hook(of, &url, secret).await?.id;
    if replace(platform, record, recorded, made).await.map_err(EnsureError::Record)? {
        return Ok(remove_others(gitea, of, &ours, made).await?);
    }
    // Another server has made one at the same time, and recorded it.
    Ok(gitea.delete_hook(of, made).await?)
}

/// Returns the id of the last hook that was created for a workspace.
async fn recorded_hook(platform: &Platform, of: &WorkspaceRecord) -> Result<Option<i64>, Failure> {
    let mut tx = platform.store.tenant_read(&of.tenant).await?;
    let recorded = tx.gitea_hook(&of.id).await?;
    tx.commit().await?;
    Ok(recorded)
}

/// Records the id of a new hook. Returns whether no other one was recorded meanwhile.
async fn replace(
    platform: &Platform,
    of: &WorkspaceRecord,
    former: Option<i64>,
    made: i64,
) -> Result<bool, Failure> {
    let mut tx = platform.store.tenant(&of.tenant).await?;
    let is_replaced = tx.replace_gitea_hook(&of.id, former, made).await?;
    tx.commit().await?;
    Ok(is_replaced)
}

/// Ensures that the instance has one hook of ours. Only administrators see its address, so nobody else has created
/// more.
async fn ensure_of_instance(
    gitea: &Client,
    own: &OwnHooks,
    renew: bool,
) -> Result<(), EnsureError> {
    let Some((url, secret)) = own.wanted_hook() else { return Ok(()) };
    let ours = own_hooks(gitea, HookOf::Instance, own).await?;
    let whole = ours.iter().filter(|hook| !renew && hook.delivers_pushes_to(&url));
    let kept = match whole.map(|hook| hook.id).max() {
        Some(id) => id,
        None => gitea.create_hook(HookOf::Instance, &url, secret).await?.id,
    };
    Ok(remove_others(gitea, HookOf::Instance, &ours, kept).await?)
}

/// Returns our hooks in a place.
async fn own_hooks(gitea: &Client, of: HookOf<'_>, own: &OwnHooks) -> Result<Vec<Hook>, Error> {
    let mut ours = gitea.hooks_of(of).await?;
    ours.retain(|hook| own.has(hook));
    Ok(ours)
}

async fn remove_others(
    gitea: &Client,
    of: HookOf<'_>,
    ours: &[Hook],
    kept: i64,
) -> Result<(), Error> {
    for hook in ours.iter().filter(|hook| hook.id != kept) {
        gitea.delete_hook(of, hook.id).await?;
    }
    Ok(())
}

/// Removes our hooks in the place where none is wanted.
async fn remove(gitea: &Client, of: HookOf<'_>, own: &OwnHooks) -> Result<(), Error> {
    for hook in own_hooks(gitea, of, own).await? {
        gitea.delete_hook(of, hook.id).await?;
    }
    Ok(())
}

/// Returns the failure of a request about hooks if Gitea itself refuses hooks; `None` if it merely fails.
pub fn hook_refusal(error: &Error) -> Option<Failure> {
    let is_refusal = matches!(
        error.cause,
        Cause::Unauthorized | Cause::Refused(_) | Cause::Barred { status: 400..500, .. }
    );
    let refused = || {
        Failure::unready("Gitea refuses the hook that reports pushes.").hint(
            "Tell the operator to remove DISABLE_WEBHOOKS from Gitea's configuration, and to give the \
             administrator's token the scopes write:organization and write:admin.",
        )
    };
    is_refusal.then(refused)
}

fn no_address() -> Failure {
    Failure::unready(
        "Gitea can't report pushes to this server, because the server has no public address.",
    )
    .hint("Tell the operator to set COVIBE_HOSTED_URL.")
}

/// Returns the place of the hook that reports this workspace's pushes.
fn hook_place<'a>(platform: &Platform, record: &'a WorkspaceRecord) -> HookOf<'a> {
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
    use super::*;

    #[test]
    fn a_loopback_origin_is_unreachable_for_a_gitea_on_another_machine() {
        let here: Url = "http://127.0.0.1:3000".parse().unwrap();
        let there: Url = "https://git.test".parse().unwrap();
        for origin in ["http://127.0.0.1:8787", "http://localhost:8787", "http://[::1]:8787"] {
            assert!(is_reachable(origin, &here) && !is_reachable(origin, &there), "{origin}");
        }
        assert!(is_reachable("https://covibe.test", &here));
        assert!(is_reachable("https://covibe.test", &there));
    }
}
