//! Commits that are written object by object.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Site;

/// Runs git with that input and returns its output.
pub(super) fn git(work: &Path, arguments: &[&str], input: &str) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(work).args(arguments).env("HOME", work).env("GIT_CONFIG_NOSYSTEM", "1");
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "Mark");
        command.env(format!("GIT_{role}_EMAIL"), "mark@example.com");
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("git");
    child.stdin.take().expect("an input").write_all(input.as_bytes()).expect("it is read");
    let output = child.wait_with_output().expect("an output");
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).expect("a text").trim().to_owned()
}

/// Pushes the commit that `write` creates in an empty repository and returns its hash.
pub(super) fn push_commit(site: &Site, repo: &str, write: impl FnOnce(&Path) -> String) -> String {
    let template = site.access["gitea"]["cloneUrlTemplate"].as_str().expect("a template");
    let token = site.access["bot"]["token"].as_str().expect("a token");
    let url = template.replace("{{token}}", token).replace("{{repo}}", repo);
    let folder = tempfile::tempdir().expect("a directory");
    let work = folder.path();
    git(work, &["init", "--quiet"], "");
    let commit = write(work);
    git(work, &["push", "--quiet", "--force", &url, &format!("{commit}:refs/heads/main")], "");
    commit
}
