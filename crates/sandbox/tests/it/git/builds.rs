//! What of a repository takes over the host when Coolify builds it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use covibe_sandbox::coolify::{Host, Version};
use serde_json::json;

use super::Bot;
use crate::support::{Coolify, quick};

/// Pushes what `fill` writes into a clone, and returns how building it takes over the host.
async fn breaches(settings: serde_json::Value, fill: fn(&Path)) -> Vec<String> {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    fill(&bot.path("work"));
    bot.push("work", "a.txt", "a");
    let host = Host::default();
    let mut options = quick();
    options.version = Version::V4_3;
    options.host = host.clone();
    let coolify = Coolify::with(options).await;
    let site = coolify.uuid("/applications/public", coolify.app("site")).await;
    let path = format!("/applications/{site}");
    let body = json!({ "git_repository": bot.url("site"), "git_branch": "main" });
    for body in [body, settings] {
        let changed = coolify.patch(&path, body).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
    }
    let uuid = coolify.deploy(&site).await["deployment_uuid"].as_str().unwrap().to_owned();
    coolify.until(&uuid, "finished").await;
    host.breaches()
}

#[tokio::test]
async fn an_ordinary_repository_does_not_take_over_the_host() {
    let found = breaches(json!({ "build_pack": "nixpacks" }), |work| {
        symlink("a.txt", work.join("b.txt")).unwrap();
        fs::write(work.join("nixpacks.toml"), "[variables]\nA = '$(id)'\n").unwrap();
    });
    assert_eq!(found.await, Vec::<String>::new());
}

#[tokio::test]
async fn a_link_is_written_through() {
    for pack in ["nixpacks", "static", "dockerfile"] {
        let found = breaches(json!({ "build_pack": pack }), |work| {
            symlink("/usr/bin/docker", work.join(".env")).unwrap();
        });
        assert_eq!(found.await, ["writes through .env"], "{pack}");
    }
}

#[tokio::test]
async fn a_plan_runs_the_names_of_its_variables() {
    let found = breaches(json!({ "build_pack": "nixpacks" }), |work| {
        let plan = "[variables]\n'A$(id)' = 'x'\n[staticAssets]\n'/usr/bin/docker' = 'x'\n";
        fs::write(work.join("nixpacks.toml"), plan).unwrap();
    });
    assert_eq!(found.await, ["runs the variable A$(id)", "writes the asset /usr/bin/docker"]);
}

#[tokio::test]
async fn attributes_change_what_a_clone_has() {
    let found = breaches(json!({ "build_pack": "nixpacks" }), |work| {
        let attributes = "nixpacks.toml text working-tree-encoding=UTF-16LE\n";
        fs::write(work.join(".gitattributes"), attributes).unwrap();
        // Git stores it as UTF-8 and writes it as UTF-16, of which these bytes are the plan.
        let plan = "[variables]\n'A;id' = 'x'\n";
        let padded = format!("{plan}{}", " ".repeat(plan.len() % 2));
        fs::write(work.join("nixpacks.toml"), padded).unwrap();
    });
    assert_eq!(found.await, ["runs the variable A;id"]);
}

#[tokio::test]
async fn a_committed_repository_is_read_by_git() {
    let settings = json!({ "build_pack": "dockerfile", "base_directory": "/inner" });
    let found = breaches(settings, |work| {
        for folder in ["objects", "refs"] {
            fs::create_dir_all(work.join("inner").join(folder)).unwrap();
            fs::write(work.join("inner").join(folder).join("x"), "").unwrap();
        }
        fs::write(work.join("inner/HEAD"), "ref: refs/heads/main\n").unwrap();
    });
    assert_eq!(found.await, ["runs git in /inner"]);
}

#[tokio::test]
async fn submodules_are_fetched_unless_they_are_switched_off() {
    let fill = |work: &Path| {
        let modules = "[submodule \"x\"]\n\tpath = x\n\turl = https://x.test/x.git\n";
        fs::write(work.join(".gitmodules"), modules).unwrap();
        let entry = "160000,0123456789012345678901234567890123456789,x";
        let mut git = std::process::Command::new("git");
        let added = git.arg("-C").arg(work).args(["update-index", "--add", "--cacheinfo", entry]);
        assert!(added.status().unwrap().success());
        fs::create_dir(work.join("x")).unwrap();
    };
    let found = breaches(json!({ "build_pack": "static" }), fill).await;
    assert_eq!(found, ["fetches https://x.test/x.git to x"]);
    let off = json!({ "build_pack": "static", "is_git_submodules_enabled": false });
    assert_eq!(breaches(off, fill).await, Vec::<String>::new());
}
