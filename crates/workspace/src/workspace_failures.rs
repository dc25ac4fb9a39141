//! Failures of calls for a workspace that is not provisioned, was removed, or has no free slug.

use covibe_domain::{Failure, Slug};

/// The failure of a call that needs something which provisioning creates: 503 with the call that
/// creates it.
pub(crate) fn unprovisioned_workspace(slug: &Slug, what: impl Into<String>) -> Failure {
    Failure::unready(what).hint(format!("Call POST /api/workspaces/{slug}/provision, then retry."))
}

/// The failure of a call whose workspace was removed meanwhile.
pub(crate) fn removed_workspace(slug: &Slug) -> Failure {
    Failure::not_found(format!("The workspace {slug} no longer exists."))
}

/// Returns the failure of a slug that is taken.
pub(crate) fn taken_slug(slug: &Slug) -> Failure {
    Failure::conflict(format!("The slug {slug} is taken."))
        .hint("Choose another one, such as one that contains your company's name.")
}
