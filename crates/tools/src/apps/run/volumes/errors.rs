//! Failures of removing a volume.

use std::time::Duration;

use covibe_domain::Failure;
use covibe_operation::{quotable_name, similar_names};
use covibe_workspace::Inventory;

/// The maximum number of volumes that a hint lists.
const MAX_LISTED: usize = 20;

/// 404: the resource has no volume of this name.
pub(super) fn unknown_volume(name: &str, seen: &Inventory) -> Failure {
    let mut own: Vec<_> = seen.labelled().collect();
    own.extend(seen.mounts().map(|(name, ..)| name).filter(|name| seen.own_volume(name).is_some()));
    own.sort_unstable();
    own.dedup();
    let similar = similar_names(name, own.iter().copied(), 1).into_iter().next();
    let meant =
        similar.map(|name| format!(" Did you mean {}?", quotable_name(name))).unwrap_or_default();
    let listed: Vec<_> = own.iter().take(MAX_LISTED).map(|name| quotable_name(name)).collect();
    let hint = if own.is_empty() {
        "The resource has no volumes, so there is nothing to remove.".to_owned()
    } else {
        format!("Its volumes: {}.", listed.join(", "))
    };
    Failure::not_found(format!("The resource has no volume {}.{meant}", quotable_name(name)))
        .hint(hint)
}

/// 403: a container mounts the volume, whose label or name says that it is not the resource's own.
pub(super) fn foreign_volume(name: &str) -> Failure {
    let name = quotable_name(name);
    Failure::forbidden(format!("The volume {name} is mounted, but it is not the resource's own."))
        .hint(
            "Its label or its name shows this, so it was not removed. Tell the operator if it must \
             be removed.",
        )
}

/// 409: a container that is not the resource's uses the volume.
pub(super) fn used_by_others() -> Failure {
    Failure::conflict("A container that does not belong to the resource also uses the volume.").hint(
        "The volume was not removed. Tell the operator: `docker ps -a --filter volume=NAME` on the \
         host lists the containers that use it.",
    )
}

/// 409: containers that use the volume come back.
pub(super) fn still_used() -> Failure {
    Failure::conflict("Something starts containers that use the volume while it is being removed.")
        .hint("Wait until no deployment or start is in progress, then repeat the call.")
        .retry_after(Duration::from_secs(30))
}

/// 409: a deployment or a start is in progress.
pub(super) fn deployment_in_progress(look: &str) -> Failure {
    Failure::conflict("A deployment is in progress, so nothing was removed.")
        .hint(format!(
            "The deployment would use the volume. Repeat the call once it has ended; {look}."
        ))
        .retry_after(Duration::from_secs(30))
}
