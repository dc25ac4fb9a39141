//! Builds of repositories: the commits that may be built, and the release repositories that they are cloned from.

use covibe_coolify::{Application, Mark};
use covibe_domain::{Failure, boxed};
use covibe_gitea::Repo;
use covibe_policy::Owned;
use covibe_repository::Places;

use super::Workspace;
use crate::commit_source::{
    ExaminedCommit, JudgedCommit, repository_builds_disabled, unpinnable_commits,
};
use crate::scoped::{VerdictContext, release_of};
use crate::settings::RepositoryBuilds;

impl Workspace {
    /// Judges a commit of a repository for an app that names these places in it.
    ///
    /// # Errors
    ///
    /// Rejected with every problem, if building the commit could take over the host; forbidden if the
    /// operator lets no repositories be built; unready if Coolify might build another commit.
    #[boxed]
    pub async fn judge<'a>(
        &'a self,
        repo: &Owned<Repo>,
        commit: &str,
        follows_branch: bool,
        places: &Places<'a>,
    ) -> Result<JudgedCommit, Failure> {
        self.examine(repo, commit).await?.judge(follows_branch, places)
    }

    /// Looks at a commit of a repository.
    ///
    /// # Errors
    ///
    /// Forbidden if the operator lets no repositories be built; unready if Coolify might build another commit.
    #[boxed]
    pub async fn examine(
        &self,
        repo: &Owned<Repo>,
        commit: &str,
    ) -> Result<ExaminedCommit, Failure> {
        let builds_named = self.check_builds().await?;
        let cell = self.platform.cell(self.record())?;
        let known = VerdictContext {
            verdicts: &cell.repositories.commit_verdicts,
            judgements: &self.platform.turns.judgements,
            tenant: &self.record().tenant,
            limits: self.settings().tree_limits,
        };
        let verdict = self.gitea().await?.verdict(repo, commit, known).await?;
        let (repository, commit) = (repo.full_name.clone(), commit.to_owned());
        Ok(ExaminedCommit { repository, commit, builds_named, verdict })
    }

    /// Judges something that the workspace's tenant wrote, away from the threads that answer calls. A tenant has only one
    /// judgement at a time.
    ///
    /// # Errors
    ///
    /// Unready if the server stops.
    pub async fn run_judgement<T: Send + 'static>(
        &self,
        judge: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        self.platform.turns.judgements.run(&self.record().tenant, judge).await
    }

    /// Checks that builds of repositories are allowed, and returns whether Coolify builds exactly the commit that it is
    /// given.
    ///
    /// # Errors
    ///
    /// Forbidden if the operator lets no repositories be built; unready if Coolify might build another commit.
    #[boxed]
    pub async fn check_builds(&self) -> Result<bool, Failure> {
        let allowed = self.settings().repository_builds;
        if allowed == RepositoryBuilds::Off {
            return Err(repository_builds_disabled());
        }
        let cell = self.platform.cell(self.record())?;
        let builds_named = cell.features().await?.builds_named_commits;
        if !builds_named && allowed == RepositoryBuilds::Checked {
            return Err(unpinnable_commits());
        }
        Ok(builds_named)
    }
}

impl Workspace {
    /// Returns whether an application is cloned from a release repository.
    pub fn is_released(&self, app: &Application) -> bool {
        self.releases_owner().is_ok_and(|owner| release_of(&owner, app).is_some())
    }

    /// Returns the path, `owner/name`, of the release repository of an application: the one that it is cloned from, or
    /// that of the creation with its mark.
    ///
    /// # Errors
    ///
    /// Conflict if its mark is lost.
    pub fn release_path(&self, app: &Application) -> Result<String, Failure> {
        let owner = self.releases_owner()?;
        let mark = || app.description.mark.as_ref().map(ToString::to_string);
        let name = release_of(&owner, app).or_else(mark).ok_or_else(unmarked_release)?;
        Ok(format!("{owner}/{name}"))
    }

    /// Returns the path of the release repository of the creation with this mark.
    pub fn new_release_path(&self, mark: &Mark) -> Result<String, Failure> {
        Ok(format!("{}/{mark}", self.releases_owner()?))
    }

    /// Returns whose release repositories are.
    fn releases_owner(&self) -> Result<String, Failure> {
        Ok(self.platform.cell(self.record())?.gitea()?.username().to_owned())
    }
}

/// 409: the release repository of the app cannot be identified.
fn unmarked_release() -> Failure {
    Failure::conflict("The app has lost the mark that identifies its deployed version.")
        .hint("Create it again with apps.create; its volumes can be copied with apps.exec.")
}
