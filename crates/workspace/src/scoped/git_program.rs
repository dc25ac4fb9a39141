//! git as a program, in a directory of its own.
//!
//! A repository cannot make this git run anything: there is no checkout, and hooks, filters,
//! submodules and the configuration of the system and of users are off. The credential is passed in the
//! environment, never in an argument or a URL.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_domain::Secret;
use covibe_domain::git_messages::exceeds_memory_limit;
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::{interval, timeout};

/// The warning of git if the server ignores a filter and sends all blobs (git 2.39).
const IGNORED_FILTER: &[u8] = b"filtering not recognized by server";

/// The maximum size of an object that git reads as a whole, in MiB: a commit, a tree, or a version of a file that is stored
/// as a difference to another one. One that repeats a character takes a thousandth of its size in a pack, so the
/// limit of the pack does not limit git's memory. Larger files that are stored by themselves are read in parts.
pub(super) const MAX_OBJECT_MIB: u64 = 128;

/// The maximum length of git's messages that is read, in bytes.
const MESSAGES: u64 = 16 << 10;

/// The time to wait for git's last message once it has ended.
const LAST_MESSAGE: Duration = Duration::from_secs(5);

/// The search path of programs.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin";

/// The remote that git fetches from or pushes to.
#[derive(Clone, Copy)]
pub(super) struct GitRemote<'a> {
    /// The URL without credentials.
    pub(super) url: &'a str,
    /// The header of the Basic method.
    pub(super) authorization: &'a Secret,
}

/// Returns the header of the Basic method for a user's token.
pub(super) fn basic_authorization(user: &str, token: &Secret) -> Secret {
    let encoded = STANDARD.encode(format!("{user}:{}", token.expose()));
    Secret::new(format!("Basic {encoded}"))
}

/// The reason why git did not read a repository.
#[derive(Debug)]
pub(super) enum UnreadRepository {
    /// The commit exceeds a limit, as it always will; the rest of a sentence that begins with it.
    Exceeded(String),
    /// The repository has an object of more than [`MAX_OBJECT_MIB`] that git cannot read in parts, or too many objects, as
    /// it always will.
    LargeObject,
    /// The clone is too large because Gitea ignored the filter, which says nothing about the commit.
    Unfiltered,
    /// git is missing or failed, which says nothing about the commit.
    Failed(io::Error),
}

impl From<io::Error> for UnreadRepository {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

/// Creates a directory that no other account of the host can read.
pub(super) fn private_directory() -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("covibe-clone-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

/// Returns a command in the repository that is in this directory.
pub(super) fn git(remote: GitRemote<'_>, directory: &Path) -> Command {
    let authorization = format!("Authorization: {}", remote.authorization.expose());
    let settings = [
        ("http.extraHeader", authorization.as_str()),
        ("http.followRedirects", "false"),
        ("http.lowSpeedLimit", "1000"),
        ("http.lowSpeedTime", "10"),
        ("remote.origin.url", remote.url),
        ("protocol.allow", "never"),
        ("protocol.http.allow", "always"),
        ("protocol.https.allow", "always"),
        ("core.hooksPath", "/dev/null"),
        ("core.fsmonitor", "false"),
        ("credential.helper", ""),
        ("fetch.recurseSubmodules", "false"),
        // A few large objects would not be in a pack, whose size is limited.
        ("fetch.unpackLimit", "1"),
        // Larger files are read in parts, unless the server stores them as differences.
        ("core.bigFileThreshold", "16m"),
        // Each thread has objects of its own in memory, and a push compares several with each other.
        ("pack.threads", "1"),
        ("pack.windowMemory", "64m"),
        ("pack.deltaCacheSize", "32m"),
        ("gc.auto", "0"),
        ("maintenance.auto", "false"),
    ];
    let mut command = Command::new("git");
    command.env_clear().current_dir(directory).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for (name, value) in [
        ("PATH", PATH),
        ("HOME", "/dev/null"),
        ("LC_ALL", "C"),
        ("GIT_DIR", "."),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_NO_REPLACE_OBJECTS", "1"),
        ("GIT_NO_LAZY_FETCH", "1"),
    ] {
        command.env(name, value);
    }
    command.env("GIT_ALLOC_LIMIT", format!("{MAX_OBJECT_MIB}m"));
    command.env("GIT_CONFIG_COUNT", settings.len().to_string());
    for (index, (name, value)) in settings.into_iter().enumerate() {
        command.env(format!("GIT_CONFIG_KEY_{index}"), name);
        command.env(format!("GIT_CONFIG_VALUE_{index}"), value);
    }
    command
}

/// Waits until git has fetched. If the server ignored the filter, a clone or an object that is too large says nothing about
/// the commit.
pub(super) async fn wait_for_fetch(
    mut process: Child,
    directory: &Path,
    limit: u64,
) -> Result<(), UnreadRepository> {
    let messages = process.stderr.take().ok_or_else(|| io::Error::other("git has no messages"))?;
    let messages = tokio::spawn(read_messages(messages));
    let Err(unread) = wait(process, directory, limit).await else { return Ok(()) };
    match timeout(LAST_MESSAGE, messages).await {
        Ok(Ok(Ok(messages))) => Err(explain(unread, &messages)),
        _ => Err(UnreadRepository::Failed(io::Error::other("git's messages cannot be read"))),
    }
}

/// Returns the beginning of git's messages. Reads until git has ended.
async fn read_messages(mut messages: ChildStderr) -> io::Result<Vec<u8>> {
    let mut first = Vec::new();
    (&mut messages).take(MESSAGES).read_to_end(&mut first).await?;
    tokio::io::copy(&mut messages, &mut tokio::io::sink()).await?;
    Ok(first)
}

/// Returns the reason why a fetch did not succeed, with what git said.
fn explain(unread: UnreadRepository, messages: &[u8]) -> UnreadRepository {
    let exceeds_memory_limit = exceeds_memory_limit(messages);
    if !exceeds_memory_limit && !matches!(unread, UnreadRepository::Exceeded(_)) {
        unread
    } else if messages.windows(IGNORED_FILTER.len()).any(|words| words == IGNORED_FILTER) {
        UnreadRepository::Unfiltered
    } else if exceeds_memory_limit {
        UnreadRepository::LargeObject
    } else {
        unread
    }
}

/// Waits until a process has succeeded, and ends it if the directory grows too large.
async fn wait(mut process: Child, directory: &Path, limit: u64) -> Result<(), UnreadRepository> {
    let exceeded = || {
        Err(UnreadRepository::Exceeded(format!(
            "has folders of more than {} MiB",
            limit.div_ceil(1 << 20)
        )))
    };
    let mut looks = interval(Duration::from_millis(200));
    loop {
        tokio::select! {
            status = process.wait() => {
                check_success(status?.success())?;
                return if size(directory) > limit { exceeded() } else { Ok(()) };
            }
            _ = looks.tick() => if size(directory) > limit {
                process.kill().await?;
                return exceeded();
            },
        }
    }
}

pub(super) fn check_success(is_success: bool) -> io::Result<()> {
    if is_success { Ok(()) } else { Err(io::Error::other("git failed")) }
}

/// Returns the size of the packs in a bare repository, which is nearly all of it.
fn size(directory: &Path) -> u64 {
    let packs = std::fs::read_dir(directory.join("objects/pack")).into_iter().flatten().flatten();
    packs.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_private_directory_is_accessible_only_to_its_owner() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = private_directory().unwrap().path().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn the_arguments_of_git_do_not_contain_the_credential() {
        let authorization = Secret::new("Basic 0123456789");
        let remote = GitRemote { url: "http://127.0.0.1:9/o/r.git", authorization: &authorization };
        let command = format!("{:?}", git(remote, Path::new("/tmp")).as_std().get_args());
        assert!(!command.contains("0123456789"), "{command}");
    }

    #[test]
    fn git_refuses_to_hold_a_large_object_and_its_message_is_recognised() {
        let authorization = Secret::new("Basic 0123456789");
        let remote = GitRemote { url: "http://127.0.0.1:9/o/r.git", authorization: &authorization };
        let command = git(remote, Path::new("/tmp"));
        let limits = command.as_std().get_envs().filter(|(name, _)| *name == "GIT_ALLOC_LIMIT");
        let limits: Vec<_> = limits.filter_map(|(_, value)| value?.to_str()).collect();
        assert_eq!(limits, ["128m"]);
        // Git itself, which reads the whole input into memory, with a lower limit.
        let mut process = std::process::Command::new("git")
            .args(["hash-object", "--stdin"])
            .env("GIT_ALLOC_LIMIT", "64k")
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _ = process.stdin.take().unwrap().write_all("a".repeat(1 << 20).as_bytes());
        let output = process.wait_with_output().unwrap();
        assert!(!output.status.success() && exceeds_memory_limit(&output.stderr), "{output:?}");
    }

    #[test]
    fn a_refused_object_is_a_verdict_unless_the_filter_was_ignored() {
        let failed = || UnreadRepository::Failed(io::Error::other("git failed"));
        let exceeded = || UnreadRepository::Exceeded("has too many".to_owned());
        let over = "fatal: attempting to allocate 9 over limit 8\n";
        let ignored = "warning: filtering not recognized by server, ignoring\n";
        let explained = |unread, messages: String| explain(unread, messages.as_bytes());
        for unread in [failed(), exceeded()] {
            let both = explained(unread, format!("{ignored}{over}"));
            assert!(matches!(both, UnreadRepository::Unfiltered), "{both:?}");
        }
        let large = explained(failed(), format!("x\r{over}"));
        assert!(matches!(large, UnreadRepository::LargeObject), "{large:?}");
        for messages in [String::new(), ignored.to_owned(), format!("remote: {over}")] {
            let other = explained(failed(), messages);
            assert!(matches!(other, UnreadRepository::Failed(_)), "{other:?}");
        }
        let size = explained(exceeded(), String::new());
        assert!(matches!(size, UnreadRepository::Exceeded(_)), "{size:?}");
    }
}
