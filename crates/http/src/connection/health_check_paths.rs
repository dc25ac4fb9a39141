//! The paths of checks of the server itself, which are requested by address and at any rate.

/// The path of the health check, which load balancers request by address.
pub(crate) const HEALTH_PATH: &str = "/api/health";

/// The path of the check whether the server runs, which orchestrators request by address.
pub(crate) const LIVE_PATH: &str = "/api/live";

/// Returns whether this is the path of a check of the server itself.
pub(crate) fn is_check(path: &str) -> bool {
    path == HEALTH_PATH || path == LIVE_PATH
}
