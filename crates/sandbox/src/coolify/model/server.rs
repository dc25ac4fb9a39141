//! The one server, which hosts everything.

/// The server's numeric id.
pub(crate) const ID: i64 = 0;
/// The numeric id of its one destination.
pub(crate) const DESTINATION_ID: i64 = 0;
/// The uuid of that destination.
pub const DESTINATION: &str = "c00lifyc00lifyc00lifyc00";
/// The server's name.
pub(crate) const NAME: &str = "localhost";

/// The limits of its deployments, which its operator may change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The maximum number in progress at once: `concurrent_builds`.
    pub(crate) concurrent_builds: usize,
    /// The time after which one is ended, in seconds: `dynamic_timeout`.
    pub(crate) dynamic_timeout: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { concurrent_builds: 2, dynamic_timeout: 3600 }
    }
}
