//! The knowledge of repositories: the rules that exclude them, the answers of git, the server that each goes to, and the
//! keys that it is known by there.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::loop_state::{Known, file_state};
use super::sync_round::Watcher;
use crate::exclude::{EXCLUSIONS, Exclusions, purge_repository};
use crate::git::{Git, Location};
use crate::origin::Origin;
use crate::repos::{RepositoryEntry, ServerChoice};
use crate::snapshot::Keys;
use crate::uplink::{Judgement, Uplink, judge_identity};

/// The time after which git is asked again, although the configuration has not changed: a user's configuration can.
const RECHECK: Duration = Duration::from_mins(10);

impl<U: Uplink> Watcher<U> {
    /// Reads `exclude.json` where it has changed.
    pub(super) fn refresh_rules(&mut self) {
        let state = file_state(&self.home.path(EXCLUSIONS));
        // A missing file cannot be distinguished from one that cannot be read, so it is read each time.
        if self.rules.state == Some(state) && state.is_some() {
            return;
        }
        let rules = match Exclusions::load(&self.home) {
            Ok(rules) => Some(rules),
            Err(problem) => {
                self.log.fail("Nothing is sent", problem.message.trim_end_matches('.'));
                None
            }
        };
        self.rules.is_changed |= rules != self.rules.read;
        (self.rules.read, self.rules.state) = (rules, Some(state));
    }

    /// Forgets the repositories that the rules exclude since they were changed.
    pub(super) fn drop_excluded(&mut self) {
        if !std::mem::take(&mut self.rules.is_changed) || self.rules.read.is_none() {
            return;
        }
        let is_excluded = |(path, entry): (&PathBuf, &RepositoryEntry)| {
            let is_private = |place: &Location| self.rules.reason_with(place, entry).is_some();
            entry.places(path).iter().any(is_private).then(|| path.clone())
        };
        let excluded: Vec<PathBuf> =
            self.registry.repositories.iter().filter_map(is_excluded).collect();
        for path in excluded {
            self.drop_repository(&path);
        }
    }

    /// Returns whether a repository may be sent, as far as files and git say. One that may not is forgotten here and,
    /// as far as they have it, by the servers.
    pub(super) async fn is_sendable(&mut self, place: &Location) -> bool {
        if self.rules.read.is_none() {
            return false;
        }
        if !self.ask_git(place).await {
            return false;
        }
        let Some(entry) = self.registry.get(&place.common_dir) else { return false };
        if self.rules.reason_with(place, entry).is_none() {
            return true;
        }
        self.drop_repository(&place.common_dir);
        false
    }

    /// Asks git for remote and first commits where they can have changed. Returns whether git accepts the repository.
    async fn ask_git(&mut self, place: &Location) -> bool {
        let config = file_state(&place.common_dir.join("config"));
        let known = self.known.get(&place.common_dir);
        let lacks_roots = self.registry.get(&place.common_dir).is_some_and(|e| e.roots.is_empty());
        let is_fresh =
            |known: &&Known| known.config == config && known.asked_at.elapsed() < RECHECK;
        if let Some(known) = known.filter(is_fresh)
            && !(known.is_usable && lacks_roots)
        {
            return known.is_usable;
        }
        let facts = ask(&self.git, place, lacks_roots).await;
        let is_usable = facts.is_ok();
        if let Some(entry) = self.registry.repositories.get_mut(&place.common_dir) {
            match facts {
                Ok((remote, roots)) => {
                    entry.remote = remote;
                    entry.skipped = None;
                    if let Some(roots) = roots {
                        entry.roots = roots;
                    }
                }
                Err(reason) => entry.skipped = Some(reason),
            }
            self.is_registry_changed = true;
        }
        if lacks_roots && let Some(old) = self.registry.adopt_moved(&place.common_dir) {
            self.tracked.retain(|_, tracked| tracked.place.common_dir != old);
        }
        let known = Known { config, asked_at: Instant::now(), is_usable };
        self.known.insert(place.common_dir.clone(), known);
        is_usable
    }

    /// Forgets a repository, and deletes what is noted of it.
    pub(super) fn drop_repository(&mut self, common_dir: &Path) {
        let sent =
            self.registry.get(common_dir).map(|entry| entry.sent.clone()).unwrap_or_default();
        if let Err(problem) = purge_repository(&self.home, common_dir, &sent) {
            // It stays registered, so that the servers are asked at the next change or start.
            self.log.fail("An exclusion is not complete", problem.message.trim_end_matches('.'));
            self.rules.is_changed = true;
            return;
        }
        self.registry.repositories.remove(common_dir);
        self.known.remove(common_dir);
        self.tracked.retain(|_, tracked| tracked.place.common_dir != common_dir);
        self.sessions.sessions.retain(|_, session| session.common_dir != common_dir);
        (self.is_registry_changed, self.are_sessions_changed) = (true, true);
    }
}

/// Returns remote and first commits; a reason if git does not accept the repository.
async fn ask(
    git: &Git,
    place: &Location,
    with_roots: bool,
) -> Result<(Option<String>, Option<Vec<String>>), String> {
    let layout = git.layout(&place.worktree).await.map_err(|error| error.to_string())?;
    if layout.common_dir != place.common_dir {
        return Err("git finds another repository there".to_owned());
    }
    let roots = if with_roots {
        Some(git.roots(place).await.map_err(|error| error.to_string())?)
    } else {
        None
    };
    Ok((git.remote(place).await, roots))
}

impl<U: Uplink> Watcher<U> {
    /// Returns the server of a repository and its keys there; `None` without a server, or if it cannot be asked now.
    pub(super) async fn target(
        &mut self,
        entry: &RepositoryEntry,
        worktree: &Path,
    ) -> Option<(Origin, Keys)> {
        self.servers.refresh(&self.home);
        let ServerChoice::Server(server) = self.servers.choose(entry, worktree) else {
            return None;
        };
        let keys = self.keys(&server).await?;
        Some((server, keys))
    }

    /// Returns the keys of the workspace, for which the server is asked once a day.
    pub(super) async fn keys(&mut self, server: &Origin) -> Option<Keys> {
        let tag = self.uplink.key_tag(server)?;
        let known = self.identities.get(server, &tag);
        let (known, is_old) =
            known.map_or((None, true), |(i, is_old)| (Keys::from_salt(&i.salt), is_old));
        if !is_old || !self.backoff.is_open(&self.home, server) {
            return known;
        }
        let answer = self.uplink.call(server, crate::uplink::Call::Identity).await;
        match judge_identity(answer) {
            Judgement::Done(identity) => {
                let keys = Keys::from_salt(&identity.salt);
                let stored = self.identities.insert(&self.home, server, tag, identity);
                self.log.check("The identity cannot be stored", stored);
                keys.or(known)
            }
            other => {
                self.note_failure(server, other);
                known
            }
        }
    }
}
