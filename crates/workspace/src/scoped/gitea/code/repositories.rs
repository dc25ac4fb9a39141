//! Repositories: listed, created, described and deleted.

use covibe_coolify::Mark;
use covibe_domain::{Failure, Located, boxed};
use covibe_gitea::{Cause, Error, NewRepo, Repo};
use covibe_policy::{Boundary, Owned};

use super::super::Gitea;
use super::super::repository_errors::{
    bad_name, forbidden_change, not_a_template, still_there, taken_repository,
};

/// The branch that the first commit of a new repository creates.
const DEFAULT_BRANCH: &str = "main";

/// The text before a mark in a description, for people who see it in Gitea.
const OWNER: &str = "Co-Vibe ";

/// A page of the organisation's repositories.
#[derive(Debug)]
pub struct RepoPage {
    /// The repositories.
    pub repos: Vec<Owned<Repo>>,
    /// The number of repositories in Gitea.
    pub total: usize,
}

impl Gitea<'_> {
    /// Returns a page of the organisation's repositories, by its number from 1; up to 50 of them.
    #[boxed]
    pub async fn repositories(&self, page: usize) -> Result<RepoPage, Failure> {
        let reader = self.client.reader(&self.token);
        let (repos, total) =
            self.reword_failure(reader.repos(self.organisation, page).await).await?;
        if repos.iter().any(|repo| !self.is_own(repo.owner.id)) {
            return Err(self.remade_organisation());
        }
        let boundary = Boundary::Organisation(self.organisation.to_owned());
        Ok(RepoPage { repos: boundary.keep(repos), total })
    }

    /// Returns the repository of this bare name, if there is one.
    #[boxed]
    pub async fn repository_named(&self, name: &str) -> Result<Option<Owned<Repo>>, Failure> {
        self.find(name).await
    }

    /// Creates a private repository, empty or with the files of a template. Its description is its mark until it is
    /// replaced.
    ///
    /// # Errors
    ///
    /// Conflict if the name is taken; rejected if Gitea does not allow the name, or if the other repository is not a
    /// template. Unready, before anything is created, if the organisation was renamed or another one has its name.
    #[boxed]
    pub async fn create_repository(
        &self,
        name: &str,
        mark: &Mark,
        template: Option<&Owned<Repo>>,
    ) -> Result<Owned<Repo>, Failure> {
        let description = format!("{OWNER}{mark}");
        let new = NewRepo { name, description: &description, default_branch: DEFAULT_BRANCH };
        self.check_organisation().await?;
        let (org, writer) = (self.organisation, self.client.writer(&self.token));
        let created = match template {
            Some(template) => writer.generate_repo(org, &template.name, new).await,
            None => writer.create_repo(org, new).await,
        };
        match created {
            Err(Error { cause: Cause::Conflict(_), .. }) => Err(taken_repository(name)),
            Err(Error { cause: Cause::Refused(refusal), .. }) if refusal.status == 422 => {
                Err(match template.filter(|template| !template.template) {
                    Some(template) => not_a_template(&template.name),
                    None => bad_name(name),
                })
            }
            created => {
                let repo = self.reword_change_failure(created).await?;
                if !self.is_own(repo.owner.id) {
                    return Err(self.remade_organisation().in_doubt());
                }
                Boundary::Organisation(org.to_owned()).admit(repo).map_err(Failure::in_doubt)
            }
        }
    }

    /// Returns the mark of the creation that a repository comes from, if it still has it.
    pub fn mark_of(repo: &Repo) -> Option<Mark> {
        repo.description.strip_prefix(OWNER).and_then(Mark::parse)
    }

    /// Replaces the description of a repository.
    #[boxed]
    pub async fn describe(&self, repo: &Owned<Repo>, text: &str) -> Result<(), Failure> {
        let writer = self.client.writer(&self.token);
        self.reword_change_failure(writer.describe_repo(self.organisation, &repo.name, text).await)
            .await
    }

    /// Deletes a repository, and verifies that it is gone.
    ///
    /// # Errors
    ///
    /// Upstream, in doubt, if it is still there.
    #[boxed]
    pub async fn delete_repository(&self, repo: &Owned<Repo>) -> Result<(), Failure> {
        let writer = self.client.writer(&self.token);
        self.reword_change_failure(writer.delete_repo(self.organisation, &repo.name).await).await?;
        let left = self.client.repo(self.organisation, &repo.name).await;
        match left.map_err(|error| Failure::from(error).in_doubt())? {
            Some(left) if left.id == repo.id => Err(still_there(repo.id())),
            _ => Ok(()),
        }
    }

    /// Rewords the failure of a change: a bot that may not change something, but still has its access, is not locked
    /// out.
    pub(in crate::scoped::gitea) async fn reword_change_failure<T>(
        &self,
        result: Result<T, Error>,
    ) -> Result<T, Failure> {
        let is_refused = matches!(&result, Err(error) if error.cause == Cause::Unauthorized);
        if is_refused && self.check_access().await.is_ok() {
            return Err(forbidden_change());
        }
        self.reword_failure(result).await
    }
}
