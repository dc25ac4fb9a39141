//! Counts of the background work on domains.

use covibe_domain::measure::Count;

/// Counts of the questions that the server has asked the registrar without a call since it started.
#[derive(Debug, Default)]
pub struct DomainCounts {
    /// The number of times that the registrar reported the outcome for a domain.
    pub settled: Count,
    /// The number of times that the outcome was still open, or that the registrar held an order
    /// back.
    pub open: Count,
    /// The number of times that the registrar could not be asked.
    pub failed: Count,
}
