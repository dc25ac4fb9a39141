//! The host that everything runs on, which a test can cut off from Coolify.

use std::sync::Arc;

use parking_lot::Mutex;

/// The host. Every clone is the same host, so a test keeps one and starts the simulator with
/// another (`Options::host`).
///
/// While Coolify cannot reach it, nothing is seen, started, stopped or removed there, and what runs
/// goes on. Coolify reports it as unreachable only after its next look.
#[derive(Clone, Debug, Default)]
pub struct Host(Arc<Mutex<Condition>>);

#[derive(Debug, Default)]
struct Condition {
    is_lost: bool,
    breaches: Vec<String>,
}

impl Host {
    /// Cuts the connection.
    pub fn lose(&self) {
        self.0.lock().is_lost = true;
    }

    /// Restores the connection.
    pub fn restore(&self) {
        self.0.lock().is_lost = false;
    }

    /// Returns how builds of repositories have taken it over; nothing if none has.
    pub fn breaches(&self) -> Vec<String> {
        self.0.lock().breaches.clone()
    }

    /// Notes that builds have taken it over.
    pub(crate) fn take_over(&self, breaches: Vec<String>) {
        self.0.lock().breaches.extend(breaches);
    }

    /// Returns whether the connection is cut.
    pub(crate) fn is_lost(&self) -> bool {
        self.0.lock().is_lost
    }
}
