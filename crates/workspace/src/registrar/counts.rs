//! What is counted of looks at domains without a call.

use covibe_domain::measure::Count;

/// What the server has asked the registrar about without a call since it started.
#[derive(Debug, Default)]
pub struct DomainCounts {
    /// How often it told what became of a domain.
    pub settled: Count,
    /// How often it did not tell yet, or held an order back.
    pub open: Count,
    /// How often it could not be asked.
    pub failed: Count,
}
