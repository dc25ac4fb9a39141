//! Making and repairing hooks.
//!
//! A hook that somebody changed may have another secret too: Gitea's pages change it, and nothing shows it. So
//! it is replaced, not changed. The new one is made first, so that pushes in between are told.

use covibe_domain::Failure;
use covibe_gitea::{Cause, Client, Error, HookOf};
use covibe_store::WorkspaceRecord;

use super::place::{is_reachable, place};
use crate::hooks::OwnHooks;
use crate::platform::Platform;

/// How pushes of a workspace are told from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ensured {
    /// By a hook, at once.
    Told,
    /// By no hook, for this reason.
    Untold(Failure),
}

/// Ensures that there is one hook of ours for the pushes of a workspace, whole and with the newest secret, and
/// none in the other place. With `renew`, the organisation's is replaced in any case: its secret may have
/// been changed along with a credential that leaked.
pub(crate) async fn ensure(
    platform: &Platform,
    gitea: &Client,
    record: &WorkspaceRecord,
    renew: bool,
) -> Result<Ensured, Failure> {
    let (secrets, origin) = (&platform.secrets, platform.settings().origin()?);
    if !is_reachable(origin, &gitea.web_base()) {
        return Ok(Ensured::Untold(no_address()));
    }
    let organization = HookOf::Organization(&record.gitea_org);
    let of_workspace = OwnHooks::of_workspace(secrets, &record.id, origin);
    let of_instance = OwnHooks::of_instance(secrets, origin);
    let ensured = match place(platform, record) {
        HookOf::Instance => match one(gitea, HookOf::Instance, &of_instance, false).await {
            Ok(()) => remove(gitea, organization, &of_workspace).await,
            refused => refused,
        },
        HookOf::Organization(_) => match one(gitea, organization, &of_workspace, renew).await {
            Ok(()) => remove(gitea, HookOf::Instance, &of_instance).await,
            refused => refused,
        },
    };
    platform.hooks.learn(secrets, &record.id);
    match ensured {
        Ok(()) => Ok(Ensured::Told),
        Err(error) if is_refusal(&error) => Ok(Ensured::Untold(refused())),
        Err(error) => Err(error.into()),
    }
}

/// Ensures that there is one hook of ours in a place.
async fn one(gitea: &Client, of: HookOf<'_>, own: &OwnHooks, renew: bool) -> Result<(), Error> {
    let Some((url, secret)) = own.wanted() else { return Ok(()) };
    let mut ours = gitea.hooks_of(of).await?;
    ours.retain(|hook| own.has(hook));
    let whole = ours.iter().filter(|hook| !renew && hook.delivers_pushes_to(&url));
    let kept = match whole.map(|hook| hook.id).max() {
        Some(id) => id,
        None => gitea.create_hook(of, &url, secret).await?.id,
    };
    for hook in ours.into_iter().filter(|hook| hook.id != kept) {
        gitea.delete_hook(of, hook.id).await?;
    }
    Ok(())
}

/// Removes the hooks of ours in the place where none is wanted.
async fn remove(gitea: &Client, of: HookOf<'_>, own: &OwnHooks) -> Result<(), Error> {
    for hook in gitea.hooks_of(of).await?.into_iter().filter(|hook| own.has(hook)) {
        gitea.delete_hook(of, hook.id).await?;
    }
    Ok(())
}

/// Returns whether Gitea itself refuses hooks, and does not merely fail.
fn is_refusal(error: &Error) -> bool {
    matches!(
        error.cause,
        Cause::Unauthorized | Cause::Refused(_) | Cause::Barred { status: 400..500, .. }
    )
}

fn refused() -> Failure {
    Failure::unready("Gitea refuses the hook that tells of pushes.").hint(
        "Tell the operator to remove DISABLE_WEBHOOKS from Gitea's configuration, and to give the \
         administrator's token the scopes write:organization and write:admin.",
    )
}

fn no_address() -> Failure {
    Failure::unready(
        "Gitea can't tell this server of pushes, because the server has no public address.",
    )
    .hint("Tell the operator to set COVIBE_HOSTED_URL.")
}
