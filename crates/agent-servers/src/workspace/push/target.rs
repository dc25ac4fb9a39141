//! The repository that a push goes to, as Gitea knows it.

use covibe_domain::{Failure, boxed};
use covibe_gitea::Repo;

use super::origin::Origin;
use super::settings::Account;
use crate::guard::{Protectable, ProtectedKind, Unprotected};

/// A repository on Gitea, by what Gitea answered.
#[derive(Clone, Debug)]
pub(in crate::workspace) struct Target {
    /// Its number, which no other repository ever gets.
    pub(super) id: i64,
    /// `owner/name`, after renames.
    pub(super) full_name: String,
    pub(super) default_branch: String,
}

impl Protectable for Target {
    const KIND: ProtectedKind = ProtectedKind::Repository;

    fn label(&self) -> String {
        self.full_name.clone()
    }

    fn names(&self) -> Vec<String> {
        vec![self.full_name.clone()]
    }
}

impl Account {
    /// Asks Gitea for the repository of an address, follows its renames, and asks the guard.
    #[boxed]
    pub(super) async fn target(&self, origin: &Origin) -> Result<Unprotected<Target>, Failure> {
        let reader = self.client.reader(&self.token);
        let found = reader.resolved(&origin.owner, &origin.name).await?;
        let repo = found.ok_or_else(|| {
            let name = format!("{}/{}", origin.owner, origin.name);
            Failure::not_found(format!(
                "Gitea has no repository {name}, or does not show it to this token."
            ))
            .hint("Nothing was changed. Create it, or correct the address of `origin`.")
        })?;
        refuse_unwritable(&repo)?;
        self.guard.permit(Target {
            id: repo.id,
            full_name: repo.full_name,
            default_branch: repo.default_branch,
        })
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
