//! Problems of volumes and mounts.

use super::refusals;
use crate::problem::Problem;

const NAMED: &str = "Use a named volume, like data:/var/lib/data, and declare it at top level; \
                     put small files into `configs`.";

refusals! {
    forbidden host_mount: "mounting a path of the host is not allowed", NAMED;
    invalid malformed_mount: "the mount is not of the form name:/path or name:/path:ro", NAMED;
    invalid incomplete_mount: "the mount lacks a member or has one too many",
        "Write type: volume with source and target, or type: tmpfs with target.";
    invalid two_mounts: "a volume is mounted at this path, too", "Keep one of them.";
    forbidden volume_options: "driver options can mount a path of the host", "Remove it.";
}

/// Returns the problem of a volume that Coolify would give the name of another one.
pub(crate) fn same_volume(other: &str) -> Problem {
    Problem::invalid("Coolify would give this volume the same name as another one")
        .fix(format!("Rename it, or use {other} for both."))
}

/// Returns the problem of a folder whose volume another service has now, at this target.
pub(crate) fn volume_of_other(volume: &str, service: &str, target: &str) -> Problem {
    let target = covibe_domain::names::displayable(target, 100);
    Problem::invalid(format!("its volume would be {volume}, which has the data of {service} at {target}"))
        .fix(format!(
            "To mount that data here, write {volume} as the source; for an empty volume, a name of its own."
        ))
}

/// Returns the problem of a place that would get another volume than it has. `begins` says what that one has, and
/// `confirmation` how all of the kind are confirmed together.
pub(crate) fn replaced_volume(
    target: &str,
    was: &str,
    becomes: &str,
    begins: &str,
    confirmation: &str,
) -> Problem {
    let target = covibe_domain::names::displayable(target, 100);
    Problem::invalid(format!("{target} has the volume {was} with its data, and would get {becomes}, {begins}"))
        .fix(format!(
            "To keep the data there, write {was}:{target}. Otherwise {confirmation}; {was} keeps its data."
        ))
}
