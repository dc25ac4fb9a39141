//! The counts of connections, for the operator.

use std::sync::Arc;

use covibe_domain::counters::Count;

use super::connection_table::Table;
use super::refusal_reasons::Reason;

/// The connections of a running server, for the operator.
#[derive(Clone, Debug)]
pub struct Connections(Arc<Table>);

impl Connections {
    /// Creates a view of this table.
    pub(crate) fn from_table(table: &Arc<Table>) -> Self {
        Self(Arc::clone(table))
    }

    /// Returns the number of connections.
    pub fn open(&self) -> usize {
        self.0.open()
    }

    /// Returns the number of requests that were refused for this reason since the start.
    pub fn refused_requests(&self, reason: Reason) -> u64 {
        self.0.refused.count_of(reason).map_or(0, Count::get)
    }
}
