//! What a server measures of itself, for the metrics and the health check.

use covibe_domain::boxed;
use covibe_domain::measure::Distribution;
use covibe_workspace::{
    AuditHealth, AuditLoad, DatabaseHealth, DomainCounts, PoolLoad, QueueLoad, UpstreamState,
    WatchCounts,
};

use crate::dispatcher::Dispatcher;
use crate::recorded::{CallCounts, RefusalCounts};

impl Dispatcher {
    /// Returns the calls since the start, by tool.
    pub fn calls(&self) -> &CallCounts {
        &self.calls
    }

    /// Returns the requests that were refused before their call was read.
    pub fn refused(&self) -> &RefusalCounts {
        &self.refused
    }

    /// Asks the database for its state.
    #[boxed]
    pub async fn database_health(&self) -> DatabaseHealth {
        self.platform.database_health().await
    }

    /// Returns how busy the connections to the database are.
    pub fn database_load(&self) -> Vec<PoolLoad> {
        self.platform.database_load()
    }

    /// Returns whether the audit can be written.
    pub fn audit_health(&self) -> AuditHealth {
        self.platform.auditor().health()
    }

    /// Returns what the audit has to write.
    pub fn audit_load(&self) -> AuditLoad {
        self.platform.auditor().load()
    }

    /// Returns what the watch of containers has counted; `None` without a docker host.
    pub fn containers_watched(&self) -> Option<&WatchCounts> {
        self.platform.containers_watched()
    }

    /// Returns how busy the queue of deployments is.
    pub fn deployment_queue(&self) -> QueueLoad {
        self.platform.deployment_queue()
    }

    /// Returns how long the deployments that this server handed over had waited.
    pub fn deployment_waits(&self) -> Distribution {
        self.platform.deployment_waits()
    }

    /// Returns how the registrar answered without a call; `None` without a registrar.
    pub fn domains_looked_after(&self) -> Option<&DomainCounts> {
        self.platform.domains_looked_after()
    }

    /// Returns how the upstreams answer. It calls none of them.
    pub fn upstreams(&self) -> Vec<UpstreamState> {
        self.platform.upstreams()
    }
}
