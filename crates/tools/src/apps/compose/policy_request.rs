//! The switch for compose files in repositories, the request to the compose policy from a call, and its judgement.

use covibe_compose::{Compose, Request};
use covibe_domain::Failure;
use covibe_workspace::{CloneProtocol, Workspace};

use crate::apps::errors::{compose_repositories_disabled, compose_repositories_over_ssh};

/// Refuses a compose file in a repository if the operator turned them off, or if Coolify clones over SSH: the key of an
/// app opens its repository, and not the release that was checked.
pub(in crate::apps) fn check_compose_repositories(cx: &Workspace) -> Result<(), Failure> {
    if !cx.settings().compose_repositories {
        return Err(compose_repositories_disabled());
    }
    match cx.settings().clone_protocol {
        CloneProtocol::Https => Ok(()),
        CloneProtocol::Ssh => Err(compose_repositories_over_ssh()),
    }
}

/// Returns the request for the file of an app with this name, with the values of its variables, and
/// the names of those whose values are shown once.
pub(in crate::apps) fn request(
    cx: &Workspace,
    app: Option<&str>,
    variables: Vec<(&str, &str)>,
    secret: Vec<&str>,
) -> Request {
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Request {
        app: app.map(str::to_owned),
        variables: variables.into_iter().map(owned).collect(),
        secret: secret.into_iter().map(str::to_owned).collect(),
        rules: cx.settings().compose.clone(),
        ..Request::default()
    }
}

/// Judges a compose file, away from the threads that answer calls.
///
/// # Errors
///
/// Like [`covibe_compose::compose`]; unready if the server stops.
pub(in crate::apps) async fn compose(
    cx: &Workspace,
    text: &str,
    request: Request,
) -> Result<Compose, Failure> {
    let text = text.to_owned();
    cx.run_judgement(move || covibe_compose::compose(&text, &request)).await?
}
