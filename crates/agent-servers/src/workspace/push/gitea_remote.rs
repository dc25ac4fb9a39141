//! Gitea, as git talks to it.

use std::collections::BTreeMap;

use covibe_domain::{Failure, Kind, Secret, boxed};
use covibe_gitea::Resolved;

use super::credentials::{HELPER, PIPE, Pipe};
use super::git_process::{GitOutput, NETWORK};
use super::repository::Repository;
use super::settings::Account;
use crate::protected_resources::Unprotected;

/// References by their whole names, with their objects.
pub(super) type References = BTreeMap<String, String>;

/// A repository on Gitea that may be changed.
pub(super) struct Remote<'a> {
    repository: &'a Repository,
    address: String,
    username: &'a str,
    token: &'a Secret,
}

impl<'a> Remote<'a> {
    /// The address is made of Gitea's own answer, and has no credentials.
    pub(super) fn new(
        account: &'a Account,
        target: &Unprotected<Resolved>,
        repository: &'a Repository,
    ) -> Self {
        let address = format!("{}{}.git", account.client.web_base(), target.repo.full_name);
        Self { repository, address, username: &account.username, token: &account.token }
    }

    /// Returns the references.
    #[boxed]
    pub(super) async fn references(&self) -> Result<References, Failure> {
        let answer = self.talk(&["ls-remote", "--refs", "--", &self.address]).await?;
        if answer.code != Some(0) {
            return Err(refusal(&answer));
        }
        let text = String::from_utf8_lossy(&answer.bytes);
        let pairs = text.lines().filter_map(|line| line.split_once('\t'));
        Ok(pairs.map(|(object, name)| (name.to_owned(), object.to_owned())).collect())
    }

    /// Pushes a commit to a branch, without force.
    #[boxed]
    pub(super) async fn push(&self, commit: &str, branch: &str) -> Result<(), Failure> {
        let to = format!("{commit}:refs/heads/{branch}");
        let push =
            ["push", "--porcelain", "--no-verify", "--no-follow-tags", "--", &self.address, &to];
        let answer = self.talk(&push).await.map_err(Failure::in_doubt)?;
        if answer.code == Some(0) { Ok(()) } else { Err(refusal(&answer)) }
    }

    async fn talk(&self, arguments: &[&str]) -> Result<GitOutput, Failure> {
        let pipe = Pipe::new(self.repository.folder.path(), self.username, self.token)?;
        let call = self.repository.network().setting(HELPER).variable(PIPE, &pipe.path);
        call.args(arguments).within(NETWORK).answer().await
    }
}

/// Returns what a refusal means; git's own words stay here.
fn refusal(answer: &GitOutput) -> Failure {
    let (text, messages) = (String::from_utf8_lossy(&answer.bytes), &answer.messages);
    tracing::debug!(code = answer.code, messages, "git could not communicate with Gitea");
    let has = |part: &str| text.contains(part) || messages.contains(part);
    if has("[remote rejected]") {
        return Failure::rejected("Gitea refused the push.")
            .hint("The branch may be protected, or a rule of the repository forbids it: pass another branch, or ask a person.");
    }
    if has("[rejected]") {
        return Failure::conflict(
            "The branch on Gitea has commits that the local branch does not have.",
        )
        .hint("Fetch and merge them through execute_command, or pass another branch.");
    }
    if has("Authentication failed") || has("could not read Username") {
        return Failure::unready("Gitea rejected the token.").hint(
            "Ask a person to check GITEA_API_TOKEN and GITEA_USERNAME; the token needs the scope \
                 `write:repository`.",
        );
    }
    if has("error: 403") {
        return Failure::forbidden("The token is not allowed to write to this repository.")
            .hint("Ask a person.");
    }
    if has("not found") {
        return Failure::not_found(
            "Gitea does not have the repository, or does not show it to this token.",
        );
    }
    Failure::new(Kind::Upstream, "Git could not communicate with Gitea.")
        .hint("Repeat the call after a while.")
}
