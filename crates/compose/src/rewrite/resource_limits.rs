//! Limits that a service has in two places: they go where Docker Compose takes them.

use super::rewriter::Rewriter;
use crate::file_location::Location;
use crate::judge::resource_limits::ALL;
use crate::yaml_tree::Tree;

const ONE_PLACE: &str = "where deploy.resources has limits, Docker Compose reads limits only there";

/// Moves each key to the section of `deploy.resources` that the service has. Values that differ are left
/// to the judge.
pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, _: &str, at: &Location, service: &mut Tree) {
    for limit in &ALL {
        let Some(own) = limit.in_service(service).cloned() else { continue };
        let is_absent = limit.in_section(service).is_none();
        if limit.section(service).is_none() || !is_absent && !limit.is_consistent(service) {
            continue;
        }
        service.remove(limit.key);
        if is_absent {
            limit.set(service, own);
        }
        rewriter.note(&at.key(limit.key), format!("became {}", limit.path()), ONE_PLACE);
    }
}
