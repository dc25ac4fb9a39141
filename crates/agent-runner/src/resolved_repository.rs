//! A repository as Gitea resolves it, and the guard over it.

use covibe_agent_servers::gitea::GiteaAccount;
use covibe_agent_servers::protected_resources::{Guard, Protectable, ProtectedKind, Unprotected};
use covibe_domain::Failure;
use covibe_gitea::has_name_form;

use crate::job::JobRepository;

/// A repository as Gitea has it now.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    pub(crate) id: i64,
    /// `owner/name`.
    pub(crate) full_name: String,
    pub(crate) default_branch: String,
}

impl Protectable for Repository {
    const KIND: ProtectedKind = ProtectedKind::Repository;

    fn label(&self, _: &str) -> String {
        self.full_name.clone()
    }

    fn names(&self) -> Vec<String> {
        vec![self.full_name.clone()]
    }
}

impl Repository {
    /// Returns the repository that a text names, unless it is protected.
    pub(crate) async fn resolve(
        gitea: &GiteaAccount,
        guard: &Guard,
        text: &str,
    ) -> Result<Unprotected<Self>, Failure> {
        let full =
            if text.contains('/') { text.to_owned() } else { format!("{}/{text}", gitea.username) };
        let (owner, name) = full
            .split_once('/')
            .filter(|(owner, name)| has_name_form(owner) && has_name_form(name))
            .ok_or_else(|| {
                Failure::invalid("`repo` must be owner/name, or the name of a repository.")
                    .hint("Pass a repository such as acme/shop.")
            })?;
        let found = gitea.client.repo(owner, name).await?;
        let found = found.ok_or_else(|| {
            Failure::invalid(format!(
                "`repo`: Gitea has no repository {full} that the runner's user can see."
            ))
                .hint("Pass its current owner/name: the runner does not find a renamed repository by its former name.")
        })?;
        let (id, full_name, default_branch) = (found.id, found.full_name, found.default_branch);
        guard.permit(Self { id, full_name, default_branch })
    }

    /// Returns the repository of a job as it is now, unless it is protected, or another one has its name.
    pub(crate) async fn resolve_for_job(
        gitea: &GiteaAccount,
        guard: &Guard,
        of: &JobRepository,
    ) -> Result<Unprotected<Self>, Failure> {
        let now = Self::resolve(gitea, guard, &of.full_name).await?;
        if now.id != of.id {
            let message = format!(
                "{} is no longer the same repository as when the job was accepted.",
                of.full_name
            );
            return Err(Failure::conflict(message));
        }
        Ok(now)
    }

    /// Returns its address for git, without credentials.
    pub(crate) fn url(&self, gitea: &GiteaAccount) -> String {
        format!("{}{}.git", gitea.client.web_base(), self.full_name)
    }
}
