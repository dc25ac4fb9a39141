//! The failures of people who come in and are managed.

use covibe_domain::{Failure, Kind};

/// The caller is not an admin of their tenant.
pub(super) fn no_admin() -> Failure {
    Failure::forbidden("Only an admin of the company may do this.").hint("Ask one of them.")
}

/// The tenant has no such member or workspace.
pub(super) fn no_member() -> Failure {
    Failure::new(Kind::NotFound, "The company has no such member or workspace.")
}

/// A link opens nothing.
pub(super) fn void_link() -> Failure {
    Failure::not_found("This link is not valid: it was used, is void, or has expired.")
        .hint("Ask whoever gave it to you for another one.")
}

/// An invitation is not open.
pub(super) fn ended_invitation() -> Failure {
    Failure::not_found("This invitation is not open: it was accepted or revoked, or has expired.")
        .hint("Ask whoever sent it for another one.")
}

/// Returns the failure of a request whose session is not valid.
pub fn signed_out() -> Failure {
    Failure::new(Kind::Unauthenticated, "You are not signed in, or your session has ended.")
        .hint("Sign in at /auth/sign-in. A program uses an API key instead.")
}
