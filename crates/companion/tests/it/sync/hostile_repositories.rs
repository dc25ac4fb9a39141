//! Repositories that try to run something, to hang, or to have other files read.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use covibe_companion::git::{Git, GitError, locate};

use super::sync_fixture::{Desk, commit, git, touch};

/// Writes a program that leaves a trace when it is run.
fn trap(desk: &Desk) -> (PathBuf, PathBuf) {
    let (program, trace) = (desk.root.join("trap"), desk.root.join("trace"));
    let text = format!("#!/bin/sh\necho \"$0 $*\" >> {}\ncat\n", trace.display());
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    (program, trace)
}

fn hostile(desk: &Desk) -> (PathBuf, PathBuf) {
    let (program, trace) = trap(desk);
    let repository = desk.repository("hostile");
    commit(
        &repository,
        ".gitattributes",
        "*.txt filter=evil diff=evil\n*.bin filter=other\n*.p filter=proc\n",
    );
    for file in ["b.txt", "c.bin", "d.p"] {
        commit(&repository, file, "text");
    }
    let run = program.display();
    // The included file lies in the worktree, as one that a pull brings.
    let included = format!("[filter \"other\"]\n clean = {run}\n required = true\n");
    commit(&repository, "evil.conf", &included);
    let hooks = repository.join(".git/hooks");
    for hook in
        ["post-index-change", "fsmonitor-watchman", "post-checkout", "reference-transaction"]
    {
        fs::create_dir_all(&hooks).unwrap();
        fs::copy(&program, hooks.join(hook)).unwrap();
    }
    let config = format!(
        "[core]\n fsmonitor = {run}\n hooksPath = {hooks}\n sshCommand = {run}\n pager = {run}\n editor = {run}\n \
         askPass = {run}\n gitProxy = {run}\n alternateRefsCommand = {run}\n\
         [filter \"evil\"]\n clean = {run}\n smudge = {run}\n required = true\n\
         [filter \"proc\"]\n process = {run}\n required = true\n\
         [diff]\n external = {run}\n[diff \"evil\"]\n textconv = {run}\n command = {run}\n\
         [alias]\n status = !{run}\n config = !{run}\n rev-parse = !{run}\n\
         [gpg]\n program = {run}\n[log]\n showSignature = true\n[credential]\n helper = !{run}\n\
         [protocol \"ext\"]\n allow = always\n\
         [extensions]\n partialClone = evil\n\
         [remote \"evil\"]\n url = \"ext::{run} %S\"\n promisor = true\n uploadpack = {run}\n\
         [remote \"origin\"]\n url = \"ext::{run} %S\"\n\
         [pager]\n status = {run}\n[status]\n submoduleSummary = true\n[maintenance]\n auto = true\n\
         [include]\n path = ../evil.conf\n",
        hooks = hooks.display()
    );
    let path = repository.join(".git/config");
    let text = fs::read_to_string(&path).unwrap() + &config;
    fs::write(path, text.replace("repositoryformatversion = 0", "repositoryformatversion = 1"))
        .unwrap();
    (repository, trace)
}

fn make_all_dirty(repository: &Path) {
    for file in ["a.txt", "b.txt", "c.bin", "d.p"] {
        touch(&repository.join(file));
    }
}

#[tokio::test]
async fn git_programs_configured_by_a_hostile_repository_are_not_run() {
    let desk = Desk::new();
    let (repository, trace) = hostile(&desk);
    let (place, hardened) = (locate(&repository).unwrap(), Git::find().unwrap());
    make_all_dirty(&repository);
    let status = hardened.status(&place).await.unwrap();
    assert_eq!(status.branch.as_deref(), Some("main"));
    let commit = status.commit.unwrap();
    assert!(hardened.committed_at(&place, &commit).await.is_some());
    assert_eq!(hardened.roots(&place).await.unwrap().len(), 1);
    assert_eq!(hardened.layout(&repository).await.unwrap(), place);
    assert_eq!(hardened.remote(&place).await, None);

    // An object that is missing here would be fetched by a partial clone.
    let tree = git_quiet(&repository, &["rev-parse", "HEAD^{tree}"]);
    let object = repository.join(".git/objects").join(&tree[..2]).join(&tree[2..]);
    fs::remove_file(object).unwrap();
    let _ = hardened.status(&place).await;
    assert!(!trace.exists(), "{}", fs::read_to_string(&trace).unwrap_or_default());

    // The traps are set: plain git falls into them.
    make_all_dirty(&repository);
    let _ = std::process::Command::new("git").arg("status").current_dir(&repository).output();
    assert!(trace.exists());
}

/// Runs git with the hardening that the question needs, because plain git would fall into the traps.
fn git_quiet(repository: &Path, arguments: &[&str]) -> String {
    let mut all = vec!["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"];
    all.extend(arguments);
    git(repository, &all).trim().to_owned()
}

#[tokio::test]
async fn core_worktree_of_a_repository_configuration_is_ignored() {
    let desk = Desk::new();
    let repository = desk.repository("a");
    let elsewhere = desk.root.join("private");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("secret-name"), "").unwrap();
    git(&repository, &["config", "core.worktree", elsewhere.to_str().unwrap()]);
    let place = locate(&repository).unwrap();
    let status = Git::find().unwrap().status(&place).await.unwrap();
    assert!(status.paths.is_empty(), "{:?}", status.paths);
}

#[tokio::test]
async fn a_git_that_hangs_is_killed_with_its_children() {
    let desk = Desk::new();
    let (repository, program) = (desk.repository("a"), desk.root.join("slow-git"));
    let pids = desk.root.join("pids");
    let text = format!("#!/bin/sh\nsleep 600 &\necho $! > {}\nwait\n", pids.display());
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let slow = Git::at(&program).with_timeout(Duration::from_secs(5));
    let place = locate(&repository).unwrap();
    let started = Instant::now();
    assert_eq!(slow.status(&place).await, Err(GitError::TimedOut));
    assert!(started.elapsed() < Duration::from_mins(1));
    let pid = fs::read_to_string(&pids).unwrap();
    let state = format!("/proc/{}/stat", pid.trim());
    let is_gone = || fs::read_to_string(&state).map_or(true, |stat| stat.contains(") Z"));
    let waited = (0..100).any(|_| {
        is_gone() || {
            std::thread::sleep(Duration::from_millis(20));
            false
        }
    });
    assert!(waited, "the child of git still runs");
}

#[tokio::test]
async fn endless_output_of_git_is_truncated() {
    let desk = Desk::new();
    let (repository, program) = (desk.repository("a"), desk.root.join("loud-git"));
    let text = "#!/bin/sh\ncase \"$*\" in *config*) exit 1;; esac\nwhile :; do printf '? some/file\\0'; done\n";
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let place = locate(&repository).unwrap();
    let status =
        Git::at(&program).with_timeout(Duration::from_mins(2)).status(&place).await.unwrap();
    assert!(status.is_truncated);
    assert!(status.counts.untracked > 100_000);
}

#[tokio::test]
async fn a_filter_that_cannot_be_disabled_makes_the_repository_unusable() {
    let desk = Desk::new();
    let (program, trace) = trap(&desk);
    let repository = desk.repository("a");
    git(&repository, &["config", "filter.a=b.clean", program.to_str().unwrap()]);
    fs::write(repository.join(".gitattributes"), "*.txt filter=a=b").unwrap();
    touch(&repository.join("a.txt"));
    let place = locate(&repository).unwrap();
    assert_eq!(Git::find().unwrap().status(&place).await, Err(GitError::Unusable));
    assert!(!trace.exists());
}

#[test]
fn linked_worktrees_symlinks_and_nested_repositories_are_located() {
    let desk = Desk::new();
    let main = desk.repository("main");
    git(&main, &["worktree", "add", "-q", "../linked", "-b", "other"]);
    fs::create_dir_all(main.join("src/deep")).unwrap();
    std::os::unix::fs::symlink(main.join("src"), desk.root.join("link")).unwrap();
    let (here, linked) = (locate(&main).unwrap(), locate(&desk.root.join("linked/x/y")).unwrap());
    assert_eq!(locate(&desk.root.join("link/deep/none.txt")), Some(here.clone()));
    assert_eq!(linked.common_dir, here.common_dir);
    assert!(linked.is_linked() && !here.is_linked());
    assert_eq!((here.folder_name(), linked.folder_name()), ("main".to_owned(), "main".to_owned()));

    let nested = desk.repository("main/src/nested");
    assert_eq!(locate(&nested.join("z")).unwrap().common_dir, nested.join(".git"));
    fs::create_dir_all(main.join("empty/.git")).unwrap();
    assert_eq!(locate(&main.join("empty")), Some(here));
    assert_eq!(locate(&desk.root), None);
    assert_eq!(locate(Path::new("relative")), None);
}

#[test]
fn named_pipes_in_place_of_git_files_do_not_block() {
    let desk = Desk::new();
    let repository = desk.repository("a");
    for file in ["commondir", "config"] {
        let path = repository.join(".git").join(file);
        let _ = fs::remove_file(&path);
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
    }
    assert!(locate(&repository).is_some());
    assert!(covibe_companion::exclude::is_excluded(&desk.home, &repository));
}
