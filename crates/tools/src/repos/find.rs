//! The repository that a call names.

use covibe_domain::{Failure, Kind};
use covibe_gitea::Repo;
use covibe_policy::Owned;
use covibe_workspace::Gitea;

use super::errors::missing_repository;

/// The longest name of a repository with its owner, in characters.
pub(super) const MAX_REPOSITORY: u32 = 200;

/// The longest name of a branch, in bytes, or of a commit.
pub(super) const MAX_REFERENCE: u32 = 200;

/// Returns a repository of the workspace by `name` or `organisation/name`. One of another organisation is
/// as good as none.
pub(super) async fn find(gitea: &Gitea<'_>, written: &str) -> Result<Owned<Repo>, Failure> {
    match gitea.repository(written).await {
        Err(refused) if refused.kind == Kind::Forbidden => Err(missing_repository(written)),
        found => found,
    }
}
