//! Who and what else has access to a workspace's code: nothing that provisioning created, and nothing
//! that a rotation ends.

use std::time::Duration;

use covibe_domain::entities::{Stranger, StrangerKind, Strangers};
use covibe_domain::{Failure, WorkspaceId, names};
use covibe_gitea::{Client, Error, Hook, Repo};
use covibe_store::WorkspaceRecord;
use covibe_upstream::SingleFlights;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use url::Url;

use crate::settings::BotRole;

/// How long an answer is cached.
const LIFETIME: Duration = Duration::from_mins(1);

/// How long the description of a workspace waits for Gitea.
const PATIENCE: Duration = Duration::from_secs(2);

/// The maximum number of cached answers.
const CAPACITY: usize = 10_000;

/// How many repositories are looked at at the same time.
const AT_ONCE: usize = 4;

/// The most strangers that are listed.
const LISTED: usize = 50;

/// The strangers of workspaces that were looked for recently.
#[derive(Debug)]
pub(crate) struct KnownStrangers(SingleFlights<WorkspaceId, Strangers, Failure>);

impl Default for KnownStrangers {
    fn default() -> Self {
        Self(SingleFlights::new(LIFETIME, CAPACITY))
    }
}

impl KnownStrangers {
    /// Returns a workspace's strangers, as they were at most a minute ago; `None` if Gitea does not
    /// say so in time.
    pub(crate) async fn of(
        &self,
        record: &WorkspaceRecord,
        gitea: &Client,
        role: BotRole,
    ) -> Option<Strangers> {
        let look = Box::pin(async { Ok(look(gitea, record, role).await?) });
        let found = tokio::time::timeout(PATIENCE, Box::pin(self.0.get(&record.id, look))).await;
        found.ok()?.ok()
    }

    /// Evicts an answer that may have changed.
    pub(crate) fn forget(&self, of: &WorkspaceId) {
        self.0.forget(of);
    }
}

/// Looks for the strangers of a workspace.
async fn look(gitea: &Client, record: &WorkspaceRecord, role: BotRole) -> Result<Strangers, Error> {
    let org = &record.gitea_org;
    let mut found = in_organisation(gitea, record).await?;
    if role == BotRole::Maintainer {
        // Only owners can change these.
        for one in &mut found {
            one.remove = format!("operator: {}", one.remove);
        }
    }
    let (repos, total) = gitea.some_repos(org).await?;
    let unread_repos = total.saturating_sub(repos.len());
    let each = stream::iter(repos).map(|repo| async move { in_repo(gitea, org, &repo).await });
    let in_repos: Vec<_> = each.buffered(AT_ONCE).try_collect().await?;
    found.extend(in_repos.into_iter().flatten());
    let more = found.len().saturating_sub(LISTED);
    found.truncate(LISTED);
    Ok(Strangers { found, more, unread_repos })
}

async fn in_organisation(gitea: &Client, of: &WorkspaceRecord) -> Result<Vec<Stranger>, Error> {
    let org = &of.gitea_org;
    let mut found = Vec::new();
    for member in gitea.members(org).await? {
        let is_ours = Some(member.id) == of.gitea_bot_id
            || member.login.eq_ignore_ascii_case(gitea.username());
        if !is_ours {
            let remove = format!("DELETE /orgs/{org}/members/{}", member.login);
            found.push(stranger(StrangerKind::Member, &member.login, None, &remove));
        }
    }
    for hook in gitea.org_hooks(org).await? {
        let remove = format!("DELETE /orgs/{org}/hooks/{}", hook.id);
        found.push(stranger(StrangerKind::Hook, &target(&hook), None, &remove));
    }
    Ok(found)
}

async fn in_repo(gitea: &Client, org: &str, of: &Repo) -> Result<Vec<Stranger>, Error> {
    let repo = Some(of.name.as_str());
    let remove =
        |what: &str, which: &str| format!("DELETE /repos/{org}/{}/{what}/{which}", of.name);
    let mut found = Vec::new();
    for user in gitea.collaborators(org, &of.name).await? {
        let remove = remove("collaborators", &user.login);
        found.push(stranger(StrangerKind::Collaborator, &user.login, repo, &remove));
    }
    for key in gitea.deploy_keys(org, &of.name).await? {
        let may = if key.read_only { "reads" } else { "reads and writes" };
        let remove = remove("keys", &key.id.to_string());
        found.push(stranger(StrangerKind::DeployKey, may, repo, &remove));
    }
    for hook in gitea.hooks(org, &of.name).await? {
        let remove = remove("hooks", &hook.id.to_string());
        found.push(stranger(StrangerKind::Hook, &target(&hook), repo, &remove));
    }
    for mirror in gitea.push_mirrors(org, &of.name).await? {
        let remove = remove("push_mirrors", &mirror.remote_name);
        found.push(stranger(
            StrangerKind::PushMirror,
            &host(&mirror.remote_address),
            repo,
            &remove,
        ));
    }
    Ok(found)
}

/// Describes a stranger. Whoever has access chose these texts.
fn stranger(kind: StrangerKind, name: &str, repo: Option<&str>, remove: &str) -> Stranger {
    let repo = repo.map(|repo| names::shown(repo, 100));
    Stranger { kind, name: names::shown(name, 100), repo, remove: names::shown(remove, 250) }
}

fn target(hook: &Hook) -> String {
    host(&hook.config.url)
}

/// Returns the host of a URL, whose other parts may hold secrets.
fn host(url: &str) -> String {
    let parsed = Url::parse(url).ok();
    let host = parsed.as_ref().and_then(Url::host_str);
    host.unwrap_or("an unreadable address").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_only_the_host_of_an_address() {
        assert_eq!(host("https://bot:s3cret@mirror.test:8443/a?token=s3cret"), "mirror.test");
        assert_eq!(host("git@mirror.test:a/b"), "an unreadable address");
    }
}
