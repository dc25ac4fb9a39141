//! Contents of a repository that take over the host when Coolify builds it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use covibe_sandbox::coolify::{Host, Version};
use serde_json::json;

use super::Bot;
use crate::simulator_client::{Coolify, real_time_options};

/// Pushes the files that `fill` writes into a clone, and returns the ways in which building it
/// takes over the host.
async fn breaches(settings: serde_json::Value, fill: fn(&Path)) -> Vec<String> {
    breaches_of_commits(settings, &[fill]).await
}

/// Pushes the files that each of these writes as a commit of its own, and returns the ways in which
/// building the first one takes over the host.
async fn breaches_of_commits(settings: serde_json::Value, commits: &[fn(&Path)]) -> Vec<String> {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    let push = |(at, fill): (usize, &fn(&Path))| {
        fill(&bot.path("work"));
        // The files that each build pack needs.
        for (name, text) in [("package.json", "{}"), ("Dockerfile", "FROM scratch\n")] {
            let path = bot.path("work").join(name);
            if path.symlink_metadata().is_err() {
                fs::write(path, text).unwrap();
            }
        }
        bot.push("work", "a.txt", &at.to_string());
        bot.git(&["-C", "work", "rev-parse", "HEAD"])
    };
    let hashes: Vec<_> = commits.iter().enumerate().map(push).collect();
    let host = Host::default();
    let mut options = real_time_options();
    options.version = Version::V4_3;
    options.host = host.clone();
    let coolify = Coolify::with(options).await;
    let site = coolify.uuid("/applications/public", coolify.app("site")).await;
    let path = format!("/applications/{site}");
    let mut body = json!({ "git_repository": bot.url("site"), "git_branch": "main" });
    body["git_commit_sha"] = json!(hashes[0]);
    for body in [body, settings] {
        let changed = coolify.patch(&path, body).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
    }
    let uuid = coolify.deploy(&site).await["deployment_uuid"].as_str().unwrap().to_owned();
    coolify.wait_for_status(&uuid, "finished").await;
    host.breaches()
}

/// Runs git in a clone and returns its output.
fn git(work: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(work).args(arguments).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Writes a plan whose names are harmless, unless git expands the `$Id:` in it.
fn expanding_plan(work: &Path) {
    let plan = "[variables]\nA = \"\"\"$Id:\"\"\"#$\nB = \"\"\"\n\"$(id)\" = \"x\"\n# \"\"\"\n";
    fs::write(work.join("nixpacks.toml"), plan).unwrap();
}

#[tokio::test]
async fn building_an_ordinary_repository_reports_no_breach_of_the_host() {
    let found = breaches(json!({ "build_pack": "nixpacks" }), |work| {
        symlink("a.txt", work.join("b.txt")).unwrap();
        fs::write(work.join("nixpacks.toml"), "[variables]\nA = '$(id)'\n").unwrap();
    });
    assert_eq!(found.await, Vec::<String>::new());
}

#[tokio::test]
async fn a_committed_symlink_named_env_is_reported_as_written_through() {
    for pack in ["nixpacks", "static", "dockerfile"] {
        let found = breaches(json!({ "build_pack": pack }), |work| {
            symlink("/usr/bin/docker", work.join(".env")).unwrap();
        });
        assert_eq!(found.await, ["writes through .env"], "{pack}");
    }
}

#[tokio::test]
async fn variable_names_in_a_nixpacks_plan_are_reported_as_run_commands() {
    let found = breaches(json!({ "build_pack": "nixpacks" }), |work| {
        let plan = "[variables]\n'A$(id)' = 'x'\n[staticAssets]\n'/usr/bin/docker' = 'x'\n";
        fs::write(work.join("nixpacks.toml"), plan).unwrap();
    });
    assert_eq!(found.await, ["runs the variable A$(id)", "writes the asset /usr/bin/docker"]);
}

#[tokio::test]
async fn gitattributes_that_change_the_encoding_change_the_cloned_plan() {
    let found = breaches(json!({ "build_pack": "nixpacks" }), |work| {
        let attributes = "nixpacks.toml text working-tree-encoding=UTF-16LE\n";
        fs::write(work.join(".gitattributes"), attributes).unwrap();
        // Git stores it as UTF-8 and writes it as UTF-16, whose bytes are the plan.
        let plan = "[variables]\n'A;id' = 'x'\n";
        let padded = format!("{plan}{}", " ".repeat(plan.len() % 2));
        fs::write(work.join("nixpacks.toml"), padded).unwrap();
    });
    assert_eq!(found.await, ["runs the variable A;id"]);
}

#[tokio::test]
async fn gitattributes_are_read_from_a_submodule_of_that_name() {
    let found = breaches(json!({ "build_pack": "nixpacks" }), |work| {
        expanding_plan(work);
        fs::write(work.join("notes.txt"), "nixpacks.toml ident\n").unwrap();
        // Git asks whether the object is a blob, not whether the entry is a file.
        let blob = git(work, &["hash-object", "-w", "notes.txt"]);
        let entry = format!("160000,{blob},.gitattributes");
        git(work, &["update-index", "--add", "--cacheinfo", &entry]);
        fs::create_dir(work.join(".gitattributes")).unwrap();
    });
    assert_eq!(found.await, ["runs the variable $(id)"]);
}

#[tokio::test]
async fn a_file_of_an_older_commit_is_checked_out_with_the_branchs_gitattributes() {
    let attributes: fn(&Path) = |work| {
        fs::write(work.join(".gitattributes"), "nixpacks.toml ident\n").unwrap();
        // Otherwise git would shorten the `$Id:` when it adds the file again.
        git(work, &["update-index", "--assume-unchanged", "nixpacks.toml"]);
    };
    let settings = json!({ "build_pack": "nixpacks" });
    assert_eq!(
        breaches_of_commits(settings.clone(), &[expanding_plan]).await,
        Vec::<String>::new()
    );
    let found = breaches_of_commits(settings, &[expanding_plan, attributes]).await;
    assert_eq!(found, ["runs the variable $(id)"]);
}

#[tokio::test]
async fn a_git_repository_committed_in_the_base_directory_is_reported_as_run() {
    let settings = json!({ "build_pack": "dockerfile", "base_directory": "/inner" });
    let found = breaches(settings, |work| {
        for folder in ["objects", "refs"] {
            fs::create_dir_all(work.join("inner").join(folder)).unwrap();
            fs::write(work.join("inner").join(folder).join("x"), "").unwrap();
        }
        fs::write(work.join("inner/HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(work.join("inner/Dockerfile"), "FROM scratch\n").unwrap();
    });
    assert_eq!(found.await, ["runs git in /inner"]);
}

#[tokio::test]
async fn submodules_are_fetched_unless_they_are_disabled() {
    let fill = |work: &Path| {
        let modules = "[submodule \"x\"]\n\tpath = x\n\turl = https://x.test/x.git\n";
        fs::write(work.join(".gitmodules"), modules).unwrap();
        let entry = "160000,0123456789012345678901234567890123456789,x";
        git(work, &["update-index", "--add", "--cacheinfo", entry]);
        fs::create_dir(work.join("x")).unwrap();
    };
    let found = breaches(json!({ "build_pack": "static" }), fill).await;
    assert_eq!(found, ["fetches https://x.test/x.git to x"]);
    let off = json!({ "build_pack": "static", "is_git_submodules_enabled": false });
    assert_eq!(breaches(off, fill).await, Vec::<String>::new());
}
