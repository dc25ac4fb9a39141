//! Changing repositories with a user's own token: with the rights of that user, and no others.

mod commit;
mod commit_status;
mod deploy_keys;
mod pack;

use covibe_domain::{Secret, boxed};
use covibe_upstream::{Request, ignore_not_found};
use serde_json::json;

use crate::repos::Repo;
use crate::webhooks::new_hook;
use crate::{Client, Error, Hook, HookSecret};

pub use commit::{Committed, FileChange, NewCommit};
pub use commit_status::{CommitState, NewStatus};
pub use pack::{Base, Packed, Unnameable};

/// Changes with one user's token instead of the administrator's.
#[derive(Debug)]
pub struct Writer<'a> {
    client: &'a Client,
    token: Secret,
    authorization: Secret,
}

/// The settings of a new repository. It is always private.
#[derive(Clone, Copy, Debug)]
pub struct NewRepo<'a> {
    /// Its name: letters, digits and `- _ .`, at most 100 of them.
    pub name: &'a str,
    /// Its description, at most 2,048 characters.
    pub description: &'a str,
    /// The branch of its first commit.
    pub default_branch: &'a str,
}

impl Client {
    /// Returns a writer that presents this token.
    pub fn writer(&self, token: &Secret) -> Writer<'_> {
        let authorization = Secret::new(format!("token {}", token.expose()));
        Writer { client: self, token: token.clone(), authorization }
    }
}

impl Writer<'_> {
    /// Creates a private repository without a commit in an organisation; a name that is taken is a
    /// conflict.
    #[boxed]
    pub async fn create_repo<'a>(&'a self, org: &str, new: NewRepo<'a>) -> Result<Repo, Error> {
        let body = json!({ "name": new.name, "description": new.description, "private": true,
                           "default_branch": new.default_branch });
        let request = self.client.transport.post("/orgs/{org}/repos").segment(org);
        self.authorize(request).body(body).json().await
    }

    /// Creates a private repository in an organisation from the files of another one there, which
    /// is marked as a template; one that is not is refused (422).
    ///
    /// Only the files of the template's default branch are taken, in one commit. A failure in
    /// between blocks the name for ever on Forgejo (seen with 11.0.1).
    #[boxed]
    pub async fn generate_repo<'a>(
        &'a self,
        org: &str,
        template: &str,
        new: NewRepo<'a>,
    ) -> Result<Repo, Error> {
        const PATH: &str = "/repos/{template_owner}/{template_repo}/generate";
        let body = json!({ "owner": org, "name": new.name, "description": new.description,
                           "private": true, "git_content": true,
                           "default_branch": new.default_branch });
        let request = self.client.transport.post(PATH).segment(org).segment(template);
        self.authorize(request).body(body).json().await
    }

    /// Replaces a repository's description.
    #[boxed]
    pub async fn describe_repo(&self, org: &str, name: &str, text: &str) -> Result<(), Error> {
        self.authorize(self.client.change_repo(org, name))
            .body(json!({ "description": text }))
            .execute()
            .await
    }

    /// Deletes a repository with its contents; succeeds when it does not exist.
    #[boxed]
    pub async fn delete_repo(&self, org: &str, name: &str) -> Result<(), Error> {
        ignore_not_found(self.authorize(self.client.remove_repo(org, name)).execute().await)
    }

    /// Creates a hook that delivers the pushes to all branches of a repository to this URL, signed with the
    /// secret.
    #[boxed]
    pub async fn create_hook(
        &self,
        org: &str,
        name: &str,
        url: &str,
        secret: &HookSecret,
    ) -> Result<Hook, Error> {
        let request = self.client.transport.post("/repos/{owner}/{repo}/hooks");
        let request = request.segment(org).segment(name).body(new_hook(url, secret));
        self.authorize(request).json().await
    }

    /// Makes Gitea deliver the newest commit of the default branch by a hook of the repository as
    /// if it had just been pushed, with the same commit before and after. Without a commit Gitea
    /// delivers nothing, and reports neither that nor a failed delivery.
    #[boxed]
    pub async fn test_hook(&self, org: &str, name: &str, id: i64) -> Result<(), Error> {
        let request = self.client.transport.post("/repos/{owner}/{repo}/hooks/{id}/tests");
        let request = request.segment(org).segment(name).segment(id.to_string());
        self.authorize(request).execute().await
    }

    fn authorize(&self, request: Request) -> Request {
        request.authorization(&self.authorization)
    }
}
