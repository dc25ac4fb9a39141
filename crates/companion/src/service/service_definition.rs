//! The service of a user, its file, and the service manager.

use std::path::PathBuf;

use super::manager_programs::RealRunner;
use crate::command_error::{Exit, Problem};
use crate::home::CompanionHome;

/// The service manager of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manager {
    /// systemd, for this user.
    Systemd,
    /// launchd.
    Launchd,
}

impl Manager {
    /// Returns the one of this system.
    pub const fn of_system() -> Self {
        if cfg!(target_os = "macos") { Self::Launchd } else { Self::Systemd }
    }
}

/// The service of a user.
#[derive(Clone, Debug)]
pub struct Service<R> {
    /// The companion's folder.
    pub home: CompanionHome,
    /// The user's home directory.
    pub user_home: PathBuf,
    /// The folder of the user's settings, `~/.config`.
    pub config_home: PathBuf,
    /// The service manager.
    pub manager: Manager,
    /// The programs of the manager.
    pub runner: R,
}

impl Service<RealRunner> {
    /// Returns the service of this user.
    ///
    /// # Errors
    ///
    /// A problem if the user's home is not known.
    pub fn find(home: &CompanionHome) -> Result<Self, Problem> {
        let user_home =
            std::env::home_dir().filter(|home| home.is_absolute()).ok_or_else(|| {
                Problem::failure("The home directory of this user is not known.").hint("Set HOME.")
            })?;
        let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
        let config_home =
            config.filter(|path| path.is_absolute()).unwrap_or_else(|| user_home.join(".config"));
        let (manager, runner) = (Manager::of_system(), RealRunner);
        Ok(Self { home: home.clone(), user_home, config_home, manager, runner })
    }
}

impl<R> Service<R> {
    /// Returns the file of the unit or of the launch agent.
    pub fn file(&self) -> PathBuf {
        match self.manager {
            Manager::Systemd => {
                self.config_home.join("systemd/user").join("covibe-companion.service")
            }
            Manager::Launchd => {
                self.user_home.join("Library/LaunchAgents").join("tech.covibe.companion.plist")
            }
        }
    }
}

/// Returns the refusal of a machine whose manager does not answer.
pub(super) fn no_manager(detail: &str) -> Problem {
    Problem::new(Exit::NoServiceManager, format!("The service manager of this user does not answer{detail}."))
        .hint("Run `covibe-local watch` in a terminal; in a container or after `su`, set XDG_RUNTIME_DIR=/run/user/$UID first.")
}
