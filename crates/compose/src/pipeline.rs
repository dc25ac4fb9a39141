//! The one way of a compose file: read, judged, written anew.

use covibe_domain::{Failure, Secret};

use crate::model::Compose;
use crate::report::Report;
use crate::{canonical, describe, judge, yaml};

/// Reads, checks and rewrites a compose file of at most 256 KiB.
///
/// # Errors
/// 403 where something reaches out of the workspace, 400 where something is malformed or not taken;
/// `details.path` is where, `details.problems` all that was found (the first ten). Values are never
/// repeated.
pub fn compose(text: &str) -> Result<Compose, Failure> {
    let mut report = Report::default();
    let raw = yaml::read(text, &mut report);
    let file = raw.as_ref().and_then(|raw| judge::file(&mut report, raw));
    if let Some(failure) = report.failure() {
        return Err(failure);
    }
    let (Some(raw), Some(file)) = (raw, file) else {
        return Err(Failure::invalid("composeRaw is not a compose file."));
    };
    let services = describe::services(&file);
    let hints = describe::hints(&raw, &file, &services);
    let text = canonical::write(file.members());
    if text.len() > yaml::LONGEST {
        return Err(Failure::invalid(
            "composeRaw is longer than 256 KiB with its aliases written out.",
        ));
    }
    Ok(Compose { services, hints, text: Secret::new(text) })
}
