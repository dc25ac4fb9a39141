//! New containers that may not run, because of labels of their images.

use covibe_domain::names::displayable;

use super::kind::Verdict;
use super::outcome::Outcome;
use super::witness::Witness;
use crate::on_host::{FIX, describe_label, end_rejected};

/// Ends the containers of a resource if a new one may not run; returns the outcome then.
pub(super) async fn rejection(of: &Witness<'_>) -> Option<Outcome> {
    let host = of.host.as_ref()?;
    let (first, label) = of.judged.foreign.first()?;
    let first = of.seen.get(*first)?;
    let is_stopped = Box::pin(end_rejected(of.cx, host, &of.resource, (first, label))).await;
    let container = displayable(first.container.service(), 80);
    let name = if of.resource.is_compose() { container.as_str() } else { "the container" };
    let ending = if is_stopped {
        "so it may not run, and it does not"
    } else {
        "and the container could not be stopped: tell the operator"
    };
    let reason = format!("{}, {ending}.", describe_label(name, label));
    Some(Outcome::new(Verdict::Rejected, reason, FIX))
}
