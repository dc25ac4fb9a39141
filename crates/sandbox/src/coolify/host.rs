//! The host that everything runs on, which a test can cut off from Coolify.

use std::sync::Arc;

use parking_lot::Mutex;

/// The host. Every clone is the same host, so a test keeps one and starts the simulator with
/// another (`Options::host`).
///
/// While Coolify cannot reach it, nothing is seen, started, stopped or removed there, and what runs
/// goes on. Coolify reports it as unreachable only after its next look.
#[derive(Clone, Debug, Default)]
pub struct Host(Arc<Mutex<bool>>);

impl Host {
    /// Cuts the connection.
    pub fn lose(&self) {
        *self.0.lock() = true;
    }

    /// Restores the connection.
    pub fn restore(&self) {
        *self.0.lock() = false;
    }

    /// Returns whether the connection is cut.
    pub(crate) fn is_lost(&self) -> bool {
        *self.0.lock()
    }
}
