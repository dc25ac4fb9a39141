//! The resources of others, of which a Coolify may have thousands.

/// How many resources others have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// Applications.
    pub applications: usize,
    /// Services.
    pub services: usize,
    /// Databases.
    pub databases: usize,
}
