//! The resources of others: a Coolify may have thousands of them.

/// The numbers of resources of others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// Applications.
    pub applications: usize,
    /// Services.
    pub services: usize,
    /// Databases.
    pub databases: usize,
}
