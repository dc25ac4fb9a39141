//! The operator's rules about compose files.

/// The operator's rules about compose files.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Registries that images may come from besides those with a public name and the usual port,
    /// such as `registry.internal:5000`.
    pub registries: Vec<String>,
    /// Names that no container may have, because programs of the operator find others by them.
    pub reserved_names: Vec<String>,
    /// The memory that a service may use unless its file says so, such as `4g`.
    pub memory: Option<String>,
    /// The maximum memory that a file may give a service, such as `16g`.
    pub max_memory: Option<String>,
    /// The number of processes that a service may have unless its file says so.
    pub processes: Option<u32>,
    /// True if services may be built: only from the repository that the file is part of.
    pub builds: bool,
}
