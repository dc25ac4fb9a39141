//! The steps of setup that other modules carry out.

use covibe_domain::Secret;
use futures_util::future::BoxFuture;

use crate::agent_kinds::Agent;
use crate::command_error::Problem;
use crate::home::CompanionHome;
use crate::origin::Origin;

/// The outcome of installing the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceOutcome {
    /// It runs; a sentence about it.
    Installed(String),
    /// It was not installed, which does not fail setup; sentences about the reason and what to do.
    Skipped(String),
}

/// The steps of setup that other modules carry out.
pub trait SetupSteps: Send + Sync {
    /// Copies this program to `bin/`, where agents and the service start it.
    ///
    /// # Errors
    ///
    /// A problem if it cannot be copied; setup then ends, because entries would name what is not there.
    fn install_programs(&self, home: &CompanionHome) -> Result<(), Problem>;

    /// Notes the server as the default for repositories, unless there is one already.
    ///
    /// # Errors
    ///
    /// A problem if the settings cannot be written.
    fn remember_server(&self, home: &CompanionHome, origin: &Origin) -> Result<(), Problem>;

    /// Installs the service, or says why not.
    ///
    /// # Errors
    ///
    /// A problem that fails setup at its end.
    fn install_service(
        &self,
        home: &CompanionHome,
        origin: &Origin,
    ) -> Result<ServiceOutcome, Problem>;

    /// Runs the doctor's checks with a key, if one was given, and reports them. Returns whether all passed.
    fn check<'a>(
        &'a self,
        origin: &'a Origin,
        agents: &'a [Agent],
        token: Option<&'a Secret>,
    ) -> BoxFuture<'a, Result<bool, Problem>>;
}
