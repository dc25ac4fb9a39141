//! What a call is told whose workspace lacks what provisioning makes.

use covibe_domain::{Failure, Slug};

/// C section 9's 503: what is missing, and the call that makes it.
pub(super) fn unready(slug: &Slug, what: impl Into<String>) -> Failure {
    Failure::unready(what).hint(format!("Call POST /api/workspaces/{slug}/provision, then retry."))
}
