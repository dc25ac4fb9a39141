//! What a server measures of itself, for the metrics and the health check.

use std::sync::Arc;

use covibe_domain::boxed;
use covibe_domain::measure::Distribution;
use covibe_workspace::{
    AuditHealth, AuditLoad, DatabaseHealth, DomainCounts, OperationalFigures, PoolLoad, QueueLoad,
    UpstreamState, WatchCounts,
};

use crate::dispatcher::Dispatcher;
use crate::recorded::{CallCounts, RefusalCounts};

/// The state of what each call needs: the database and the audit.
#[derive(Clone, Debug)]
pub struct Readiness {
    /// The state of the database.
    pub database: DatabaseHealth,
    /// Whether the audit can be written.
    pub audit: AuditHealth,
}

impl Readiness {
    /// Returns whether calls are answered: by this, health is 200 and not 503.
    pub fn serves(&self) -> bool {
        self.database.is_current() && self.audit != AuditHealth::Failing
    }

    /// Returns whether there is nothing that the operator has to look at, either.
    pub fn is_ok(&self) -> bool {
        self.serves() && self.audit == AuditHealth::Ok && !self.database.is_low
    }
}

impl Dispatcher {
    /// Returns the calls since the start, by tool.
    pub fn calls(&self) -> &CallCounts {
        &self.calls
    }

    /// Returns the requests that were refused before their call was read.
    pub fn refused(&self) -> &RefusalCounts {
        &self.refused
    }

    /// Examines what each call needs. The database is asked at most every few seconds, whoever asks.
    #[boxed]
    pub async fn readiness(&self) -> Readiness {
        let database = self.platform.database_health().await;
        Readiness { database, audit: self.platform.auditor().health() }
    }

    /// Returns the numbers and times of all tenants together, at most a minute old; `None` if the database does not count
    /// them in time.
    #[boxed]
    pub async fn operational_figures(&self) -> Option<Arc<OperationalFigures>> {
        self.platform.operational_figures().await
    }

    /// Returns how busy the connections to the database are.
    pub fn database_load(&self) -> Vec<PoolLoad> {
        self.platform.database_load()
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
