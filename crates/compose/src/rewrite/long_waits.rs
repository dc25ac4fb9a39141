//! Health checks for which other services wait: they end before Coolify ends the start.

use std::collections::BTreeSet;

use super::rewriter::{Rewriter, each_service, services};
use crate::file_location::Location;
use crate::judge::dependencies::{HealthTimes, LONGEST_WAIT, awaited_as_healthy};
use crate::yaml_tree::Tree;

const BY_COOLIFY: &str = "Coolify ends a start that waits for a health check for 10 minutes";

/// Shortens the health checks that may make others wait for too long. One whose single attempt takes too long is left
/// to the judge.
pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, file: &mut Tree) {
    let awaited: BTreeSet<String> =
        awaited_as_healthy(services(file)).into_iter().map(str::to_owned).collect();
    each_service(file, |name, at, service| {
        let health = service.get_mut("healthcheck").filter(|_| awaited.contains(name));
        if let Some(health) = health {
            shorten(rewriter, &at.key("healthcheck"), health);
        }
    });
}

/// Lets failures count late and few: a service that becomes healthy in time is healthy, however quickly its first
/// attempts fail.
fn shorten(rewriter: &mut Rewriter<'_>, at: &Location, health: &mut Tree) {
    let times = HealthTimes::from_check(health);
    let length = |retries: u8| f64::from(retries) * times.attempt;
    let fits =
        |retries: &u8| i64::from(*retries) <= times.retries && length(*retries) <= LONGEST_WAIT;
    let retries = [3_u8, 2, 1].into_iter().find(fits);
    let Some(retries) = retries.filter(|_| times.longest() > LONGEST_WAIT) else { return };
    if i64::from(retries) != times.retries {
        set(rewriter, at, health, ("retries", retries.to_string()));
    }
    let start_period = format!("{}s", (LONGEST_WAIT - length(retries)).floor());
    set(rewriter, at, health, ("start_period", start_period));
}

fn set(
    rewriter: &mut Rewriter<'_>,
    at: &Location,
    health: &mut Tree,
    (key, value): (&str, String),
) {
    rewriter.note(&at.key(key), format!("became {value}"), BY_COOLIFY);
    health.set(key, Tree::Text(value));
}
