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
    /// Workspaces of Co-Vibe: each is a project with a private key and a destination on a network of its own. The
    /// resources are spread over their projects.
    pub workspaces: usize,
}
