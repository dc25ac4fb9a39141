//! Contents that a commit may not have.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::Site;
use super::commit_objects;

/// A trick, the path that is reported, and what to delete to undo it.
type Trick = (&'static str, fn(&Path));

const TRICKS: [Trick; 10] = [
    (".env", |work| symlink("/usr/bin/docker", work.join(".env")).expect("a link")),
    ("out", |work| symlink("../../usr/bin", work.join("out")).expect("a link")),
    ("nginx.conf", |work| symlink("README.md", work.join("nginx.conf")).expect("a link")),
    ("nixpacks.toml", |work| {
        write(work, "nixpacks.toml", "[variables]\n'A$(id>/x)' = 'x'\n");
    }),
    ("nixpacks.json", |work| {
        write(work, "nixpacks.json", r#"{"staticAssets":{"/usr/bin/docker":"x"}}"#);
    }),
    (".gitattributes", |work| {
        write(work, ".gitattributes", "nixpacks.toml text working-tree-encoding=UTF-16LE\n");
    }),
    (".gitattributes", |work| {
        write(work, "notes.txt", "nixpacks.toml ident\n");
        let output = git(work, &["hash-object", "-w", "notes.txt"]).output().expect("git");
        let blob = String::from_utf8(output.stdout).expect("a hash");
        add_submodule(work, ".gitattributes", blob.trim());
    }),
    ("nixpacks.toml", |work| {
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
        write(work, "nixpacks.toml", pointer);
    }),
    ("inner/HEAD", |work| {
        for file in ["inner/objects/x", "inner/refs/x", "inner/config"] {
            write(work, file, "");
        }
        write(work, "inner/HEAD", "ref: refs/heads/main\n");
    }),
    ("sub", |work| {
        let url = "https://elsewhere.test/o/r.git";
        submodule(work, url, "0123456789012345678901234567890123456789");
    }),
];

fn write(work: &Path, file: &str, text: &str) {
    let path = work.join(file);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn submodule(work: &Path, url: &str, commit: &str) {
    write(work, ".gitmodules", &format!("[submodule \"sub\"]\n\tpath = sub\n\turl = {url}\n"));
    add_submodule(work, "sub", commit);
}

fn add_submodule(work: &Path, path: &str, commit: &str) {
    fs::create_dir(work.join(path)).expect("a folder");
    let entry = format!("160000,{commit},{path}");
    let mut git = git(work, &["update-index", "--add", "--cacheinfo", &entry]);
    assert!(git.status().expect("git").success());
}

fn git(work: &Path, arguments: &[&str]) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(work).args(arguments);
    git
}

/// Removes all but the first files, without which there is nothing to build, and git's own folder.
fn clear(work: &Path) {
    for entry in fs::read_dir(work).expect("a folder").flatten() {
        let is_kept =
            [".git", "README.md", "package.json"].iter().any(|kept| entry.file_name() == *kept);
        match entry.file_type() {
            _ if is_kept => {}
            Ok(kind) if kind.is_dir() => fs::remove_dir_all(entry.path()).expect("a folder"),
            _ => fs::remove_file(entry.path()).expect("a file"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_unsafe_content_of_a_commit_is_refused_with_its_path() {
    let site = Site::new().await;
    let app = site.app().await;
    for (path, trick) in TRICKS {
        site.push(|work| {
            clear(work);
            trick(work);
        });
        for force in [false, true] {
            let deploy = json!({ "uuid": app, "force": force });
            assert_eq!(site.problems("apps.deploy", deploy).await, [path]);
        }
    }
    site.push(clear);
    site.ok("apps.deploy", json!({ "uuid": app })).await;
    site.deployed_commit(&app).await;
    site.assert_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn all_problems_of_a_commit_are_reported_together_up_to_20() {
    let site = Site::new().await;
    site.push(|work| {
        for at in 0..30 {
            symlink("/etc/passwd", work.join(format!("link{at:02}"))).expect("a link");
        }
        write(work, "nixpacks.toml", "[variables]\nPATH = '.'\n");
    });
    let create = json!({ "repo": "site" });
    let refused = site.call("apps.create", create).await.expect_err("it is refused");
    assert_eq!(refused["details"]["problems"].as_array().map(Vec::len), Some(20), "{refused}");
    assert_eq!(refused["details"]["problemCount"], 31);
    let apps = site.ok("apps.list", json!({})).await;
    assert_eq!(apps["apps"].as_array().map(Vec::len), Some(0), "nothing was created");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_with_only_harmless_files_is_built() {
    let site = Site::new().await;
    site.push(|work| {
        write(work, "web/a.txt", "a");
        write(work, "web/b/c.txt", "c");
        symlink("../a.txt", work.join("web/b/a.txt")).expect("a link");
        symlink("web", work.join("site")).expect("a link");
        write(work, ".env", "A=1\n");
        write(work, "Dockerfile", "FROM scratch\n");
        write(work, ".gitattributes", "*.png filter=lfs diff=lfs merge=lfs -text\n");
        write(work, "nixpacks.toml", "[variables]\nNODE_ENV = '$(id)'\n");
    });
    let app = site.app().await;
    site.ok("apps.deploy", json!({ "uuid": app })).await;
    site.deployed_commit(&app).await;
    site.assert_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submodule_of_the_organisation_is_checked_too() {
    let site = Site::new().await;
    crate::support::workspace_resources::repository(&site.world.mark.agent, "lib").await;
    let evil = site.push_to("lib", |work| {
        symlink("/usr/bin/docker", work.join(".env")).expect("a link");
    });
    let good = site.push_to("lib", clear);
    site.push(|work| submodule(work, "../lib.git", &evil));
    let create = json!({ "repo": "site", "instantDeploy": false });
    assert_eq!(site.problems("apps.create", create).await, ["sub/.env"]);
    site.push(|work| {
        clear(work);
        submodule(work, "../lib.git", &good);
    });
    let app = site.app().await;
    assert_eq!(site.application(&app).await["settings"]["is_git_submodules_enabled"], false);
    site.ok("apps.deploy", json!({ "uuid": app })).await;
    site.deployed_commit(&app).await;
    site.assert_sound();
}

/// Writes a commit with two trees: git takes the first, which has a link to a program of the host, and
/// Gitea's own reading takes the last.
fn two_trees(work: &Path) -> String {
    let git = |arguments: &[&str], input: &str| commit_objects::git(work, arguments, input);
    let blob = |text: &str| git(&["hash-object", "-w", "--stdin"], text);
    let (link, page) = (blob("/usr/bin/docker"), blob("hello"));
    let evil = git(&["mktree"], &format!("120000 blob {link}\t.env\n"));
    let clean = git(&["mktree"], &format!("100644 blob {page}\tindex.html\n"));
    // Gitea lists only what it has, and a push sends what git reaches.
    let known = git(&["commit-tree", &clean, "-m", "Clean"], "");
    let person = "Mark <mark@example.com> 1700000000 +0000";
    let commit = format!(
        "tree {evil}\nparent {known}\nauthor {person}\ncommitter {person}\ntree {clean}\n\nTwo trees\n"
    );
    git(&["hash-object", "-t", "commit", "-w", "--stdin"], &commit)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_with_two_trees_is_checked_as_git_reads_it() {
    let site = Site::new().await;
    let push =
        |repo| tokio::task::block_in_place(|| commit_objects::push_commit(&site, repo, two_trees));
    push("site");
    let create = json!({ "repo": "site", "instantDeploy": false });
    assert_eq!(site.problems("apps.create", create.clone()).await, [".env"]);
    crate::support::workspace_resources::repository(&site.world.mark.agent, "lib").await;
    let evil = push("lib");
    site.push(|work| {
        clear(work);
        submodule(work, "../lib.git", &evil);
    });
    assert_eq!(site.problems("apps.create", create).await, ["sub/.env"]);
}
