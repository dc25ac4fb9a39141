//! Strangers: users, keys, hooks and servers that have access to a workspace's code, but that provisioning did not
//! create and a rotation does not remove.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use covibe_domain::entities::{Stranger, StrangerKind, Strangers};
use covibe_domain::{Secret, WorkspaceId, names};
use covibe_gitea::{Client, DeployKey, Error, FirstPage, Hook, Repo, UnlistedReason};
use covibe_store::{CloneKey, WorkspaceRecord};
use covibe_upstream::{Shared, SingleFlights};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use url::Url;

use crate::settings::BotRole;
use crate::webhooks::OwnHooks;

/// The time for which an answer is cached.
const LIFETIME: Duration = Duration::from_mins(1);

/// The maximum number of cached answers.
const CAPACITY: usize = 10_000;

/// The number of repositories that are read concurrently.
const AT_ONCE: usize = 4;

/// The maximum number of strangers that are listed.
const LISTED: usize = 50;

/// The recent lists of strangers of workspaces.
#[derive(Debug)]
pub(crate) struct KnownStrangers(SingleFlights<WorkspaceId, Strangers, UnreadStrangers>);

/// The reason why the strangers of a workspace are unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnreadStrangers {
    /// The record of the workspace could not be read.
    Record,
    /// Gitea returned an error.
    Gitea,
}

impl Shared for UnreadStrangers {
    fn is_shared(&self) -> bool {
        true
    }
}

impl From<Error> for UnreadStrangers {
    fn from(_: Error) -> Self {
        Self::Gitea
    }
}

impl Default for KnownStrangers {
    fn default() -> Self {
        Self(SingleFlights::new(LIFETIME, CAPACITY))
    }
}

impl KnownStrangers {
    /// Returns a workspace's strangers if they are cached.
    pub(crate) fn cached(&self, of: &WorkspaceId) -> Option<Strangers> {
        self.0.fresh_value(of)
    }

    /// Returns a workspace's strangers, at most a minute old, from `look` if they are not cached; `None` if the
    /// workspace's record could not be read. If Gitea does not answer within `patience`, the list says that it could
    /// not be read.
    pub(crate) async fn get_or_read(
        &self,
        of: &WorkspaceId,
        patience: Duration,
        look: impl Future<Output = Result<Strangers, UnreadStrangers>>,
    ) -> Option<Strangers> {
        let found = tokio::time::timeout(patience, Box::pin(self.0.get(of, Box::pin(look)))).await;
        let unread = |why: &str| Strangers {
            incomplete: Some(format!(
                "The list could not be read because Gitea {why}. Try again later."
            )),
            ..Strangers::default()
        };
        match found {
            Ok(Ok(strangers)) => Some(strangers),
            Ok(Err(UnreadStrangers::Record)) => None,
            Ok(Err(UnreadStrangers::Gitea)) => Some(unread("returned an error")),
            Err(_) => Some(unread("did not answer in time")),
        }
    }

    /// Evicts an answer that may have changed.
    pub(crate) fn forget(&self, of: &WorkspaceId) {
        self.0.forget(of);
    }
}

/// The strangers in some lists.
#[derive(Default)]
struct FoundStrangers {
    strangers: Vec<Stranger>,
    /// The number of items that were not read, because they are on other pages.
    more: usize,
    /// The lists that Gitea does not show, by the reason.
    unlisted: BTreeMap<UnlistedReason, BTreeSet<&'static str>>,
}

impl FoundStrangers {
    /// Adds the items of a list that are strangers.
    fn add<T>(
        &mut self,
        list: &'static str,
        page: FirstPage<T>,
        stranger: impl Fn(T) -> Option<Stranger>,
    ) {
        self.more += page.more;
        self.strangers.extend(page.items.into_iter().filter_map(stranger));
        self.note(list, page.unlisted);
    }

    /// Records the reason why a list could not be read, if there is one.
    fn note(&mut self, list: &'static str, unlisted: Option<UnlistedReason>) {
        if let Some(why) = unlisted {
            self.unlisted.entry(why).or_default().insert(list);
        }
    }

    fn extend(&mut self, other: Self) {
        self.strangers.extend(other.strangers);
        self.more += other.more;
        for (why, lists) in other.unlisted {
            self.unlisted.entry(why).or_default().extend(lists);
        }
    }

    /// Returns a text that says which lists could not be read, and the remedy; `None` if all were read.
    fn incomplete_text(&self) -> Option<String> {
        let sentence = |(why, lists): (&UnlistedReason, &BTreeSet<&str>)| {
            let lists = lists.iter().copied().collect::<Vec<_>>().join(", ");
            match why {
                UnlistedReason::Refused => format!("Gitea refuses to list {lists}."),
                UnlistedReason::Renamed => format!(
                    "Gitea could not list {lists}: the organisation was renamed. Call workspace.provision to \
                     rename it back."
                ),
                UnlistedReason::NotFound => format!(
                    "Gitea could not list {lists}: the organisation was not found. Call workspace.provision."
                ),
                UnlistedReason::Unsupported => format!(
                    "This release of Gitea does not list {lists}: look at the settings of the \
                     organisation and of its repositories."
                ),
            }
        };
        let sentences: Vec<_> = self.unlisted.iter().map(sentence).collect();
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }
}

/// The hooks and keys that this server created for a workspace, which are not strangers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnAccess<'a> {
    /// The hooks that report pushes.
    pub(crate) hooks: Option<&'a OwnHooks>,
    /// The keys that Coolify uses to clone its repositories.
    pub(crate) keys: &'a [CloneKey],
}

impl OwnAccess<'_> {
    /// Returns whether a deploy key of the repository with this number is Coolify's.
    fn has_key(&self, repository: i64, key: &DeployKey) -> bool {
        let opens = |own: &CloneKey| {
            own.repository == repository || own.left_repository == Some(repository)
        };
        key.read_only
            && self.keys.iter().any(|own| opens(own) && key.has_public_key(&own.public_key))
    }
}

/// Searches for the strangers of a workspace.
pub(crate) async fn find_strangers(
    gitea: &Client,
    record: &WorkspaceRecord,
    role: BotRole,
    own: OwnAccess<'_>,
) -> Result<Strangers, Error> {
    let org = &record.gitea_org;
    let mut found = in_organisation(gitea, record, own.hooks).await?;
    let repos = gitea.some_repos(org).await?;
    found.note("repositories", repos.unlisted);
    found.extend(in_bots_space(gitea, &record.gitea_bot_username).await?);
    let each =
        stream::iter(repos.items).map(|repo| async move { in_repo(gitea, org, &repo, own).await });
    let in_repos: Vec<_> = each.buffered(AT_ONCE).try_collect().await?;
    for one in in_repos {
        found.extend(one);
    }
    if role == BotRole::Maintainer {
        for one in found.strangers.iter_mut().filter(|one| is_for_owners(one)) {
            one.remove = format!("operator: {}", one.remove);
        }
    }
    let incomplete = found.incomplete_text();
    let FoundStrangers { mut strangers, mut more, .. } = found;
    more += strangers.len().saturating_sub(LISTED);
    strangers.truncate(LISTED);
    Ok(Strangers { found: strangers, more, incomplete, unread_repos: repos.more })
}

/// Returns whether only owners of the organisation can remove a stranger.
fn is_for_owners(one: &Stranger) -> bool {
    match one.kind {
        StrangerKind::Runner => true,
        StrangerKind::BotRepository => false,
        _ => one.repo.is_none(),
    }
}

/// Returns the repositories in a bot's own namespace. None of them is ours, and a copy of the workspace's code there
/// may be shared with others.
async fn in_bots_space(gitea: &Client, bot: &str) -> Result<FoundStrangers, Error> {
    let mut found = FoundStrangers::default();
    let page = gitea.some_repos_of_user(bot).await?;
    // A bot that was renamed or deleted is told of with its access.
    let unlisted = page.unlisted.filter(|why| *why == UnlistedReason::Refused);
    found.add("repositories of the bot", FirstPage { unlisted, ..page }, |repo| {
        let (path, remove) = (&repo.full_name, format!("DELETE /repos/{}", repo.full_name));
        Some(stranger(StrangerKind::BotRepository, path, None, &remove))
    });
    Ok(found)
}

async fn in_organisation(
    gitea: &Client,
    of: &WorkspaceRecord,
    own: Option<&OwnHooks>,
) -> Result<FoundStrangers, Error> {
    let org = &of.gitea_org;
    let mut found = FoundStrangers::default();
    found.add("members", gitea.members(org).await?, |member| {
        let is_ours = Some(member.id) == of.gitea_bot_id
            || member.login.eq_ignore_ascii_case(gitea.username());
        let remove = format!("DELETE /orgs/{org}/members/{}", member.login);
        (!is_ours).then(|| stranger(StrangerKind::Member, &member.login, None, &remove))
    });
    found.add("hooks", gitea.org_hooks(org).await?, |hook| {
        let remove = format!("DELETE /orgs/{org}/hooks/{}", hook.id);
        let is_ours = own.is_some_and(|own| own.is_wanted(&hook));
        (!is_ours).then(|| stranger(StrangerKind::Hook, &target(&hook), None, &remove))
    });
    found.add("runners", gitea.org_runners(org).await?, |runner| {
        let remove = format!("DELETE /orgs/{org}/actions/runners/{}", runner.id);
        Some(stranger(StrangerKind::Runner, &runner.name, None, &remove))
    });
    Ok(found)
}

async fn in_repo(
    gitea: &Client,
    org: &str,
    of: &Repo,
    own: OwnAccess<'_>,
) -> Result<FoundStrangers, Error> {
    let (name, repo) = (&of.name, Some(of.name.as_str()));
    let remove = |what: &str, which: &str| format!("DELETE /repos/{org}/{name}/{what}/{which}");
    let mut found = FoundStrangers::default();
    if !of.private && !of.internal {
        let remove = format!("PATCH /repos/{org}/{name} {{\"private\":true}}");
        found.strangers.push(stranger(StrangerKind::Public, "everybody reads", repo, &remove));
    }
    if of.mirror {
        let remove = format!("DELETE /repos/{org}/{name}");
        let host = host_of(of.original_url.as_ref());
        found.strangers.push(stranger(StrangerKind::PullMirror, &host, repo, &remove));
    }
    if let Some(transfer) = &of.repo_transfer {
        let to = transfer.recipient.as_ref().map_or("an unknown user", |user| &user.login);
        let remove = format!("operator: cancel the transfer in the settings of {org}/{name}");
        found.strangers.push(stranger(StrangerKind::Transfer, to, repo, &remove));
    }
    found.add("collaborators", gitea.collaborators(org, name).await?, |user| {
        let remove = remove("collaborators", &user.login);
        Some(stranger(StrangerKind::Collaborator, &user.login, repo, &remove))
    });
    found.add("deploy keys", gitea.deploy_keys(org, name).await?, |key| {
        let may = if key.read_only { "reads" } else { "reads and writes" };
        let remove = remove("keys", &key.id.to_string());
        let is_ours = own.has_key(of.id, &key);
        (!is_ours).then(|| stranger(StrangerKind::DeployKey, may, repo, &remove))
    });
    found.add("hooks", gitea.hooks(org, name).await?, |hook| {
        let remove = remove("hooks", &hook.id.to_string());
        Some(stranger(StrangerKind::Hook, &target(&hook), repo, &remove))
    });
    found.add("push mirrors", gitea.push_mirrors(org, name).await?, |mirror| {
        let remove = remove("push_mirrors", &mirror.remote_name);
        let host = host_of(mirror.remote_address.as_ref());
        Some(stranger(StrangerKind::PushMirror, &host, repo, &remove))
    });
    found.add("runners", gitea.runners(org, name).await?, |runner| {
        let remove = remove("actions/runners", &runner.id.to_string());
        Some(stranger(StrangerKind::Runner, &runner.name, repo, &remove))
    });
    Ok(found)
}

/// Describes a stranger. The texts may come from the stranger, so they are shortened and cleaned.
fn stranger(kind: StrangerKind, name: &str, repo: Option<&str>, remove: &str) -> Stranger {
    let repo = repo.map(|repo| names::displayable(repo, 100));
    Stranger {
        kind,
        name: names::displayable(name, 100),
        repo,
        remove: names::displayable(remove, 250),
    }
}

fn target(hook: &Hook) -> String {
    host_of(hook.config.url.as_ref())
}

fn host_of(url: Option<&Secret>) -> String {
    host(url.map(Secret::expose).unwrap_or_default())
}

/// Returns the host of a URL; the other parts may contain secrets.
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
