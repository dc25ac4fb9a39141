//! Repositories that the administrator keeps for others to clone.

use covibe_domain::{Secret, boxed};
use covibe_upstream::gone;
use serde_json::json;

use crate::repos::{REPO, Repo};
use crate::writer::NewRepo;
use crate::{Client, Error};

impl Client {
    /// Returns the header of the Basic method by which git presents the administrator's token. Pushing needs the scope
    /// write:repository.
    pub fn git_authorization(&self) -> &Secret {
        &self.basic
    }

    /// Creates a private repository without a commit in an organisation of the administrator's, of which nothing is used
    /// but its code; a name that it has already is a conflict. Needs the scope write:repository.
    #[boxed]
    pub async fn create_kept_repo<'a>(
        &'a self,
        org: &str,
        new: NewRepo<'a>,
    ) -> Result<Repo, Error> {
        let body = json!({ "name": new.name, "description": new.description, "private": true,
                           "default_branch": new.default_branch });
        let request = self.transport.post("/orgs/{org}/repos").segment(org);
        let made: Repo = request.body(body).operators().json().await?;
        let off = json!({ "has_issues": false, "has_wiki": false, "has_pull_requests": false,
                          "has_projects": false, "has_releases": false, "has_packages": false,
                          "has_actions": false });
        let request = self.transport.patch(REPO).segment(org).segment(new.name).repeatable();
        request.body(off).operators().done().await?;
        Ok(made)
    }

    /// Lets a user read a repository, and not more.
    #[boxed]
    pub async fn let_read(&self, org: &str, repo: &str, user: &str) -> Result<(), Error> {
        const PATH: &str = "/repos/{owner}/{repo}/collaborators/{user}";
        let request = self.transport.put(PATH).segment(org).segment(repo).segment(user);
        request.body(json!({ "permission": "read" })).repeatable().operators().done().await
    }

    /// Deletes a repository; succeeds when it does not exist. Needs the scope write:repository.
    #[boxed]
    pub async fn delete_kept_repo(&self, org: &str, name: &str) -> Result<(), Error> {
        let request = self.transport.delete(REPO).segment(org).segment(name).repeatable();
        gone(request.operators().done().await)
    }
}
