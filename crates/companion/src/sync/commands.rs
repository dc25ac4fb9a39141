//! The commands `sync`, `use`, `status` and `snapshot --print`.

use std::path::Path;
use std::time::Duration;

use covibe_domain::Timestamp;
use covibe_domain::boxed;
use covibe_domain::companion::{Batch, ItemBody};
use serde_json::Value;

use super::loop_state::Servers;
use super::status_file::{LOCK, REQUEST, RepositoryReport, STATUS, ServerReport, StatusData};
use super::{Options, TickReport, run_loop};
use crate::command_error::{Exit, Problem};
use crate::credentials::Credentials;
use crate::exclude::{Exclusions, Facts};
use crate::files_without_fsync;
use crate::git::{Git, locate};
use crate::home::{CompanionHome, HomeLock};
use crate::inbox::{Inbox, MAX_RECORDS};
use crate::origin::Origin;
use crate::queue::Queue;
use crate::repos::{Registry, RepositoryEntry, ServerChoice};
use crate::settings::{Settings, machine};
use crate::snapshot::{self, Keys};
use crate::uplink::{
    Backoff, Call, HttpUplink, Identities, Judgement, Uplink as _, judge_identity,
};

/// Makes a server the one that repositories go to which name none.
///
/// # Errors
///
/// A problem if there are no credentials for it, or a file cannot be read or written.
pub fn use_server(home: &CompanionHome, server: &Origin) -> Result<Settings, Problem> {
    if !Credentials::load(home)?.servers().contains(server) {
        return Err(Problem::new(
            Exit::NoCredentials,
            format!("There are no credentials for {server}."),
        )
        .hint(format!("Run `covibe-local login --base-url {server}`.")));
    }
    Settings::update(home, |settings| settings.set_default_server(server))
}

/// Sends everything now: in this process, or by asking the running service. The report is `None` in the latter case.
///
/// # Errors
///
/// A problem if something could not be sent, or the request not be written.
#[boxed(?Send)]
pub async fn sync_now(home: &CompanionHome) -> Result<Option<TickReport>, Problem> {
    if !is_running(home) {
        let options = Options { once: true, ..Options::default() };
        return run_loop(home, &options, std::future::pending()).await.map(Some);
    }
    let folder = home.create_folder("run");
    folder
        .and_then(|folder| files_without_fsync::put(&folder, REQUEST, b""))
        .map_err(|error| Problem::failure(format!("The service cannot be queried: {error}.")))?;
    Ok(None)
}

/// Returns whether a process runs the loop.
pub(super) fn is_running(home: &CompanionHome) -> bool {
    matches!(HomeLock::take(home, LOCK, Duration::ZERO), Ok(None))
}

/// Returns what `covibe-local status` says. It changes nothing, and calls no server.
pub fn status_data(home: &CompanionHome) -> StatusData {
    let mut servers = Servers::default();
    servers.refresh(home);
    let (backoff, queue, inbox) = (Backoff::load(home), Queue::new(home), Inbox::new(home));
    let rules = Exclusions::load(home);
    let names = queue.names();
    let state =
        |server: &Origin| backoff.states().find(|(s, _)| *s == server).map(|(_, s)| s.clone());
    let report = |server: &Origin| {
        let state = state(server).unwrap_or_default();
        ServerReport { server: server.clone(), last_sync: state.last_sync, reason: state.reason }
    };
    StatusData {
        is_running: is_running(home),
        service: files_without_fsync::read_json(home, STATUS, 1024 * 1024),
        default_server: servers.default.clone(),
        servers: servers.all.iter().map(report).collect(),
        repositories: repositories(home, &servers),
        exclusions: rules
            .as_ref()
            .map_or(0, |r| r.repositories.len() + r.globs.len() + r.remotes.len()),
        exclusions_problem: rules.err().map(|problem| problem.message),
        inbox: inbox.names(MAX_RECORDS).len(),
        dropped: inbox.dropped(),
        queued: names.len(),
        oldest: names.iter().map(crate::queue::ItemName::made_at).min(),
        quarantined: queue.quarantined().len(),
    }
}

fn repositories(home: &CompanionHome, servers: &Servers) -> Vec<RepositoryReport> {
    let report = |(path, entry): (std::path::PathBuf, RepositoryEntry)| {
        let worktree = entry.worktrees.keys().next().cloned().unwrap_or_default();
        let server = match servers.choose(&entry, &worktree) {
            ServerChoice::Server(server) => Some(server),
            ServerChoice::NoCredentials | ServerChoice::Undecided => None,
        };
        RepositoryReport {
            path: path.display().to_string(),
            remote: entry.remote,
            server,
            last_event_at: entry.last_event_at,
            skipped: entry.skipped,
        }
    };
    Registry::load(home).repositories.into_iter().map(report).collect()
}

/// Returns exactly what a snapshot of the worktree at a path would send, as JSON for a person. It sends and stores
/// nothing but the salt of the workspace, for which it asks the server if it is not known.
///
/// # Errors
///
/// A problem if the path is in no repository, if the repository stays private, if no server is chosen, or if the server
/// or git do not answer.
#[boxed(?Send)]
pub async fn print_snapshot(home: &CompanionHome, path: &Path) -> Result<String, Problem> {
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let place = locate(&path)
        .ok_or_else(|| Problem::usage(format!("{} is not in a git repository.", path.display())))?;
    let git = Git::find().ok_or_else(|| Problem::failure("git is not installed."))?;
    let failed = |error: crate::git::GitError| {
        Problem::failure(format!("{error}: {}.", place.worktree.display()))
            .hint("Run `git status`.")
    };
    let mut entry = Registry::load(home).get(&place.common_dir).cloned().unwrap_or_default();
    entry.remote = git.remote(&place).await;
    entry.roots = git.roots(&place).await.map_err(failed)?;
    let facts = Facts { remote: entry.remote.as_deref(), roots: Some(&entry.roots) };
    if let Some(reason) = Exclusions::load(home)?.reason_with(&place, facts) {
        return Err(Problem::failure(format!("Nothing would be sent: {reason}."))
            .hint("Run `covibe-local exclude --list`."));
    }
    let server = chosen_server(home, &entry, &place.worktree)?;
    let keys = keys(home, &server).await?;
    let machine = machine(home)?;
    let taken = snapshot::take(&git, &place, &entry, &keys, &machine.id).await.map_err(failed)?;
    let item = snapshot::item(taken.repo, ItemBody::Snapshot(taken.body));
    let batch = Batch { machine, sent_at: Timestamp::now(), items: vec![item] };
    let mut value = serde_json::to_value(&batch).unwrap_or(Value::Null);
    if let Value::Object(object) = &mut value {
        object.shift_insert(0, "server".to_owned(), Value::from(server.as_str()));
    }
    Ok(serde_json::to_string_pretty(&value).unwrap_or_default())
}

fn chosen_server(
    home: &CompanionHome,
    entry: &RepositoryEntry,
    worktree: &Path,
) -> Result<Origin, Problem> {
    let mut servers = Servers::default();
    servers.refresh(home);
    match servers.choose(entry, worktree) {
        ServerChoice::Server(server) => Ok(server),
        ServerChoice::NoCredentials => Err(Problem::new(
            Exit::NoCredentials,
            "Nothing would be sent: there are no credentials for a server.",
        )
        .hint("Run `covibe-local login`.")),
        ServerChoice::Undecided => Err(Problem::failure(
            "Nothing would be sent: there are several servers, and none is chosen for this \
             repository.",
        )
        .hint("Run `covibe-local use https://covibe.example.com`.")),
    }
}

async fn keys(home: &CompanionHome, server: &Origin) -> Result<Keys, Problem> {
    let (uplink, mut identities) = (HttpUplink::new(home), Identities::load(home));
    let tag = uplink.key_tag(server).unwrap_or_default();
    if let Some((identity, _)) = identities.get(server, &tag)
        && let Some(keys) = Keys::from_salt(&identity.salt)
    {
        return Ok(keys);
    }
    let answer = uplink.call(server, Call::Identity).await;
    let reason = answer.as_ref().err().map(super::queue_sender::describe);
    match judge_identity(answer) {
        Judgement::Done(identity) => {
            let keys = Keys::from_salt(&identity.salt);
            // Without it, the next command asks again.
            let _ = identities.insert(home, server, tag, identity);
            keys.ok_or_else(|| Problem::failure(format!("{server} returned no salt.")))
        }
        Judgement::Unauthorized => {
            let reason = reason.unwrap_or_else(|| format!("{server} refused the companion's key"));
            Err(Problem::new(Exit::Denied, format!("{reason}."))
                .hint(format!("Run `covibe-local login --base-url {server}`.")))
        }
        _ => {
            let reason =
                reason.unwrap_or_else(|| "the answer is not from a Co-Vibe server".to_owned());
            Err(Problem::new(Exit::Unavailable, format!("{server} cannot be queried: {reason}."))
                .hint(format!("Run `covibe-local doctor --base-url {server}`.")))
        }
    }
}
