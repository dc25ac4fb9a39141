//! The highest load of the workers.

use std::sync::Arc;

use parking_lot::Mutex;

/// The most work that the workers had at once, waiting for one of them or begun. Every clone is the same, so a test keeps one
/// and starts the simulator with another (`Options::peak`).
#[derive(Clone, Debug, Default)]
pub struct PeakLoad(Arc<Mutex<Peak>>);

/// The most work at once. The highest of each sort may not have come together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peak {
    /// Deployments.
    pub builds: usize,
    /// Deployments and starts.
    pub all: usize,
}

impl PeakLoad {
    /// Returns the most work since this was asked last.
    pub fn take(&self) -> Peak {
        std::mem::take(&mut self.0.lock())
    }

    pub(crate) fn note(&self, builds: usize, starts: usize) {
        let mut peak = self.0.lock();
        peak.builds = peak.builds.max(builds);
        peak.all = peak.all.max(builds + starts);
    }
}
