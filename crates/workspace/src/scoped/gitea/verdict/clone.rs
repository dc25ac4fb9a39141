//! Reading the tree of a commit with git: a clone without blobs, in a directory of its own.
//!
//! A repository cannot make this git run anything: there is no checkout, and hooks, filters,
//! submodules and the configuration of the system and of users are off. The token is passed in the
//! environment, never in an argument or a URL.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_domain::Secret;
use covibe_repository::{Entry, MAX_PATHS, Mode, Survey};
use tempfile::TempDir;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::{interval, timeout};

use crate::settings::TreeLimits;

/// How long the whole may take.
const TIME: Duration = Duration::from_secs(30);

/// The longest line that is read, in bytes: a path that Linux takes, with mode, type and hash.
const LINE: u64 = 8_192;

/// What git warns of where the server ignores a filter and sends all blobs (git 2.39).
const IGNORED_FILTER: &[u8] = b"filtering not recognized by server";

/// How much of git's messages is read, in bytes.
const MESSAGES: u64 = 16 << 10;

/// How long to wait for git's last message once it has ended.
const LAST_MESSAGE: Duration = Duration::from_secs(5);

/// Where programs are looked for.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin";

/// What is read.
pub(super) struct Cloned<'a> {
    /// The clone URL without credentials.
    pub(super) url: &'a str,
    pub(super) user: &'a str,
    pub(super) token: &'a Secret,
    /// The whole hash of the commit.
    pub(super) commit: &'a str,
}

/// Why a tree was not read.
#[derive(Debug)]
pub(super) enum Unread {
    /// The commit exceeds a limit, as it always will; the rest of a sentence that begins with it.
    Exceeded(String),
    /// The clone is too large because Gitea ignored the filter, which says nothing about the commit.
    Unfiltered,
    /// git is missing or failed, which says nothing about the commit.
    Failed(io::Error),
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

/// Looks at the entries of a commit's tree.
///
/// # Errors
///
/// There is no git, it fails, or a limit is exceeded.
pub(super) async fn survey(of: &Cloned<'_>, limits: TreeLimits) -> Result<Survey, Unread> {
    let directory = private_directory()?;
    let read = async {
        let path = directory.path();
        let init = ["init", "--quiet", "--bare", "--template="];
        succeeded(git(of, path).args(init).status().await?.success())?;
        let fetch = ["fetch", "--quiet", "--depth=1", "--no-tags", "--filter=blob:none"];
        let mut command = git(of, path);
        command.args(fetch).args(["--no-write-fetch-head", "origin", of.commit]);
        fetched(command.stderr(Stdio::piped()).spawn()?, path, limits.clone).await?;
        let list = ["ls-tree", "-r", "-t", "-z", "--full-tree", of.commit];
        listed(git(of, path).args(list), limits.whole).await
    };
    timeout(TIME, read).await.map_err(|_| Unread::Failed(io::ErrorKind::TimedOut.into()))?
}

/// Creates a directory that no other account of the host can read.
fn private_directory() -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("covibe-clone-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

/// Returns a command in the repository that is in this directory.
fn git(of: &Cloned<'_>, directory: &Path) -> Command {
    let basic = STANDARD.encode(format!("{}:{}", of.user, of.token.expose()));
    let authorization = format!("Authorization: Basic {basic}");
    let settings = [
        ("http.extraHeader", authorization.as_str()),
        ("http.followRedirects", "false"),
        ("http.lowSpeedLimit", "1000"),
        ("http.lowSpeedTime", "10"),
        ("remote.origin.url", of.url),
        ("protocol.allow", "never"),
        ("protocol.http.allow", "always"),
        ("protocol.https.allow", "always"),
        ("core.hooksPath", "/dev/null"),
        ("core.fsmonitor", "false"),
        ("credential.helper", ""),
        ("fetch.recurseSubmodules", "false"),
        // A few large objects would not be in a pack, whose size is limited.
        ("fetch.unpackLimit", "1"),
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
    command.env("GIT_CONFIG_COUNT", settings.len().to_string());
    for (index, (name, value)) in settings.into_iter().enumerate() {
        command.env(format!("GIT_CONFIG_KEY_{index}"), name);
        command.env(format!("GIT_CONFIG_VALUE_{index}"), value);
    }
    command
}

/// Waits until git has fetched. A clone that is too large says nothing about the commit where the server
/// ignored the filter.
async fn fetched(mut process: Child, directory: &Path, limit: u64) -> Result<(), Unread> {
    let messages = process.stderr.take().ok_or_else(|| io::Error::other("git has no messages"))?;
    let is_unfiltered = tokio::spawn(warns(messages));
    let ended = wait(process, directory, limit).await;
    if !matches!(ended, Err(Unread::Exceeded(_))) {
        return ended;
    }
    match timeout(LAST_MESSAGE, is_unfiltered).await {
        Ok(Ok(Ok(false))) => ended,
        Ok(Ok(Ok(true))) => Err(Unread::Unfiltered),
        _ => Err(Unread::Failed(io::Error::other("git's messages cannot be read"))),
    }
}

/// Returns whether git warns that the server ignores the filter. Reads until git has ended.
async fn warns(mut messages: ChildStderr) -> io::Result<bool> {
    let mut first = Vec::new();
    (&mut messages).take(MESSAGES).read_to_end(&mut first).await?;
    tokio::io::copy(&mut messages, &mut tokio::io::sink()).await?;
    Ok(first.windows(IGNORED_FILTER.len()).any(|words| words == IGNORED_FILTER))
}

/// Waits until a process has succeeded, and ends it if the directory grows too large.
async fn wait(mut process: Child, directory: &Path, limit: u64) -> Result<(), Unread> {
    let exceeded = || {
        Err(Unread::Exceeded(format!("has folders of more than {} MiB", limit.div_ceil(1 << 20))))
    };
    let mut looks = interval(Duration::from_millis(200));
    loop {
        tokio::select! {
            status = process.wait() => {
                succeeded(status?.success())?;
                return if size(directory) > limit { exceeded() } else { Ok(()) };
            }
            _ = looks.tick() => if size(directory) > limit {
                process.kill().await?;
                return exceeded();
            },
        }
    }
}

fn succeeded(is_success: bool) -> io::Result<()> {
    if is_success { Ok(()) } else { Err(io::Error::other("git failed")) }
}

/// Returns the size of the packs in a bare repository, which is nearly all of it.
fn size(directory: &Path) -> u64 {
    let packs = std::fs::read_dir(directory.join("objects/pack")).into_iter().flatten().flatten();
    packs.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
}

async fn listed(command: &mut Command, limit: usize) -> Result<Survey, Unread> {
    let mut process = command.stdout(Stdio::piped()).spawn()?;
    let output = process.stdout.take().ok_or_else(|| io::Error::other("git has no output"))?;
    let survey = surveyed(BufReader::new(output), limit).await?;
    succeeded(process.wait().await?.success())?;
    Ok(survey)
}

/// Looks at the lines of a list, each of which ends with NUL.
async fn surveyed(mut list: impl AsyncBufRead + Unpin, limit: usize) -> Result<Survey, Unread> {
    let (mut survey, mut line) = (Survey::default(), Vec::new());
    for count in 0.. {
        line.clear();
        (&mut list).take(LINE).read_until(0, &mut line).await?;
        match line.pop() {
            None => break,
            Some(0) => {}
            Some(_) if line.len() as u64 + 1 == LINE => {
                return Err(Unread::Exceeded("has a path of more than 8,000 bytes".to_owned()));
            }
            Some(_) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
        }
        let entry = parse(&String::from_utf8_lossy(&line));
        survey.add(entry.ok_or_else(|| io::Error::other("git's list cannot be read"))?);
        if count >= limit {
            return Err(Unread::Exceeded(format!("has more than {limit} files and folders")));
        }
        if survey.path_bytes() > MAX_PATHS {
            return Err(Unread::Exceeded(long_paths()));
        }
    }
    Ok(survey)
}

/// Returns the complaint about a tree whose paths are too long together.
pub(super) fn long_paths() -> String {
    format!("has paths of more than {} MiB in total", MAX_PATHS >> 20)
}

/// Parses `mode type hash`, a tab, and the path.
fn parse(line: &str) -> Option<Entry> {
    let (head, path) = line.split_once('\t')?;
    let mut words = head.split(' ');
    let (mode, _, id) = (words.next()?, words.next()?, words.next()?);
    Some(Entry { path: path.to_owned(), mode: Mode::parse(mode), id: id.to_owned(), size: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn no_other_account_reads_the_directory() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = private_directory().unwrap().path().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn reads_lines_of_git() {
        let entry = parse("120000 blob c0ffee\ta b/c").unwrap();
        assert_eq!(
            (entry.mode, entry.path.as_str(), entry.id.as_str()),
            (Mode::Link, "a b/c", "c0ffee")
        );
        assert_eq!(parse("c0ffee"), None);
    }

    #[tokio::test]
    async fn fails_where_nothing_answers() {
        let token = Secret::new("0123456789");
        let of = Cloned {
            url: "http://127.0.0.1:9/o/r.git",
            user: "bot",
            token: &token,
            commit: "0123456789012345678901234567890123456789",
        };
        assert!(matches!(survey(&of, TreeLimits::default()).await, Err(Unread::Failed(_))));
        let command = format!("{:?}", git(&of, Path::new("/tmp")).as_std().get_args());
        assert!(!command.contains("0123456789"), "{command}");
    }

    async fn read(list: String, limit: usize) -> Result<Survey, Unread> {
        surveyed(list.as_bytes(), limit).await
    }

    #[tokio::test]
    async fn refuses_a_line_that_is_too_long_instead_of_splitting_it() {
        let line = |length: usize| format!("120000 blob c0ffee\t{}\0", "a".repeat(length));
        let limit = usize::try_from(LINE).unwrap();
        let head = line(0).len();
        assert!(read(line(limit - head), 10).await.is_ok());
        assert!(matches!(read(line(limit - head + 1), 10).await, Err(Unread::Exceeded(_))));
        let cut = line(9).replace('\0', "");
        assert!(matches!(read(cut, 10).await, Err(Unread::Failed(_))));
    }

    #[tokio::test]
    async fn refuses_more_entries_or_longer_paths_than_allowed() {
        let lines = |count: usize, length: usize| -> String {
            format!("100644 blob c0ffee\t{}\0", "a".repeat(length)).repeat(count)
        };
        assert!(read(lines(10, 1), 10).await.is_ok());
        assert!(matches!(read(lines(11, 1), 10).await, Err(Unread::Exceeded(_))));
        let most = MAX_PATHS / 4_096;
        assert!(read(lines(most, 4_096), 10_000).await.is_ok());
        assert!(matches!(read(lines(most + 1, 4_096), 10_000).await, Err(Unread::Exceeded(_))));
    }
}
