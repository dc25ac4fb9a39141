//! Settings by which a test or a demonstration arranges containers.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::core::Setting;

/// The behaviour of the programs of containers. `Simulator::set` takes it, or its JSON
/// `{of,exitCode?,outOfMemory?,log?,printed?,logBytes?,outputBytes?,noShell?,paused?,files?,volumeBytes?,imageLabels?}` a
/// `POST` to `/__sandbox/arrangements`. A later one for the same containers replaces it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Arrangement {
    /// The containers: the name or the uuid of a resource, or the name of one container.
    pub of: String,
    /// The exit code of a container that exits or crashes by itself; 1 by default.
    pub exit_code: Option<i64>,
    /// True if the kernel kills it for want of memory: code 137, and the flag of the last crash.
    pub out_of_memory: bool,
    /// The lines that it prints to stderr before it exits or crashes by itself, in place of a stack trace.
    pub log: Vec<String>,
    /// The lines that it prints to stdout while it runs, after those that its program prints when it starts. Lines that a later arrangement
    /// adds at the end are new lines of the log.
    pub printed: Vec<String>,
    /// About how many bytes its log has beside that.
    pub log_bytes: usize,
    /// The number of bytes that the command `output` prints.
    pub output_bytes: u64,
    /// True if its image has no shell and no other program, as one from scratch.
    pub no_shell: bool,
    /// True if it is paused while it runs.
    pub paused: bool,
    /// Further files in it, by their absolute paths.
    pub files: BTreeMap<String, String>,
    /// The size of its volumes in bytes.
    pub volume_bytes: Option<u64>,
    /// The labels of its image. The container has them, too, unless Coolify or compose sets them.
    pub image_labels: BTreeMap<String, String>,
}

impl Setting for Arrangement {}

/// A running container that does not belong to a resource of Coolify: somebody else's, or one that claims to belong
/// to a resource. `Simulator::set` takes it; a `POST` to `/__sandbox/containers` takes its JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForeignContainer {
    /// Its name, which no other container has.
    pub name: String,
    /// Its image.
    pub image: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its volumes, and their paths in the container.
    pub volumes: BTreeMap<String, String>,
    /// Its networks by name.
    pub networks: Vec<String>,
}

impl Setting for ForeignContainer {}
