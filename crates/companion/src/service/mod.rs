//! The service: one for each machine. It is a user unit of systemd, or a launch agent of macOS.
//!
//! Its file has no key and no address of a server: the service reads the credentials at each use, so that new ones need
//! no new installation.

mod launchd;
mod legacy_services;
mod manager_programs;
mod service_definition;
mod status;
mod systemd;

use std::path::PathBuf;

pub use launchd::plist;
pub use manager_programs::{Ran, RealRunner, Runner};
pub use service_definition::{Manager, Service};
pub use status::ServiceStatus;
pub use systemd::unit;

use crate::command_error::Problem;
use crate::origin::Origin;
use crate::program_copies;

impl<R: Runner> Service<R> {
    /// Installs the service and starts it, or starts it anew. Services of earlier releases, one for each repository, are
    /// removed. Returns sentences about what was done.
    ///
    /// # Errors
    ///
    /// A problem if the program lies in a cache, if there is no service manager (exit code 3), or if a step failed.
    pub fn install(&self, origin: Option<&Origin>) -> Result<Vec<String>, Problem> {
        if program_copies::is_in_cache() {
            return Err(in_cache(origin));
        }
        program_copies::install_programs(&self.home)?;
        let mut lines = legacy_services::migrate(self)?;
        match self.manager {
            Manager::Systemd => systemd::install(self)?,
            Manager::Launchd => launchd::install(self)?,
        }
        lines.push("The service is running, and starts at each login.".to_owned());
        lines.extend(self.status().linger_advice());
        Ok(lines)
    }

    /// Stops the service and removes its file. Keys stay.
    ///
    /// # Errors
    ///
    /// A problem if the file cannot be removed.
    pub fn uninstall(&self) -> Result<Vec<String>, Problem> {
        let was_there = self.file().exists();
        match self.manager {
            Manager::Systemd => systemd::uninstall(self)?,
            Manager::Launchd => launchd::uninstall(self)?,
        }
        let line = if was_there { "The service was removed." } else { "No service was installed." };
        Ok(vec![line.to_owned()])
    }

    /// Returns the state of the service. It changes nothing.
    pub fn status(&self) -> ServiceStatus {
        status::inspect(self)
    }

    /// Returns the latest lines of the service's log.
    ///
    /// # Errors
    ///
    /// A problem if the log does not exist.
    pub fn logs(&self) -> Result<String, Problem> {
        let text = match self.manager {
            Manager::Systemd => systemd::logs(self),
            Manager::Launchd => launchd::logs(self),
        };
        text.ok_or_else(|| {
            Problem::failure("The log of the service cannot be read.")
                .hint("Run `covibe-local service status`.")
        })
    }

    /// Returns the lines of the repositories whose legacy services are installed.
    pub fn legacy_units(&self) -> Vec<PathBuf> {
        legacy_services::find(self).into_iter().map(|unit| unit.file).collect()
    }
}

/// Returns the refusal of a program that will be gone.
fn in_cache(origin: Option<&Origin>) -> Problem {
    let origin = origin.map_or("https://covibe.example.com", Origin::as_str);
    Problem::failure("The service can't be installed from the temporary cache of npx.").hint(format!(
        "Install the package in a repository, then: npm exec -- covibe-local service install --base-url {origin}"
    ))
}
