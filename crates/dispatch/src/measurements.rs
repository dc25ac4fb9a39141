//! Measurements of a running server, for the metrics and the health check.

use std::sync::Arc;

use covibe_domain::boxed;
use covibe_domain::counters::Distribution;
use covibe_workspace::{
    AuditHealth, AuditLoad, DatabaseHealth, DomainCounts, OperationalFigures, PoolLoad, QueueLoad,
    UpstreamState, WatchCounts,
};

use crate::call_recording::{CallCounts, RefusalCounts};
use crate::dispatcher::Dispatcher;

/// The state of the two dependencies of every call: the database and the audit.
#[derive(Clone, Debug)]
pub struct Readiness {
    /// The state of the database.
    pub database: DatabaseHealth,
    /// The state of the audit.
    pub audit: AuditHealth,
}

impl Readiness {
    /// Returns whether calls are answered. If so, the health check answers 200, otherwise 503.
    pub fn serves(&self) -> bool {
        self.database.is_current() && self.audit != AuditHealth::Failing
    }

    /// Returns whether calls are answered and nothing needs the operator's attention.
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
    pub fn refusal_counts(&self) -> &RefusalCounts {
        &self.refused
    }

    /// Examines the dependencies of every call. Queries the database at most every few seconds, for all callers
    /// together.
    #[boxed]
    pub async fn readiness(&self) -> Readiness {
        let database = self.platform.database_health().await;
        Readiness { database, audit: self.platform.auditor().health() }
    }

    /// Returns the numbers and times of all tenants together, at most a minute old; `None` if the database does not
    /// count them in time.
    #[boxed]
    pub async fn operational_figures(&self) -> Option<Arc<OperationalFigures>> {
        self.platform.operational_figures().await
    }

    /// Returns the load of the connections to the database.
    pub fn database_load(&self) -> Vec<PoolLoad> {
        self.platform.database_load()
    }

    /// Returns the load of the audit.
    pub fn audit_load(&self) -> AuditLoad {
        self.platform.auditor().load()
    }

    /// Returns the counts of the watch of containers; `None` without a docker host.
    pub fn containers_watched(&self) -> Option<&WatchCounts> {
        self.platform.containers_watched()
    }

    /// Returns the load of the queue of deployments.
    pub fn deployment_queue(&self) -> QueueLoad {
        self.platform.deployment_queue()
    }

    /// Returns the times that deployments waited before this server handed them over.
    pub fn deployment_waits(&self) -> Distribution {
        self.platform.deployment_waits()
    }

    /// Returns the counts of the background work on domains; `None` without a registrar.
    pub fn domains_looked_after(&self) -> Option<&DomainCounts> {
        self.platform.domains_looked_after()
    }

    /// Returns the states of the upstreams, without calling them.
    pub fn upstreams(&self) -> Vec<UpstreamState> {
        self.platform.upstreams()
    }
}
