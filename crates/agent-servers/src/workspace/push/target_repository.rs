//! The repository that a push goes to, as Gitea knows it.

use covibe_domain::{Failure, boxed};
use covibe_gitea::{Repo, Resolved};

use super::origin_url::Origin;
use super::settings::Account;
use crate::protected_resources::Unprotected;

impl Account {
    /// Asks Gitea for the repository of an address, follows its renames, and asks the guard.
    #[boxed]
    pub(super) async fn target(&self, origin: &Origin) -> Result<Unprotected<Resolved>, Failure> {
        let found = self.client.resolve_repo(&origin.owner, &origin.name).await?;
        let found = found.ok_or_else(|| {
            let name = format!("{}/{}", origin.owner, origin.name);
            Failure::not_found(format!(
                "Gitea has no repository {name}, or does not show it to this token."
            ))
            .hint("Nothing was changed. Create it, or correct the address of `origin`.")
        })?;
        refuse_unwritable(&found.repo)?;
        self.guard.permit(found)
    }
}

fn refuse_unwritable(repo: &Repo) -> Result<(), Failure> {
    let why = match repo {
        Repo { archived: true, .. } => "is archived",
        Repo { mirror: true, .. } => "is a mirror",
        _ => return Ok(()),
    };
    let message = format!("The repository {} {why}: nothing can be pushed to it.", repo.full_name);
    Err(Failure::conflict(message).hint("Nothing was changed. Ask a person."))
}
