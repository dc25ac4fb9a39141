//! Repositories that try to run something, to write elsewhere, or to get the token.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use covibe_domain::Kind;
use serde_json::json;

use super::pushes::{World, push};
use super::workspace_fixture::git;

/// Writes a program that leaves a trace when it is run.
fn trap(world: &World) -> (String, PathBuf) {
    let (program, trace) = (world.root().join("trap"), world.root().join("trace"));
    fs::write(&program, format!("#!/bin/sh\necho \"$0 $*\" >> {}\ncat\n", trace.display()))
        .unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    (program.display().to_string(), trace)
}

fn append(path: &Path, text: &str) {
    let old = fs::read_to_string(path).unwrap_or_default();
    fs::write(path, old + text).unwrap();
}

#[tokio::test]
async fn a_push_runs_no_hooks_filters_or_programs_of_the_git_configuration() {
    let world = World::new().await;
    let cx = world.context();
    let (run, trace) = trap(&world);
    let hooks = world.root().join(".git/hooks");
    fs::create_dir_all(&hooks).unwrap();
    for hook in [
        "pre-commit",
        "commit-msg",
        "post-commit",
        "pre-push",
        "reference-transaction",
        "post-index-change",
        "fsmonitor-watchman",
        "post-checkout",
        "prepare-commit-msg",
    ] {
        fs::copy(&run, hooks.join(hook)).unwrap();
    }
    append(
        &world.root().join(".git/config"),
        &format!(
            "[core]\n fsmonitor = {run}\n hooksPath = {hooks}\n sshCommand = {run}\n pager = {run}\n editor = {run}\n \
             askPass = {run}\n gitProxy = {run}\n alternateRefsCommand = {run}\n attributesFile = {run}\n\
             [filter \"evil\"]\n clean = {run}\n smudge = {run}\n\
             [diff]\n external = {run}\n[diff \"evil\"]\n textconv = {run}\n command = {run}\n\
             [alias]\n add = !{run}\n push = !{run}\n commit-tree = !{run}\n\
             [commit]\n gpgSign = true\n[gpg]\n program = {run}\n[push]\n gpgSign = true\n followTags = true\n\
             [credential]\n helper = !{run}\n helper = {run}\n[credential \"{url}\"]\n helper = !{run}\n\
             [http]\n proxy = http://127.0.0.1:1\n extraHeader = \"X: y\"\n[http \"{url}\"]\n proxy = http://127.0.0.1:1\n\
             [protocol \"ext\"]\n allow = always\n[protocol \"http\"]\n allow = never\n\
             [remote \"origin\"]\n receivepack = {run}\n uploadpack = {run}\n\
             [trailer \"x\"]\n command = {run}\n[merge \"x\"]\n driver = {run}\n[submodule]\n recurse = true\n",
            hooks = hooks.display(),
            url = world.gitea.url,
        ),
    );
    // The filter would apply to this file, if one were defined for git.
    world.desk.write("a.txt", "1");
    let pushed = push(&cx, json!({ "message": "x", "branch": "b" })).await.unwrap();
    assert_eq!(pushed["remoteHead"], json!(world.remote_head("b").unwrap()));
    let fetched = trace.exists().then(|| fs::read_to_string(&trace).unwrap());
    assert_eq!(fetched, None);
    world.desk.write(".gitattributes", "*.txt filter=evil diff=evil\n");
    world.desk.write("b.txt", "1");
    assert!(push(&cx, json!({ "message": "x", "branch": "b" })).await.is_err());
    assert!(!trace.exists());
}

#[tokio::test]
async fn a_push_runs_no_programs_of_submodules() {
    let world = World::new().await;
    let cx = world.context();
    let outside = world.desk.path("outside/trace");
    let sub = world.root().join("sub");
    fs::create_dir(&sub).unwrap();
    git(&sub, &["init", "--quiet"]);
    fs::write(sub.join("f.txt"), "1").unwrap();
    git(&sub, &["add", "f.txt"]);
    git(&sub, &["commit", "--quiet", "-m", "x"]);
    git(&world.root(), &["-c", "advice.addEmbeddedRepo=false", "add", "sub"]);
    git(&world.root(), &["commit", "--quiet", "-m", "A submodule"]);
    append(
        &sub.join(".git/config"),
        &format!("[filter \"evil\"]\n clean = \"env > {}; cat\"\n", outside.display()),
    );
    fs::write(sub.join(".gitattributes"), "*.txt filter=evil\n").unwrap();
    fs::write(sub.join("f.txt"), "2").unwrap();
    world.desk.write("a.txt", "1");
    push(&cx, json!({ "message": "x", "branch": "b" })).await.unwrap();
    assert!(!outside.exists());
}

#[tokio::test]
async fn git_folders_that_lead_outside_the_root_are_refused() {
    let world = World::new().await;
    let cx = world.context();
    let other = world.desk.path("other");
    fs::create_dir(&other).unwrap();
    git(&other, &["init", "--quiet"]);
    git(&other, &["commit", "--quiet", "--allow-empty", "-m", "x"]);
    let git_dir = world.root().join(".git");
    world.desk.write("a.txt", "1");
    let params = json!({ "message": "x", "branch": "b" });
    for (name, target) in [("objects/info/alternates", "objects"), ("commondir", "")] {
        fs::write(git_dir.join(name), format!("{}\n", other.join(".git").join(target).display()))
            .unwrap();
        let failure = push(&cx, params.clone()).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Forbidden, "{name}: {failure:?}");
        fs::remove_file(git_dir.join(name)).unwrap();
    }
    for name in ["config", "index", "objects", "refs"] {
        let aside = world.desk.path("aside");
        fs::rename(git_dir.join(name), &aside).unwrap();
        symlink(other.join(".git").join(name), git_dir.join(name)).unwrap();
        let failure = push(&cx, params.clone()).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Forbidden, "{name}: {failure:?}");
        fs::remove_file(git_dir.join(name)).unwrap();
        fs::rename(&aside, git_dir.join(name)).unwrap();
    }
    // A file in its place was not there at the start.
    fs::rename(&git_dir, world.desk.path("aside")).unwrap();
    fs::write(&git_dir, format!("gitdir: {}\n", other.join(".git").display())).unwrap();
    assert_eq!(push(&cx, params.clone()).await.unwrap_err().kind, Kind::Conflict);
    fs::remove_file(&git_dir).unwrap();
    symlink(other.join(".git"), &git_dir).unwrap();
    assert_eq!(push(&cx, params).await.unwrap_err().kind, Kind::Conflict);
    assert_eq!(git(&other, &["rev-list", "--count", "--all"]), "1");
}

#[tokio::test]
async fn secrets_hidden_by_a_git_replace_object_are_detected() {
    let world = World::new().await;
    let cx = world.context();
    let root = world.root();
    let key = ["-----BEGIN PRIV", "ATE KEY-----\n"].concat();
    world.desk.write("a.txt", &key);
    let bad = git(&root, &["hash-object", "-w", "a.txt"]);
    fs::write(world.desk.path("good"), "harmless").unwrap();
    let good = git(&root, &["hash-object", "-w", &world.desk.text("good")]);
    git(&root, &["replace", &bad, &good]);
    let failure = push(&cx, json!({ "message": "x", "branch": "b" })).await.unwrap_err();
    assert_eq!(failure.details["rule"], "a private key");
}

/// Notes where a text is seen among the arguments and variables of processes, until it is stopped.
fn watch(text: String, stop: &Arc<AtomicBool>) -> thread::JoinHandle<(u64, Vec<String>)> {
    let stop = Arc::clone(stop);
    thread::spawn(move || {
        let (mut looks, mut seen) = (0, Vec::new());
        while !stop.load(Ordering::Relaxed) {
            for entry in fs::read_dir("/proc").unwrap().flatten() {
                for name in ["cmdline", "environ"] {
                    let bytes = fs::read(entry.path().join(name)).unwrap_or_default();
                    if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                        seen.push(format!("{name} of {}", entry.path().display()));
                    }
                }
            }
            looks += 1;
        }
        (looks, seen)
    })
}

fn files_with(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(files_with(&path, text));
        } else if fs::read(&path)
            .is_ok_and(|it| it.windows(text.len()).any(|part| part == text.as_bytes()))
        {
            found.push(path);
        }
    }
    found
}

#[tokio::test]
async fn the_gitea_token_appears_in_no_answer_argument_variable_or_file() {
    let world = World::new().await;
    let cx = world.context();
    let token = world.gitea.token.expose().to_owned();
    fs::remove_dir_all(world.root().join(".git")).unwrap();
    git(&world.root(), &["init", "--quiet"]);
    git(&world.root(), &["remote", "add", "origin", &format!("{}/operator/shop", world.gitea.url)]);
    let stop = Arc::new(AtomicBool::new(false));
    let watching = watch(token.clone(), &stop);
    for round in 0..5 {
        world.desk.write("a.txt", round.to_string());
        let pushed = push(&cx, json!({ "message": "x", "branch": "b" })).await.unwrap();
        assert!(pushed["pushed"] == true && !pushed.to_string().contains(&token));
    }
    stop.store(true, Ordering::Relaxed);
    let (looks, seen) = watching.join().unwrap();
    assert!(looks > 5);
    assert_eq!(seen, Vec::<String>::new());
    assert_eq!(files_with(&world.desk.path(""), &token), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_concurrent_command_can_neither_read_the_token_nor_redirect_the_push() {
    let world = World::new().await;
    let cx = world.context();
    let token = world.gitea.token.expose().to_owned();
    // It changes the address again and again, and looks for the token wherever it may look.
    let command = "while [ ! -e stop ]; do \
        git config url.http://127.0.0.1:1/.insteadOf http://; git config --unset-all url.http://127.0.0.1:1/.insteadOf; \
        cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline >> seen 2>/dev/null; cat ../temporary/*/* >> seen 2>/dev/null; done";
    let params = json!({ "command": command, "timeout_ms": 60_000 });
    let (spying, other) = (cx.clone(), async move {
        super::workspace_fixture::call(&cx, "execute_command", params).await
    });
    let spy = tokio::spawn(other);
    world.desk.write(".gitignore", "seen\nstop\n");
    let mut pushed = 0;
    for round in 0..30 {
        world.desk.write("a.txt", round.to_string());
        match push(&spying, json!({ "message": "x", "branch": "b" })).await {
            Ok(_) => pushed += 1,
            // The lock of the configuration, or the address that it had at that moment.
            Err(failure) => {
                assert!(matches!(failure.kind, Kind::Forbidden | Kind::Conflict), "{failure:?}");
            }
        }
        if pushed == 3 {
            break;
        }
    }
    world.desk.write("stop", "");
    spy.await.unwrap().unwrap();
    assert!(pushed > 0);
    let seen = fs::read(world.root().join("seen")).unwrap_or_default();
    assert!(!seen.windows(token.len()).any(|window| window == token.as_bytes()));
}
