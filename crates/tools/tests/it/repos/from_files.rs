//! `apps.create {files}`: from a folder to a running app in one call.

use std::time::Duration;

use covibe_sandbox::coolify::Collection;
use covibe_testkit::git::{access, push_files};
use serde_json::{Map, Value, json};

use super::{Desk, problems, text};

/// A folder of so many files that is a page.
fn folder(count: usize) -> Value {
    let mut files: Map<_, _> = (1..count)
        .map(|at| (format!("pages/{at}.html"), json!(format!("<p>{at}</p>\n"))))
        .collect();
    files.insert("index.html".to_owned(), json!("<h1>Hello</h1>\n"));
    Value::Object(files)
}

impl Desk {
    /// Returns an application as Coolify has it.
    async fn application(&self, app: &Value) -> Value {
        let path = format!("/applications/{}", text(&app["uuid"]));
        self.world.operator().coolify("GET", &path, &Value::Null).await
    }

    /// Waits until the newest deployment of an app has finished, and returns its commit.
    async fn wait_until_deployed(&self, app: &Value) -> String {
        for _ in 0..1_000 {
            let told = self.ok("apps.deployments", json!({ "uuid": app["uuid"] })).await;
            match told["deployments"][0]["status"].as_str() {
                Some("finished") => return text(&told["deployments"][0]["commit"]),
                Some("queued" | "in_progress") => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                _ => panic!("{told}"),
            }
        }
        panic!("it does not end");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_create_deploys_a_folder_of_30_files_in_one_call() {
    let desk = Desk::new().await;
    let made = desk.ok("apps.create", json!({ "files": folder(30), "name": "site" })).await;
    assert_eq!((&made["repo"], &made["buildPack"]), (&json!("site"), &json!("static")));
    assert_eq!(made["ports"], "80");
    assert!(made["hints"].to_string().contains("repos.commit"), "{made}");
    let tree = desk.ok("repos.tree", json!({ "repo": "site" })).await;
    assert_eq!(tree["files"].as_array().map(Vec::len), Some(30));
    assert_eq!(json!(desk.wait_until_deployed(&made).await), tree["commit"]);
    assert_eq!(desk.commits().await, 1);
    let (_, git) = desk.git().await;
    let shown = git.send("GET", "/repos/vibn-mark/site", &[], None).await.json();
    assert_eq!((&shown["private"], &shown["description"]), (&json!(true), &json!("")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_30_files_pushed_by_git_is_deployed() {
    let desk = Desk::new().await;
    desk.ok("repos.create", json!({ "name": "site" })).await;
    let access = access(&desk.agent).await;
    let pushed = tokio::task::block_in_place(|| {
        push_files(&access, "site", |work| {
            for (path, text) in folder(30).as_object().expect("files") {
                let path = work.join(path);
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                std::fs::write(path, text.as_str().expect("a text")).expect("a file");
            }
        })
    });
    let params = json!({ "repo": "site", "buildPack": "static" });
    let made = desk.ok("apps.create", params).await;
    assert_eq!(desk.wait_until_deployed(&made).await, pushed);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_build_pack_and_port_follow_from_the_files() {
    let desk = Desk::new().await;
    for (name, files, pack, ports) in [
        ("page", json!({ "index.html": "x" }), "static", "80"),
        ("node", json!({ "index.html": "x", "package.json": "{}" }), "nixpacks", "3000"),
        (
            "image",
            json!({ "index.html": "x", "Dockerfile": "FROM a\nEXPOSE 8080\n" }),
            "dockerfile",
            "8080",
        ),
    ] {
        let params = json!({ "files": files, "name": name, "instantDeploy": false });
        let made = desk.ok("apps.create", params).await;
        assert_eq!((&made["buildPack"], &made["ports"]), (&json!(pack), &json!(ports)), "{name}");
        assert_eq!(desk.application(&made).await["build_pack"], json!(pack));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_creation_from_files_leaves_no_repository_and_no_app() {
    let desk = Desk::new().await;
    let files = json!({ "index.html": "x", "nixpacks.toml": "[phases.setup]\nnixPkgs = [\"$(id)\"]\n",
                        ".gitattributes": "* filter=x\n" });
    let params = json!({ "files": files, "name": "site" });
    let refused = desk.call_refused(422, "apps.create", params).await;
    assert!(problems(&refused).contains(&".gitattributes".to_owned()), "{refused}");
    let params = json!({ "files": { "../x": "x" }, "name": "site" });
    desk.call_refused(422, "apps.create", params).await;
    desk.call_refused(400, "apps.create", json!({ "files": { "index.html": "x" } })).await;
    let params = json!({ "files": { "index.html": "x" }, "name": "site", "branch": "main" });
    desk.call_refused(400, "apps.create", params).await;
    let params = json!({ "files": { "index.html": "x" }, "name": "site", "repo": "site" });
    desk.call_refused(400, "apps.create", params).await;
    let params =
        json!({ "files": { "index.html": "x" }, "name": "site", "domain": "x.example.com" });
    desk.call_refused(403, "apps.create", params).await;
    assert_eq!(desk.ok("repos.list", json!({})).await, json!({ "repos": [] }));
    assert_eq!(desk.ok("apps.list", json!({})).await["apps"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_from_files_with_a_taken_name_is_refused_before_any_change() {
    let desk = Desk::new().await;
    let image = json!({ "image": "nginx:1.27", "name": "app", "instantDeploy": false });
    desk.ok("apps.create", image).await;
    let params = json!({ "files": { "index.html": "x" }, "name": "app" });
    desk.call_refused(409, "apps.create", params).await;
    assert_eq!(desk.ok("repos.list", json!({})).await, json!({ "repos": [] }));
    desk.ok("repos.create", json!({ "name": "site" })).await;
    let params = json!({ "files": { "index.html": "x" }, "name": "site" });
    desk.call_refused(409, "apps.create", params).await;
    assert_eq!(desk.paths().await, ["README.md"]);
    assert_eq!(desk.ok("apps.list", json!({})).await["apps"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_creation_after_a_failure_continues_with_the_new_files() {
    let desk = Desk::new().await;
    let fault = covibe_sandbox::faults::Fault::new(covibe_sandbox::faults::Name::DropAfter);
    desk.world.coolify.arm(fault.on("POST", "/applications/public"));
    let params = |text: &str| json!({ "files": { "index.html": text }, "name": "site", "instantDeploy": false });
    let failed = desk.call("apps.create", params("one")).await.expect_err("the answer is lost");
    assert_eq!(failed["details"]["mayHaveHappened"], true, "{failed}");
    desk.ok("apps.create", params("two")).await;
    assert_eq!(desk.content("index.html").await, "two");
    let named = desk.world.coolify.names(Collection::Applications);
    assert_eq!(named.iter().filter(|name| *name == "site").count(), 1);
    desk.call_refused(409, "apps.create", params("three")).await;
    assert_eq!(desk.content("index.html").await, "two");
}
