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
use covibe_repository::{Entry, Mode};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{interval, timeout};

/// How long the whole may take.
const TIME: Duration = Duration::from_secs(30);

/// The size limit of the clone, in bytes: the trees of 300,000 entries take about 30 MB.
const SIZE: u64 = 256 << 20;

/// The longest entry that is read, in bytes.
const ENTRY: u64 = 8_192;

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

/// Returns the entries of a commit's tree, at most `limit`.
///
/// # Errors
///
/// There is no git, it fails, or a limit is exceeded.
pub(super) async fn entries(of: &Cloned<'_>, limit: usize) -> io::Result<Vec<Entry>> {
    let directory = tempfile::tempdir()?;
    let read = async {
        let path = directory.path();
        wait(git(of, path).args(["init", "--quiet", "--bare", "--template="]).spawn()?, path)
            .await?;
        let fetch = ["fetch", "--quiet", "--depth=1", "--no-tags", "--filter=blob:none"];
        let mut command = git(of, path);
        command.args(fetch).args(["--no-write-fetch-head", "origin", of.commit]);
        wait(command.spawn()?, path).await?;
        listed(git(of, path).args(["ls-tree", "-r", "-t", "-z", "--full-tree", of.commit]), limit)
            .await
    };
    timeout(TIME, read).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
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

/// Waits until a process has succeeded, and ends it if the directory grows too large.
async fn wait(mut process: Child, directory: &Path) -> io::Result<()> {
    let mut looks = interval(Duration::from_millis(200));
    loop {
        tokio::select! {
            status = process.wait() => return succeeded(status?.success()),
            _ = looks.tick() => if size(directory) > SIZE {
                process.kill().await?;
                return Err(io::Error::other("the clone is too large"));
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

async fn listed(command: &mut Command, limit: usize) -> io::Result<Vec<Entry>> {
    let mut process = command.stdout(Stdio::piped()).spawn()?;
    let output = process.stdout.take().ok_or_else(|| io::Error::other("git has no output"))?;
    let (mut output, mut entries, mut line) = (BufReader::new(output), Vec::new(), Vec::new());
    loop {
        line.clear();
        (&mut output).take(ENTRY).read_until(0, &mut line).await?;
        if line.pop().is_none() {
            break;
        }
        let entry = parse(&String::from_utf8_lossy(&line));
        entries.push(entry.ok_or_else(|| io::Error::other("git's list cannot be read"))?);
        if entries.len() > limit {
            return Err(io::Error::other("the tree has too many entries"));
        }
    }
    succeeded(process.wait().await?.success())?;
    Ok(entries)
}

/// Parses `mode type hash`, a tab, and the path.
fn parse(line: &str) -> Option<Entry> {
    let (head, path) = line.split_once('\t')?;
    let mut words = head.split(' ');
    let (mode, _, id) = (words.next()?, words.next()?, words.next()?);
    Some(Entry { path: path.to_owned(), mode: Mode::parse(mode), id: id.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!(entries(&of, 10).await.is_err());
        let command = format!("{:?}", git(&of, Path::new("/tmp")).as_std().get_args());
        assert!(!command.contains("0123456789"), "{command}");
    }
}
