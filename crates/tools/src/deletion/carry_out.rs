//! One deletion, from its confirmation to the look at what it left.
//!
//! Coolify deletes; what it leaves on the docker host is removed there. The journal has an entry from before the
//! request to Coolify until nothing is left, so that a repeated call finishes what a killed one began, although
//! Coolify no longer has the resource.

use covibe_coolify::Volumes;
use covibe_domain::{Failure, Kind};
use covibe_policy::confirm;
use covibe_workspace::{Coolify, DeploymentBar, Hosted, OnHost, Removal, Workspace};

use super::answer::Deletion;
use super::deletion_wait::follow;
use super::leftovers_on_host::{self, PreparedDeletion};

/// The noun in the journal and in messages. The entry's name is the resource's uuid.
const KIND: &str = "resource";

/// The request of the caller.
#[derive(Debug)]
pub(crate) struct DeletionRequest<'a> {
    pub(crate) uuid: &'a str,
    pub(crate) confirm: Option<&'a str>,
    pub(crate) volumes: Volumes,
    /// The noun of its creation in the journal.
    pub(crate) kind: &'static str,
    /// The tool that returns such a resource.
    pub(crate) get: &'static str,
}

/// Deletes the resource that was found. `before` runs once the deletion is confirmed; the value that it returns keeps
/// deployments from starting, also after the deletion.
///
/// # Errors
///
/// Not found, unless an earlier call deleted the resource and did not see its end: then this call finishes that.
pub(crate) async fn delete<'a>(
    cx: &Workspace,
    coolify: &'a Coolify,
    request: DeletionRequest<'_>,
    found: Result<Hosted, Failure>,
    before: impl AsyncFnOnce(&Hosted) -> Result<Option<DeploymentBar<'a>>, Failure>,
) -> Result<Deletion, Failure> {
    let resource = match found {
        Err(missing) if missing.kind == Kind::NotFound => {
            return resume(cx, coolify, &request, missing).await;
        }
        found => found?,
    };
    confirm(request.confirm, resource.name(), request.get)?;
    coolify.check_server().await?;
    let barred = before(&resource).await?;
    match coolify.on_host(&resource).await? {
        Some(host) => delete_with_remains(cx, coolify, &request, (&resource, &host), barred).await,
        None => delete_without_look(cx, coolify, &request, &resource, barred).await,
    }
}

/// Deletes a resource whose docker host cannot be looked at.
async fn delete_without_look(
    cx: &Workspace,
    coolify: &Coolify,
    request: &DeletionRequest<'_>,
    resource: &Hosted,
    barred: Option<DeploymentBar<'_>>,
) -> Result<Deletion, Failure> {
    let had_volumes = had_volumes(coolify, resource).await;
    let gone = by_coolify(cx, coolify, request, resource, barred).await?;
    Ok(Deletion::from_coolify(request.uuid, gone, request.volumes, had_volumes, request.get))
}

/// Deletes a resource, and its remains on its docker host afterwards.
async fn delete_with_remains(
    cx: &Workspace,
    coolify: &Coolify,
    request: &DeletionRequest<'_>,
    (resource, host): (&Hosted, &OnHost),
    barred: Option<DeploymentBar<'_>>,
) -> Result<Deletion, Failure> {
    let DeletionRequest { uuid, volumes, get, .. } = *request;
    let removal = Removal::open(cx, KIND, uuid).await?;
    let steps = async {
        removal.begin_with(resource.name()).await?;
        let PreparedDeletion { had_volumes, has_removed } =
            leftovers_on_host::prepare(host, volumes).await;
        let gone = by_coolify(cx, coolify, request, resource, barred).await;
        // Without its containers, the resource has changed, although Coolify refused.
        let gone = if has_removed { gone.map_err(Failure::in_doubt)? } else { gone? };
        if !gone {
            return Ok(Deletion::from_coolify(uuid, gone, volumes, had_volumes, get));
        }
        Ok(clear_remains(host, request, had_volumes).await)
    };
    removal.run_until(steps, Deletion::is_gone).await
}

/// Finishes the deletion of a resource that Coolify no longer has, if an earlier call of the last day began it.
///
/// # Errors
///
/// `missing` if there is no such deletion; conflict without the confirmation.
async fn resume(
    cx: &Workspace,
    coolify: &Coolify,
    request: &DeletionRequest<'_>,
    missing: Failure,
) -> Result<Deletion, Failure> {
    let Some(host) = coolify.host_of_deleted(request.uuid).await? else { return Err(missing) };
    let removal = Removal::open(cx, KIND, request.uuid).await?;
    let steps = async {
        confirm(request.confirm, removal.recorded_text().ok_or(missing)?, request.get)?;
        Ok(clear_remains(&host, request, None).await)
    };
    removal.run_until(steps, Deletion::is_gone).await
}

/// Lets Coolify delete it, and waits until it is gone. Returns whether it is.
async fn by_coolify(
    cx: &Workspace,
    coolify: &Coolify,
    request: &DeletionRequest<'_>,
    resource: &Hosted,
    barred: Option<DeploymentBar<'_>>,
) -> Result<bool, Failure> {
    coolify.delete_hosted(resource, request.volumes).await?;
    barred.into_iter().for_each(DeploymentBar::keep);
    // An unfinished creation of it must not be resumed for the next one of this name.
    let forgotten = cx.journal().forget(request.kind, resource.name(), request.uuid).await;
    forgotten.map_err(Failure::in_doubt)?;
    let is_gone = follow(cx, || coolify.has_hosted(resource)).await;
    if is_gone {
        cx.storage().forget_app(request.uuid).await;
        cx.forget_public_variables(request.uuid).await;
        cx.forget_commands(request.uuid).await;
    }
    Ok(is_gone)
}

/// Removes the remains that Coolify left, and returns the state that is seen then.
async fn clear_remains(
    host: &OnHost,
    request: &DeletionRequest<'_>,
    had_volumes: Option<bool>,
) -> Deletion {
    match leftovers_on_host::remove_remains(host, request.volumes).await {
        Ok(remains) => Deletion::from_remains(request.uuid, request.volumes, had_volumes, remains),
        Err(_) => Deletion::without_look(request.uuid),
    }
}

/// Returns whether a resource has volumes, as far as Coolify reports them. A database or an auth provider always has
/// one.
async fn had_volumes(coolify: &Coolify, resource: &Hosted) -> Option<bool> {
    match resource {
        Hosted::App(app) => coolify.has_volumes(app).await,
        Hosted::Provider(_) | Hosted::Database(_) => Some(true),
    }
}
