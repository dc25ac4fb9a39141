//! `covibe-local doctor`: checks that everything on this machine works together. It changes nothing.
//!
//! | checks | of |
//! |---|---|
//! | `machine_checks` | programs, credentials, git, exclusions, the lock file of npm, the proxy |
//! | `server_checks` | health, clocks, a refusal without a key, each key by a list of tools, expiry, a later version |
//! | `agent_checks` | the files of connected agents, and keys in the files of the repository |
//! | `service_checks` | the service, and what waits to be sent |
//!
//! The checks that ask the server share a deadline, so that a server that hangs delays nobody; the keys are tried at
//! the same time.

mod agent_checks;
mod check_report;
mod machine_checks;
mod server_checks;
mod service_checks;

use std::time::Duration;

use covibe_domain::boxed;
use tokio::time::timeout;

pub use check_report::{Check, CheckLevel, Doctor, Report};

/// The maximum duration of the checks that ask the server.
const DEADLINE: Duration = Duration::from_secs(12);

impl Doctor {
    /// Examines everything. A server that does not answer is a warning: the machine may be offline.
    #[boxed]
    pub async fn examine(&self) -> Report {
        let agents = self.agents.clone().unwrap_or_else(|| agent_checks::connected(self));
        let mut checks = machine_checks::checks(self);
        let asked = timeout(DEADLINE, server_checks::checks(self, &agents)).await;
        checks.extend(asked.unwrap_or_else(|_| vec![server_checks::hangs(self)]));
        checks.extend(agent_checks::checks(self, &agents));
        checks.extend(service_checks::checks(self));
        Report { origin: self.origin.clone(), checks }
    }
}
