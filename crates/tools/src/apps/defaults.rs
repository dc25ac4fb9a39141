//! Defaults that several operations on apps share.

/// The service of a compose file that gets the domain unless the call names one.
pub(super) const DEFAULT_SERVICE: &str = "server";
