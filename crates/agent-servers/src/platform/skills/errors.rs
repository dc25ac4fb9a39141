//! Failures of the skills repository.

use covibe_domain::Failure;
use covibe_gitea::{Cause, Error};

use super::repository::Repository;

/// 404: the token sees no such repository, branch or tag.
pub(super) fn missing_repository(repository: &Repository) -> Failure {
    Failure::not_found(format!("Gitea has no {repository} that GITEA_API_TOKEN may read.")).hint(
        "Tell the person who set up this server: SKILLS_REPO is `owner/name` or `owner/name@ref`.",
    )
}

/// 413: the repository has more files than are looked through.
pub(super) fn too_many_files(repository: &Repository) -> Failure {
    Failure::unready(format!("{repository} has too many files to look for skills in."))
        .hint("Tell the person who set up this server: SKILLS_REPO should have skills and little else.")
        .permanent()
}

/// A call to Gitea failed.
pub(super) fn gitea_failure(repository: &Repository) -> impl Fn(Error) -> Failure {
    let missing = missing_repository(repository);
    move |error| match error.cause {
        Cause::Unauthorized => Failure::unready(
            "Gitea does not accept GITEA_API_TOKEN for the skills repository.",
        )
        .hint("Tell the person who set up this server: the token needs the scope read:repository."),
        Cause::NotFound | Cause::Renamed { .. } => missing.clone(),
        _ => error.into(),
    }
}
