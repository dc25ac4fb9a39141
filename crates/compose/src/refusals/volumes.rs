//! Problems of volumes and mounts.

use super::refusals;
use crate::problem::Problem;

const NAMED: &str = "Use a named volume, like data:/var/lib/data, and declare it at top level; \
                     put small files into `configs`.";

refusals! {
    forbidden host_mount: "mounting a path of the host is not allowed", NAMED;
    forbidden variable_mount: "the source of a mount can't be a variable", NAMED;
    invalid malformed_mount: "the mount is not of the form name:/path or name:/path:ro", NAMED;
    invalid incomplete_mount: "the mount lacks a member or has one too many",
        "Write type: volume with source and target, or type: tmpfs with target.";
    forbidden remote_volume: "the volume is not local", "Remove driver.";
    forbidden volume_options: "driver options can mount a path of the host", "Remove it.";
    forbidden external_volume: "using a volume from outside this app is not allowed", "Remove it.";
    forbidden volume_name: "the name could select a volume of another app",
        "Remove it: the key is the volume's name.";
}

/// Returns the problem of a volume that Coolify would give the name of another one.
pub(crate) fn same_volume(other: &str) -> Problem {
    Problem::invalid("Coolify would give this volume the same name as another one")
        .fix(format!("Rename it, or use {other} for both."))
}
