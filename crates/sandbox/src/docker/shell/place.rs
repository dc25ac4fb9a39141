//! Where something is executed: what a process finds in its container.

use std::collections::BTreeMap;

/// Another container that is reached by its name.
pub(crate) struct Neighbour {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) port: u16,
}

/// A container, as a process finds it.
pub(crate) struct Place {
    pub(crate) hostname: String,
    pub(crate) environment: BTreeMap<String, String>,
    /// The name of the user and its number.
    pub(crate) user: (String, u32),
    pub(crate) folder: String,
    /// The files by their absolute paths.
    pub(crate) files: BTreeMap<String, String>,
    /// What runs: the container's own command line first.
    pub(crate) processes: Vec<String>,
    pub(crate) neighbours: Vec<Neighbour>,
    /// How many bytes the command `output` prints.
    pub(crate) output_bytes: u64,
}
