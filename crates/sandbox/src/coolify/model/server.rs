//! The one server, which hosts everything.

/// The server's numeric id.
pub(crate) const ID: i64 = 0;
/// The numeric id of its one destination.
pub(crate) const DESTINATION_ID: i64 = 0;
/// The uuid of that destination.
pub const DESTINATION: &str = "c00lifyc00lifyc00lifyc00";
/// The server's name.
pub(crate) const NAME: &str = "localhost";
