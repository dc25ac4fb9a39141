//! The limit of the time that the start of a file waits until its services are healthy.

use super::checks::scalars::seconds;
use crate::location::Location;
use crate::refusals;
use crate::report::Report;
use crate::tree::Tree;

/// The most seconds until a service that others wait for is healthy or not. `docker compose up` waits
/// in one of the four workers that Coolify has for the deployments and starts of everybody, and is
/// ended after ten minutes (4.3.11). Ordinary files wait for up to 500 seconds. A file does not say how
/// long a service runs that others wait for to complete, or how slowly a registry answers: only their
/// places in the queue bound those times.
const MOST: f64 = 540.0;

/// Docker's defaults: the interval and the timeout in seconds, and the number of retries.
const EVERY: f64 = 30.0;
const RETRIES: i64 = 3;

/// Reports services that others wait for and that may take too long to become healthy.
pub(super) fn check(report: &mut Report, file: &Tree) {
    let services = file.get("services").map(Tree::members).unwrap_or_default();
    for (name, service) in services {
        let is_awaited = services.iter().any(|(_, other)| awaits(other, name));
        let health = service.get("healthcheck").filter(|_| is_awaited);
        if health.is_some_and(|health| longest(health) > MOST) {
            let at = Location::file().key("services").key(name).key("healthcheck");
            report.add(&at, refusals::long_wait());
        }
    }
}

/// Returns whether a service starts only when this one is healthy.
fn awaits(service: &Tree, name: &str) -> bool {
    let on = service.get("depends_on").and_then(|on| on.get(name));
    let condition = on.and_then(|on| on.get("condition")).and_then(Tree::as_str);
    condition == Some("service_healthy")
}

/// Returns the seconds until a service that never answers is unhealthy.
pub(crate) fn longest(health: &Tree) -> f64 {
    let duration = |name: &str| health.get(name).and_then(Tree::as_str).and_then(seconds);
    let set = |name: &str| duration(name).filter(|length| *length > 0.0);
    let retries = match health.get("retries") {
        Some(Tree::Int(retries)) => Some(*retries),
        // In case of a file that was not evaluated.
        retries => retries.and_then(Tree::as_str).and_then(|text| text.parse().ok()),
    };
    let retries = retries.filter(|retries| *retries > 0).unwrap_or(RETRIES);
    let once = set("interval").unwrap_or(EVERY) + set("timeout").unwrap_or(EVERY);
    #[expect(clippy::cast_precision_loss, reason = "at most 1,000")]
    let retries = retries as f64;
    duration("start_period").unwrap_or_default() + retries * once
}
