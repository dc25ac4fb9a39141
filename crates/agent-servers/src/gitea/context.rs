//! The context of the gitea server: the only way from its tools to Gitea.

use covibe_domain::Failure;
use covibe_gitea::{
    Cause, Client, Config, ConfigError, Content, Error, Issue, IssueChangeOutcome, IssueStates,
    Issues, Label, NewIssue, Repo,
};

use super::account::GiteaAccount;
use super::repo_name::RepoName;
use super::resolved_repository::Repository;
use crate::environment_settings::Variables;
use crate::protected_resources::{Guard, Unprotected};

/// The maximum number of pages of 50 repositories that are read.
const MAX_PAGES: usize = 20;

/// A user's Gitea.
#[derive(Clone, Debug)]
pub struct GiteaContext {
    client: Client,
    guard: Guard,
}

impl GiteaContext {
    /// Reads `GITEA_API_URL`, with or without `/api/v1`, `GITEA_API_TOKEN` and `GITEA_USERNAME`. Returns nothing if one
    /// of them is missing or malformed, which is noted. A rustls crypto provider must be installed.
    pub fn read(variables: &mut Variables<'_>) -> Option<Self> {
        let guard = Guard::read(variables);
        let token = "a Gitea token with the scopes write:issue, read:repository and read:user";
        let GiteaAccount { client, .. } = GiteaAccount::read(variables, token)?;
        Some(Self { client, guard })
    }

    /// Creates a context from the settings of a client, whose user owns the repositories that are given by their name
    /// only.
    ///
    /// # Errors
    ///
    /// The address or the token can't be used.
    pub fn new(config: Config, guard: Guard) -> Result<Self, ConfigError> {
        Ok(Self { client: Client::new(config)?, guard })
    }

    /// Returns the repository that has or had a name.
    pub(super) async fn repository(&self, name: &RepoName) -> Result<Repository, Failure> {
        let (owner, name) = name.parse(self.client.username())?;
        let found = self.client.resolve_repo(&owner, &name).await.map_err(explained)?;
        found.and_then(Repository::new).ok_or_else(|| {
            Failure::not_found(format!(
                "There is no repository {owner}/{name} that the token's user may see."
            ))
            .hint("list_repos lists the repositories.")
        })
    }

    /// Returns the repository as one that may be changed.
    ///
    /// # Errors
    ///
    /// It is protected, or archived.
    pub(super) fn unprotected(
        &self,
        repository: Repository,
    ) -> Result<Unprotected<Repository>, Failure> {
        let repository = self.guard.permit(repository)?;
        if repository.archived { Err(archived(&repository)) } else { Ok(repository) }
    }

    /// Returns repositories that the user owns or was given a right to, the latest changed first, and how many there
    /// are.
    pub(super) async fn repositories(&self) -> Result<(Vec<Repo>, usize), Failure> {
        let (mut found, total) = self.client.own_repos(MAX_PAGES).await.map_err(explained)?;
        found.sort_by(|a, b| (&b.updated_at, &a.full_name).cmp(&(&a.updated_at, &b.full_name)));
        Ok((found, total))
    }

    /// Returns the newest issues of a repository.
    pub(super) async fn issues(
        &self,
        of: &Repository,
        states: IssueStates,
    ) -> Result<Issues, Failure> {
        let found = self.client.issues(&of.owner, &of.name, states).await.map_err(explained)?;
        found.ok_or_else(|| {
            Failure::not_found(format!(
                "{} has no issues that the token's user may see.",
                of.full_name
            ))
            .hint("Issues may be switched off in the repository's settings.")
        })
    }

    /// Returns the newest issues in all repositories of an owner that the user may see; nothing for one that is not
    /// known.
    pub(super) async fn issues_of_owner(
        &self,
        owner: &str,
        states: IssueStates,
    ) -> Result<Option<Issues>, Failure> {
        self.client.issues_of_owner(owner, states).await.map_err(explained)
    }

    /// Returns an issue or pull request.
    pub(super) async fn issue(&self, of: &Repository, number: i64) -> Result<Issue, Failure> {
        let found = self.client.issue(&of.owner, &of.name, number).await.map_err(explained)?;
        found.ok_or_else(|| {
            Failure::not_found(format!("{} has no issue {number}.", of.full_name))
                .hint("list_issues lists its issues with their numbers.")
        })
    }

    /// Returns the labels that issues of a repository can have.
    pub(super) async fn labels(&self, of: &Repository) -> Result<Vec<Label>, Failure> {
        self.client.labels(&of.owner, &of.name).await.map_err(explained)
    }

    /// Opens an issue.
    pub(super) async fn create_issue(
        &self,
        of: &Unprotected<Repository>,
        new: NewIssue<'_>,
    ) -> Result<Issue, Failure> {
        let written = self.client.create_issue(&of.owner, &of.name, new).await;
        issue_in(of, written.map_err(explained).map_err(in_doubt)?)
    }

    /// Closes an issue.
    pub(super) async fn close_issue(
        &self,
        of: &Unprotected<Repository>,
        number: i64,
    ) -> Result<Issue, Failure> {
        let written = self.client.close_issue(&of.owner, &of.name, number).await;
        issue_in(of, written.map_err(explained).map_err(in_doubt)?)
    }

    /// Returns the file or folder at a path of a repository; `None` if the path or the reference does not exist.
    pub(super) async fn content(
        &self,
        of: &Repository,
        path: &str,
        reference: Option<&str>,
    ) -> Result<Option<Content>, Failure> {
        self.client.content(&of.owner, &of.name, path, reference).await.map_err(explained)
    }
}

/// The hint with the reasons why Gitea rejects a token.
const TOKEN: &str = "The token is invalid, lacks a scope (write:issue, read:repository, read:user), or its user is not \
    allowed to do this in the repository. Set GITEA_API_TOKEN to another one, or ask a person.";

/// Returns the failure of a call. The person who can mend the token is the one who set it.
fn explained(error: Error) -> Failure {
    match error.cause.clone() {
        Cause::Unauthorized => {
            let message = "Gitea rejected GITEA_API_TOKEN for this call.".to_owned();
            Failure { message, ..Failure::from(error) }.hint(TOKEN).permanent()
        }
        // It was resolved a moment ago.
        Cause::Renamed { .. } => Failure::conflict("The repository was renamed during the call.")
            .hint("Nothing was changed. Repeat the call."),
        _ => Failure::from(error),
    }
}

/// Returns the issue that was written, if it is in the repository that was meant.
fn issue_in(repository: &Repository, written: IssueChangeOutcome) -> Result<Issue, Failure> {
    let issue = match written {
        IssueChangeOutcome::Issue(issue) => *issue,
        IssueChangeOutcome::Blocked => {
            return Err(Failure::conflict(
                "Gitea does not close this issue: it depends on other issues that are still open.",
            )
            .hint("Nothing was changed. Close those first, or ask a person."));
        }
        IssueChangeOutcome::ReadOnly => return Err(archived(repository)),
    };
    if issue.repository.as_ref().is_some_and(|place| place.id != repository.id) {
        // Its name went to another one between two calls.
        return Err(Failure::conflict(
            "The repository was renamed during the call, and the change was made in another one.",
        )
        .in_doubt()
        .hint("Tell a person."));
    }
    Ok(issue)
}

fn archived(repository: &Repository) -> Failure {
    Failure::conflict(format!(
        "The repository {} is archived, so it is read-only.",
        repository.full_name.clone()
    ))
    .hint("Nothing was changed. Ask a person to unarchive it.")
}

/// Says where to look where a change may have happened.
fn in_doubt(failure: Failure) -> Failure {
    if !failure.is_in_doubt() {
        return failure;
    }
    failure.hint(
        "The change may have happened: check with list_issues (state all) before you repeat the \
         call.",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_issue_created_in_another_repository_is_reported_as_in_doubt() {
        let repo = json!({ "id": 7, "name": "shop", "full_name": "ada/shop" });
        let repo = serde_json::from_value(repo).unwrap();
        let former = Vec::new();
        let meant = Repository::new(covibe_gitea::Resolved { repo, former }).unwrap();
        let written = |id: i64| {
            let issue = json!({ "number": 1, "repository": { "id": id } });
            issue_in(
                &meant,
                IssueChangeOutcome::Issue(Box::new(serde_json::from_value(issue).unwrap())),
            )
        };
        assert_eq!(written(7).unwrap().number, 1);
        assert!(written(8).unwrap_err().is_in_doubt());
    }
}
