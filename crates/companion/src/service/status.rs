//! The state of the service.

use std::fs;

use serde::Serialize;

use super::manager_programs::Runner;
use super::service_definition::{Manager, Service};
use super::{launchd, systemd};

/// The state of the service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct ServiceStatus {
    /// True if its file exists.
    pub is_installed: bool,
    /// True if the file is the one that this release writes.
    pub is_current: bool,
    /// True if the service manager answers.
    pub has_manager: bool,
    /// True if the service runs.
    pub is_running: bool,
    /// True if it starts with a login.
    pub is_enabled: bool,
    /// Its process.
    pub pid: Option<u32>,
    /// The number of times that it was started again.
    pub restarts: Option<u32>,
    /// True if it goes on after the logout; `None` where that is unknown or always so.
    pub has_linger: Option<bool>,
}

impl ServiceStatus {
    /// Returns the advice for a machine on which the service ends with the logout.
    pub fn linger_advice(&self) -> Option<String> {
        (self.has_linger == Some(false)).then(|| {
            "The service ends when you log out. To keep it running: loginctl \
             enable-linger"
                .to_owned()
        })
    }
}

/// Looks at the service.
pub(super) fn inspect<R: Runner>(service: &Service<R>) -> ServiceStatus {
    let file = fs::read_to_string(service.file()).ok();
    let expected = match service.manager {
        Manager::Systemd => systemd::unit(&service.home),
        Manager::Launchd => launchd::plist(&service.home),
    };
    let status = ServiceStatus {
        is_installed: file.is_some(),
        is_current: file.is_some_and(|text| text == expected),
        ..ServiceStatus::default()
    };
    match service.manager {
        Manager::Systemd => inspect_systemd(service, status),
        Manager::Launchd => inspect_launchd(service, status),
    }
}

fn inspect_systemd<R: Runner>(service: &Service<R>, status: ServiceStatus) -> ServiceStatus {
    let properties = "--property=ActiveState,UnitFileState,MainPID,NRestarts";
    let shown = service.runner.run("systemctl", &["--user", "show", systemd::NAME, properties]);
    if !shown.is_ok() {
        return status;
    }
    let property = |name: &str| {
        shown.stdout.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
    };
    let user = std::env::var("USER").unwrap_or_default();
    let linger = match user.as_str() {
        "" => service.runner.run("loginctl", &["show-user", "--property=Linger", "--value"]),
        user => {
            service.runner.run("loginctl", &["show-user", user, "--property=Linger", "--value"])
        }
    };
    ServiceStatus {
        has_manager: true,
        is_running: property("ActiveState") == Some("active"),
        is_enabled: property("UnitFileState") == Some("enabled"),
        pid: property("MainPID").and_then(|pid| pid.parse().ok()).filter(|pid| *pid != 0),
        restarts: property("NRestarts").and_then(|number| number.parse().ok()),
        has_linger: linger.is_ok().then(|| linger.stdout.trim() == "yes"),
        ..status
    }
}

/// The text of `launchctl print` is for people; these lines of it have stayed the same.
fn inspect_launchd<R: Runner>(service: &Service<R>, status: ServiceStatus) -> ServiceStatus {
    let target = format!("{}/{}", launchd::domain(), launchd::LABEL);
    let printed = service.runner.run("launchctl", &["print", &target]);
    let line = |name: &str| {
        printed.stdout.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(" = "))
    };
    ServiceStatus {
        has_manager: printed.code.is_some(),
        is_running: line("state") == Some("running"),
        is_enabled: printed.is_ok(),
        pid: line("pid").and_then(|pid| pid.parse().ok()),
        restarts: None,
        has_linger: None,
        ..status
    }
}
