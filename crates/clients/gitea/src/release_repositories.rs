//! Repositories that the administrator keeps for others to clone.

use covibe_domain::{Secret, boxed};
use covibe_upstream::ignore_not_found;
use serde_json::json;

use crate::{Client, Error};

impl Client {
    /// Returns the header of the Basic method by which git presents the administrator's token. Pushing needs the scope
    /// write:repository.
    pub fn git_authorization(&self) -> &Secret {
        &self.basic
    }

    /// Creates a private repository of the administrator's own without a commit; a name that is
    /// taken is a conflict. Needs the scope `write:repository`.
    #[boxed]
    pub async fn create_kept_repo(&self, name: &str, description: &str) -> Result<(), Error> {
        let body = json!({ "name": name, "description": description, "private": true,
                           "default_branch": "main" });
        self.transport.post("/user/repos").body(body).operator_only().execute().await
    }

    /// Turns off all features of a repository except its code. Needs the scope `write:repository`.
    #[boxed]
    pub async fn keep_code_alone(&self, owner: &str, name: &str) -> Result<(), Error> {
        let off = json!({ "has_issues": false, "has_wiki": false, "has_pull_requests": false,
                          "has_projects": false, "has_releases": false, "has_packages": false,
                          "has_actions": false });
        self.change_repo(owner, name).body(off).operator_only().execute().await
    }

    /// Grants a user the right to read a repository, and no other.
    #[boxed]
    pub async fn let_read(&self, owner: &str, repo: &str, user: &str) -> Result<(), Error> {
        const PATH: &str = "/repos/{owner}/{repo}/collaborators/{user}";
        let request = self.transport.put(PATH).segment(owner).segment(repo).segment(user);
        request.body(json!({ "permission": "read" })).repeatable().operator_only().execute().await
    }

    /// Deletes a repository; succeeds when it does not exist. Needs the scope `write:repository`.
    #[boxed]
    pub async fn delete_kept_repo(&self, owner: &str, name: &str) -> Result<(), Error> {
        ignore_not_found(self.remove_repo(owner, name).operator_only().execute().await)
    }
}
