//! Failures of access to a workspace's resources.

use std::time::Duration;

use covibe_coolify::{Cause, Conflict, Error};
use covibe_domain::{DeploymentUuid, Failure, Kind, ProjectId, ProjectUuid, ResourceKind};
use covibe_operation::{quotable_name, similar_names};
use serde_json::Value;

/// The maximum number of similar names that a hint suggests.
const MAX_SIMILAR: usize = 3;

/// Rewords an upstream's 404 and adds the tool that lists what exists.
pub(super) fn missing_resource(failure: Failure, noun: &str, id: &str, list: &str) -> Failure {
    if failure.kind != Kind::NotFound {
        return failure;
    }
    Failure::not_found(format!("{noun} {id} was not found."))
        .hint(format!("Use {list} to find the right uuid."))
}

/// 404: no resource of this kind in the workspace has this uuid or name. `names` are those that exist. The
/// failure does not repeat the text, which may be a secret in the wrong place.
pub(super) fn unknown_name<'a>(
    kind: ResourceKind,
    text: &str,
    names: impl Iterator<Item = &'a str>,
) -> Failure {
    let lists = kind.lists();
    let similar = similar_names(text, names, MAX_SIMILAR).into_iter();
    let similar: Vec<_> = similar.map(|name| format!("`{}`", quotable_name(name))).collect();
    let hint = if similar.is_empty() {
        format!("Use {lists} to find the right uuid or name.")
    } else {
        let list = if kind == ResourceKind::Hosted { "list" } else { "lists" };
        format!("Did you mean {}? {lists} {list} what exists.", similar.join(" or "))
    };
    Failure::not_found(format!("No {kind} has this uuid or name.")).hint(hint)
}

/// 409: several resources of this kind have this name.
pub(super) fn ambiguous_name(kind: ResourceKind, name: &str, candidates: Vec<Value>) -> Failure {
    let (name, count, plural) = (quotable_name(name), candidates.len(), kind.plural());
    Failure::conflict(format!("The name `{name}` is ambiguous: {count} {plural} have it."))
        .hint("Pass the uuid of one of the candidates.")
        .detail("candidates", candidates)
}

/// 503: the host behind Coolify cannot be reached, so nothing there can be deleted.
pub(super) fn lost_host() -> Failure {
    Failure::unready("Coolify cannot reach the host, so nothing was deleted.").hint(
        "Retry later. If that does not help, tell the operator: the server in Coolify must be \
         reachable.",
    )
}

/// 409: nobody has opened an auth provider whose first visitor becomes its administrator.
pub(super) fn unopened_provider(name: &str) -> Failure {
    let message = format!("{name} is not started until a person has opened it.");
    Failure::conflict(message).hint(
        "Its first visitor becomes its administrator. auth.get returns `openAt`, the page where a \
         person opens it.",
    )
}

/// 403: an operator created the resource by hand.
pub(super) fn made_by_hand(noun: &str, id: &str) -> Failure {
    Failure::forbidden(format!(
        "{noun} {id} was created by hand in Coolify, not by this workspace."
    ))
    .hint("No tool changes it. Leave it alone, or tell the operator what has to change.")
}

/// 409: a deployment has begun, and Coolify can't end it without harm.
pub(super) fn begun_deployment(uuid: &DeploymentUuid) -> Failure {
    Failure::conflict(format!("Deployment {uuid} has begun. Coolify cannot end it safely.")).hint(
        "Wait until it has ended; apps.deployments shows its status. Only a waiting deployment can \
         be cancelled.",
    )
}

/// 409: the application is being deleted.
pub(super) fn deleted_app() -> Failure {
    Failure::conflict("The app is being deleted, so it is not deployed.")
        .hint("apps.get returns 404 once it is gone.")
}

/// 403: the deployment belongs to an application of another workspace.
pub(super) fn foreign_deployment(uuid: &DeploymentUuid, project: &ProjectUuid) -> Failure {
    Failure::forbidden(format!("Deployment {uuid} does not belong to project {project}"))
        .hint("Stop and ask the user; do not guess other ids.")
}

/// 409: every port of the operator's range has a database.
pub(super) fn no_public_port() -> Failure {
    Failure::conflict("No public port is free.").hint(
        "Leave `isPublic` out: apps of the workspace use `internalUrl`. Or ask the operator for a larger \
         range of public ports.",
    )
}

/// 409: the tenant's databases have as many ports of the operator's range as they may.
pub(super) fn too_many_public_ports(most: u64, all: u64) -> Failure {
    Failure::conflict(format!(
        "The databases of your workspaces have {most} of the host's {all} public ports, which is the limit."
    ))
    .hint(
        "Leave `isPublic` out: apps of the workspace use `internalUrl`. Or delete a database that has a public \
         port, which it keeps while it is private, or ask the operator for a larger range of public ports.",
    )
}

/// 429: as many deployments and starts of the tenant wait as may.
pub(super) fn full_deployment_queue(most: usize) -> Failure {
    Failure::new(
        Kind::Limited,
        format!(
            "{most} deployments and starts of your workspaces are waiting, which is the limit."
        ),
    )
    .hint(
        "Nothing was created or queued. Wait until some have begun, or cancel a waiting one with \
         deployments.cancel.",
    )
    .retry_after(Duration::from_mins(1))
}

/// 503: the deployment is lost.
pub(super) fn lost_hand_over() -> Failure {
    Failure::unready("The deployment did not reach Coolify.").hint("Call apps.deploy again.")
}

/// 409: Coolify takes a deployment for one that is under way already, and none is.
pub(super) fn skipped_deployment() -> Failure {
    Failure::conflict("Coolify skipped the deployment, but no deployment is in progress.")
        .hint("Retry with `force: true`.")
}

/// 503: nobody knows whether the start was requested.
pub(super) fn lost_start() -> Failure {
    Failure::unready("The start did not reach Coolify.").hint("Repeat the call.")
}

/// 409: the application is built from a repository, and no commit of it was judged.
pub(super) fn unjudged_application() -> Failure {
    Failure::conflict("The app is now built from a repository that was not checked.")
        .hint("Another call may have changed it: check with apps.get, then repeat.")
}

/// 409 if another database on the server has the public port, in any workspace.
pub(super) fn database_failure(error: Error) -> Failure {
    match &error.cause {
        Cause::Conflict(Conflict::Port) => {
            Failure::conflict("`publicPort` is taken by another database.")
                .hint("Pass another `publicPort` from 1024 to 65535.")
        }
        _ => error.into(),
    }
}

/// 413: the workspace's compose files would exceed their size limit. `left` is in bytes.
pub(super) fn compose_size_exceeded(left: usize) -> Failure {
    let left = left / 1024;
    let message = format!(
        "The compose files of a workspace can have up to 2 MiB in total; {left} KiB are left."
    );
    Failure::new(Kind::TooLarge, message)
        .hint("Pass a shorter file, or delete unneeded apps with apps.delete.")
}

/// 409: the workspace has the maximum number of projects.
pub(super) fn project_limit_reached(limit: u64) -> Failure {
    Failure::conflict(format!("The workspace already has {limit} projects."))
        .hint("Update one of them instead.")
}

/// 409: the texts and links of the workspace's or the tenant's projects take too many bytes.
pub(super) fn project_texts_too_long(most: u64) -> Failure {
    let most = most / (1024 * 1024);
    Failure::conflict(format!(
        "The texts and links of all projects would take more than {most} MiB."
    ))
    .hint("Shorten the texts of other projects first, or keep long documents in a repository.")
}

/// 404: the workspace has no such project.
pub(super) fn missing_project(id: &ProjectId) -> Failure {
    Failure::not_found(format!("Project {id} was not found."))
        .hint("Use projects.list to find the right id.")
}

/// 422: the description leaves no room for the mark of the resource's creation.
pub(super) fn long_description(most: usize) -> Failure {
    let complaint = format!("has more than {most} characters");
    Failure::rejected(format!("The description {complaint}.")).hint(format!(
        "Shorten it to {most} characters: Coolify allows 255, and the rest is taken by a marker that identifies the \
         resource."
    ))
    .detail("fields", serde_json::json!({ "description": [complaint] }))
}
