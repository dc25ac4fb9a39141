//! The meaning of the server's statuses for a PRD. Nothing of its texts is passed on.

use covibe_domain::{Failure, Kind, Slug};
use covibe_upstream::{Cause, Error, Request};
use serde::de::DeserializeOwned;

/// Statuses whose answers are read here: the transport expects another form of errors.
const READ_HERE: &[u16] = &[400, 401, 403, 404, 409, 413, 422];

/// Sends a request and returns what was answered.
pub(super) async fn answered<T: DeserializeOwned>(request: Request) -> Result<T, Failure> {
    let answer = request.accept_statuses(READ_HERE).send().await.map_err(failure)?;
    match answer.status() {
        200..=299 => answer.json().map_err(failure),
        // Anything in front of the server answers so too, with a page.
        status if answer.json::<serde_json::Value>().is_ok() => Err(status_failure(status)),
        status => Err(Failure::new(
            Kind::Upstream,
            format!("Something in front of Co-Vibe answered with status {status}."),
        )
        .hint("Check COVIBE_BASE_URL.")),
    }
}

fn failure(error: Error) -> Failure {
    match error.cause {
        Cause::Elsewhere | Cause::Renamed { .. } => Failure::unready(
            "The address of Co-Vibe redirects to another one, which does not get the key.",
        )
        .hint("Tell the person who set up this server: COVIBE_BASE_URL must be the final address."),
        _ => error.into(),
    }
}

fn status_failure(status: u16) -> Failure {
    match status {
        401 => Failure::unready("Co-Vibe does not accept VIBN_API_KEY.")
            .hint("Tell the person who set up this server: the key may be revoked or expired."),
        403 => Failure::forbidden("VIBN_API_KEY is not allowed to write projects.")
            .hint("A key with full access to the workspace is needed; check VIBN_WORKSPACE, too."),
        404 => Failure::not_found("Co-Vibe has no such workspace or project.")
            .hint("Check COVIBE_BASE_URL and VIBN_WORKSPACE."),
        409 => Failure::conflict(
            "The workspace has the maximum number of projects, or the maximum length of texts.",
        )
        .hint("Ask a person to remove or shorten some in the console."),
        _ => Failure::rejected("Co-Vibe refused the title or the text.")
            .hint("Pass a title that does not look like a key or token."),
    }
}

/// 409: the key has none or several workspaces, and none is named.
pub(super) fn several_workspaces<'a>(slugs: impl Iterator<Item = &'a Slug>) -> Failure {
    let slugs: Vec<_> = slugs.map(Slug::as_str).take(20).collect();
    if slugs.is_empty() {
        return Failure::unready("VIBN_API_KEY has access to no workspace.");
    }
    let message = format!("VIBN_API_KEY has access to several workspaces: {}.", slugs.join(", "));
    Failure::conflict(message)
        .hint("Tell the person who set up this server: VIBN_WORKSPACE has to name one.")
}

/// 502: a list or text without an end.
pub(super) fn too_many_pages() -> Failure {
    Failure::new(Kind::Upstream, "Co-Vibe returned too many pages.").permanent()
}
