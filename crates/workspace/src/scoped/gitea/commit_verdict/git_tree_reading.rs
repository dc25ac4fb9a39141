//! Reads the tree of a commit with git: a clone without blobs.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use covibe_repository::{Entry, MAX_PATHS, Mode, Survey};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use crate::scoped::git_program::{
    GitRemote, UnreadRepository, check_success, git, private_directory, wait_for_fetch,
};
use crate::settings::TreeLimits;

/// The time limit of the whole survey.
const TIME: Duration = Duration::from_secs(30);

/// The maximum length of a line, in bytes: a path that Linux accepts, with mode, type and hash.
const LINE: u64 = 8_192;

/// Reads the entries of a commit's tree.
///
/// # Errors
///
/// If git is missing or fails, or if a limit is exceeded.
pub(super) async fn survey(
    remote: GitRemote<'_>,
    commit: &str,
    limits: TreeLimits,
) -> Result<Survey, UnreadRepository> {
    let directory = private_directory()?;
    let read = async {
        let path = directory.path();
        let init = ["init", "--quiet", "--bare", "--template="];
        check_success(git(remote, path).args(init).status().await?.success())?;
        let fetch = ["fetch", "--quiet", "--depth=1", "--no-tags", "--filter=blob:none"];
        let mut command = git(remote, path);
        command.args(fetch).args(["--no-write-fetch-head", "origin", commit]);
        wait_for_fetch(command.stderr(Stdio::piped()).spawn()?, path, limits.clone).await?;
        let list = ["ls-tree", "-r", "-t", "-z", "--full-tree", commit];
        list_tree(git(remote, path).args(list), limits.whole).await
    };
    timeout(TIME, read)
        .await
        .map_err(|_| UnreadRepository::Failed(io::ErrorKind::TimedOut.into()))?
}

async fn list_tree(command: &mut Command, limit: usize) -> Result<Survey, UnreadRepository> {
    let mut process = command.stdout(Stdio::piped()).spawn()?;
    let output = process.stdout.take().ok_or_else(|| io::Error::other("git has no output"))?;
    let survey = survey_list(BufReader::new(output), limit).await?;
    check_success(process.wait().await?.success())?;
    Ok(survey)
}

/// Reads the lines of a list, each of which ends with NUL.
async fn survey_list(
    mut list: impl AsyncBufRead + Unpin,
    limit: usize,
) -> Result<Survey, UnreadRepository> {
    let (mut survey, mut line) = (Survey::default(), Vec::new());
    for count in 0.. {
        line.clear();
        (&mut list).take(LINE).read_until(0, &mut line).await?;
        match line.pop() {
            None => break,
            Some(0) => {}
            Some(_) if line.len() as u64 + 1 == LINE => {
                return Err(UnreadRepository::Exceeded(
                    "has a path of more than 8,000 bytes".to_owned(),
                ));
            }
            Some(_) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
        }
        let entry = parse(&String::from_utf8_lossy(&line));
        survey.add(entry.ok_or_else(|| io::Error::other("git's list cannot be read"))?);
        if count >= limit {
            return Err(UnreadRepository::Exceeded(format!(
                "has more than {limit} files and folders"
            )));
        }
        if survey.path_bytes() > MAX_PATHS {
            return Err(UnreadRepository::Exceeded(long_paths()));
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
    use covibe_domain::Secret;

    use super::*;

    #[test]
    fn parses_lines_of_git_ls_tree() {
        let entry = parse("120000 blob c0ffee\ta b/c").unwrap();
        assert_eq!(
            (entry.mode, entry.path.as_str(), entry.id.as_str()),
            (Mode::Link, "a b/c", "c0ffee")
        );
        assert_eq!(parse("c0ffee"), None);
    }

    #[tokio::test]
    async fn a_clone_from_an_unreachable_server_fails() {
        let authorization = Secret::new("Basic 0123456789");
        let remote = GitRemote { url: "http://127.0.0.1:9/o/r.git", authorization: &authorization };
        let commit = "0123456789012345678901234567890123456789";
        let read = survey(remote, commit, TreeLimits::default()).await;
        assert!(matches!(read, Err(UnreadRepository::Failed(_))));
    }

    async fn read(list: String, limit: usize) -> Result<Survey, UnreadRepository> {
        survey_list(list.as_bytes(), limit).await
    }

    #[tokio::test]
    async fn refuses_a_line_that_is_too_long_instead_of_splitting_it() {
        let line = |length: usize| format!("120000 blob c0ffee\t{}\0", "a".repeat(length));
        let limit = usize::try_from(LINE).unwrap();
        let head = line(0).len();
        assert!(read(line(limit - head), 10).await.is_ok());
        assert!(matches!(
            read(line(limit - head + 1), 10).await,
            Err(UnreadRepository::Exceeded(_))
        ));
        let cut = line(9).replace('\0', "");
        assert!(matches!(read(cut, 10).await, Err(UnreadRepository::Failed(_))));
    }

    #[tokio::test]
    async fn refuses_more_entries_or_longer_paths_than_allowed() {
        let lines = |count: usize, length: usize| -> String {
            format!("100644 blob c0ffee\t{}\0", "a".repeat(length)).repeat(count)
        };
        assert!(read(lines(10, 1), 10).await.is_ok());
        assert!(matches!(read(lines(11, 1), 10).await, Err(UnreadRepository::Exceeded(_))));
        let most = MAX_PATHS / 4_096;
        assert!(read(lines(most, 4_096), 10_000).await.is_ok());
        assert!(matches!(
            read(lines(most + 1, 4_096), 10_000).await,
            Err(UnreadRepository::Exceeded(_))
        ));
    }
}
