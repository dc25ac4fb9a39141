//! The service, and what it has not sent.

use covibe_domain::Timestamp;

use super::check_report::{Check, Doctor};
use crate::service::{Service, ServiceStatus};
use crate::sync::{StatusData, status_data};

/// The age of an item from which on the queue is said to stand.
const OLD: i64 = 60 * 60 * 1000;

/// Returns the checks.
pub(super) fn checks(doctor: &Doctor) -> Vec<Check> {
    let data = status_data(&doctor.home);
    let mut checks = vec![queue(&data)];
    if !doctor.expects_service {
        checks.push(Check::skip("service", "No service was requested."));
        return checks;
    }
    match Service::find(&doctor.home) {
        Ok(service) => {
            checks.extend(state(doctor, &service.status(), &data));
            checks.extend(service.legacy_units().into_iter().map(|file| {
                let message = format!("An earlier service remains: {}.", file.display());
                Check::warn("service.legacy", message).fix("covibe-local service install")
            }));
        }
        Err(problem) => checks.push(Check::warn("service", problem.message)),
    }
    checks
}

fn state(doctor: &Doctor, status: &ServiceStatus, data: &StatusData) -> Vec<Check> {
    let fix = format!("covibe-local service install --base-url {}", doctor.origin);
    let id = "service";
    let check = match status {
        ServiceStatus { is_installed: false, .. } if data.is_running => {
            Check::pass(id, "`covibe-local watch` is running instead of the service.")
        }
        ServiceStatus { is_installed: false, .. } => {
            Check::warn(id, "The service is not installed, so nothing is sent.").fix(fix)
        }
        ServiceStatus { has_manager: false, .. } => {
            Check::warn(id, "The service manager of this user does not answer.")
                .fix("covibe-local watch")
        }
        ServiceStatus { is_running: false, .. } => {
            Check::warn(id, "The service is installed, but not running.")
                .fix("covibe-local service logs")
        }
        ServiceStatus { is_current: false, .. } => {
            Check::warn(id, "The service is running a program of another release.").fix(fix)
        }
        ServiceStatus { is_enabled: false, .. } => {
            Check::warn(id, "The service is running, but does not start at login.").fix(fix)
        }
        _ => Check::pass(id, "The service is running, and starts at each login."),
    };
    let linger = status.linger_advice().map(|advice| Check::pass("service.linger", advice));
    std::iter::once(check).chain(linger).collect()
}

fn queue(data: &StatusData) -> Check {
    let id = "activity.queue";
    if let Some(problem) = &data.exclusions_problem {
        return Check::warn(id, format!("Nothing is sent: {problem}"));
    }
    let now = Timestamp::now().as_millis();
    let is_old = data.oldest.is_some_and(|at| now.saturating_sub(at.as_millis()) > OLD);
    if is_old {
        let message = format!(
            "{} items are waiting to be sent, the oldest for more than an hour.",
            data.queued
        );
        return Check::warn(id, message).fix("covibe-local sync");
    }
    Check::pass(id, format!("{} items are waiting to be sent.", data.queued))
}
