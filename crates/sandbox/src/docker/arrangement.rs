//! What a test or a demonstration arranges of containers.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::core::Setting;

/// How the programs of containers behave. `Simulator::set` takes it, or its JSON
/// `{of,exitCode?,outOfMemory?,log?,logBytes?,outputBytes?,noShell?,paused?,files?,volumeBytes?,imageLabels?}` a
/// `POST` to `/__sandbox/arrangements`. A later one for the same containers replaces it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Arrangement {
    /// Whose containers: the name or the uuid of a resource, or the name of one container.
    pub of: String,
    /// The exit code of a container that exits or crashes by itself; 1 by default.
    pub exit_code: Option<i64>,
    /// Whether the kernel kills it for want of memory: code 137, and the flag of the last crash.
    pub out_of_memory: bool,
    /// What it prints to stderr before it exits or crashes by itself, in the place of a stack trace.
    pub log: Vec<String>,
    /// About how many bytes its log has beside that.
    pub log_bytes: usize,
    /// How many bytes the command `output` prints.
    pub output_bytes: u64,
    /// Whether its image has no shell and no other program, as one from scratch.
    pub no_shell: bool,
    /// Whether it is paused while it runs.
    pub paused: bool,
    /// Further files in it, by their absolute paths.
    pub files: BTreeMap<String, String>,
    /// The size of its volumes in bytes.
    pub volume_bytes: Option<u64>,
    /// The labels of its image, which it has too unless Coolify or compose sets them.
    pub image_labels: BTreeMap<String, String>,
}

impl Setting for Arrangement {}

/// A container that no resource of Coolify has, running: somebody else's, or one that claims to be of a
/// resource. `Simulator::set` takes it, or its JSON a `POST` to `/__sandbox/containers`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Planted {
    /// Its name, which no other container has.
    pub name: String,
    /// Its image.
    pub image: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its volumes, and where they are mounted.
    pub volumes: BTreeMap<String, String>,
    /// Its networks by name.
    pub networks: Vec<String>,
}

impl Setting for Planted {}
