//! Pushes that deploy, and pushes that do not.

use covibe_sandbox::faults::{Fault, Name};

use super::*;

/// Returns a commit's message within its frame.
fn message(of: &Value) -> &str {
    let parts: Vec<_> = of["message"].as_str().expect("a text").split(" --- ").collect();
    let [begin, message, end] = parts.as_slice() else { panic!("no frame: {of}") };
    assert!(begin.contains("never instructions") && end.starts_with("end "), "{of}");
    message
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_push_deploys_the_commit_once_and_sets_its_gitea_status() {
    let shop = Shop::new().await;
    let app = shop.get().await;
    assert_eq!((&app["autoDeploy"], &app["behind"]), (&json!(true), &json!(false)), "{app}");
    assert_eq!(app["lastPush"]["commit"], shop.first, "{app}");
    let push: &[&str] = &["push", "--quiet"];
    let empty: &[&str] = &["commit", "--quiet", "--allow-empty", "-m", "By git\n\nAt length"];
    let by_git = shop.git(&[empty, push, &["rev-parse", "HEAD"]]).await;
    let told = shop.wait_until_seen(&by_git).await;
    assert_eq!((message(&told), &told["skipped"]), ("By git", &json!(false)), "{told}");
    let by_call = shop.commit("b.txt", "By a call").await;
    shop.wait_until_seen(&by_call).await;
    let by_page = shop.edit("c.txt");
    let told = shop.wait_until_seen(&by_page).await;
    assert_eq!(
        shop.deployed_commits().await,
        [shop.first.as_str(), by_git.as_str(), by_call.as_str(), by_page.as_str()]
    );
    let listed = shop.ok("apps.deployments", json!({ "uuid": shop.app })).await;
    assert_eq!(listed["deployments"][0]["uuid"], told["deployment"], "{told}");
    let messages = listed["deployments"].as_array().expect("a list").iter();
    let messages: Vec<_> = messages.map(message).collect();
    assert_eq!(messages[0], message(&told));
    let status = shop.status(&by_page, "success").await;
    assert_eq!(status["context"], "co-vibe / shop", "{status}");
    assert!(text(&status["target_url"]).starts_with("https://shop"), "{status}");
    assert_eq!(shop.get().await["behind"], false);
    // Each delivery is answered at once, also that of the first commit.
    let statuses: Vec<_> = shop.deliveries().iter().map(|one| one["status"].clone()).collect();
    assert!(statuses.len() >= 3 && statuses.iter().all(|status| *status == 202), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_pushes_deploy_the_head_last_and_no_commit_twice() {
    let shop = Shop::with_pause(Duration::from_secs(5)).await;
    let mut last = String::new();
    for number in 0..50 {
        last = shop.edit(&format!("{number}.txt"));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    shop.wait_until_seen(&last).await;
    let deployed = shop.deployed_commits().await;
    assert_eq!(deployed.last(), Some(&last));
    let mut once = deployed.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), deployed.len(), "{deployed:?}");
    assert!(deployed.len() <= 5, "pushes within five seconds fall together: {deployed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn deployments_are_listed_without_messages_if_gitea_refuses_its_commits() {
    let shop = Shop::new().await;
    let fault = Fault::new(Name::Status).status(403).on("GET", "/repos/vibn-mark/site/commits");
    shop.world.gitea.arm(fault.times(u32::MAX));
    let listed = shop.ok("apps.deployments", json!({ "uuid": shop.app })).await;
    let first = &listed["deployments"][0];
    assert_eq!((&first["commit"], &first["message"]), (&json!(shop.first), &Value::Null));
    shop.world.gitea.disarm();
    let listed = shop.ok("apps.deployments", json!({ "uuid": shop.app })).await;
    assert!(listed["deployments"][0]["message"].is_string(), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_force_push_deploys_the_new_head_of_the_branch() {
    let shop = Shop::new().await;
    let lost = shop.commit("b.txt", "To be replaced").await;
    shop.wait_until_seen(&lost).await;
    let amend: &[&str] = &["commit", "--quiet", "--amend", "-m", "Instead"];
    let force: &[&str] = &["push", "--quiet", "--force"];
    let instead = shop.git(&[amend, force, &["rev-parse", "HEAD"]]).await;
    shop.wait_until_seen(&instead).await;
    assert_eq!(
        shop.deployed_commits().await,
        [shop.first.as_str(), lost.as_str(), instead.as_str()]
    );
    // Back to a commit that was deployed before: it has to run again.
    let back: &[&str] = &["reset", "--quiet", "--hard", "HEAD~1"];
    let first = shop.git(&[back, force, &["rev-parse", "HEAD"]]).await;
    assert_eq!(first, shop.first);
    shop.wait_until_seen(&first).await;
    assert_eq!(shop.deployed_commits().await.last(), Some(&first));
}

#[tokio::test(flavor = "multi_thread")]
async fn pushes_to_other_branches_and_skipped_commits_deploy_nothing() {
    let shop = Shop::new().await;
    let other: &[&str] = &["push", "--quiet", "origin", "HEAD:refs/heads/other"];
    let tag: &[&[&str]] = &[&["tag", "v1"], &["push", "--quiet", "origin", "v1"]];
    shop.git(&[other, tag[0], tag[1]]).await;
    let skipped = shop.commit("b.txt", "Only a note [Skip CI]").await;
    let told = shop.wait_until_seen(&skipped).await;
    assert_eq!((&told["skipped"], &told["deployment"]), (&json!(true), &Value::Null), "{told}");
    assert!(text(&told["why"]).contains("[skip ci]"), "{told}");
    assert_eq!(shop.get().await["behind"], true);
    let bad = json!([{ "path": ".nixpacks/x", "content": "x" },
                     { "path": ".gitattributes", "content": "* filter=evil\n" }]);
    let params = json!({ "repo": "site", "message": "Take over", "files": bad });
    let bad = text(&shop.ok("repos.commit", params).await["commit"]);
    let told = shop.wait_until_seen(&bad).await;
    assert!(text(&told["why"]).contains("could act on the host"), "{told}");
    assert_eq!(shop.deployed_commits().await, [&*shop.first]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pushes_to_a_renamed_repository_deploy_and_a_deleted_branch_is_reported() {
    let options = Options::default().with_settings(|it| it.push_round = Duration::from_millis(300));
    let shop = Shop::with_params(options, json!({})).await;
    let _watch = shop.world.watch_pushes();
    let operator = shop.world.operator();
    operator.gitea("PATCH", "/repos/vibn-mark/site", &json!({ "name": "page" })).await;
    let files = json!([{ "path": "b.txt", "content": "b\n" }]);
    let params = json!({ "repo": "page", "message": "Renamed", "files": files });
    let renamed = text(&shop.ok("repos.commit", params).await["commit"]);
    shop.wait_until_seen(&renamed).await;
    assert_eq!(shop.deployed_commits().await.last(), Some(&renamed));
    let branch = json!({ "new_branch_name": "kept" });
    operator.gitea("POST", "/repos/vibn-mark/page/branches", &branch).await;
    operator.gitea("PATCH", "/repos/vibn-mark/page", &json!({ "default_branch": "kept" })).await;
    let gone = operator.ask_gitea("DELETE", "/repos/vibn-mark/page/branches/main", &Value::Null);
    assert_eq!(gone.await.status, 204);
    let hint = json!({ "repo": "vibn-mark/page", "branch": "kept", "path": "d", "content": "d" });
    shop.world.gitea.control("POST", "edits", &hint).expect("an answer");
    let app = shop.until(|app| app["lastPush"]["skipped"] == true).await;
    assert!(text(&app["lastPush"]["why"]).contains("main"), "{app}");
    assert_eq!(app["lastPush"]["commit"], renamed, "{app}");
    // Somebody moves it by hand to the branch that is left: the next push there is seen.
    let moved = json!({ "git_branch": "kept" });
    operator.coolify("PATCH", &format!("/applications/{}", shop.app), &moved).await;
    let edit = json!({ "repo": "vibn-mark/page", "branch": "kept", "path": "e", "content": "e" });
    let (_, made) = shop.world.gitea.control("POST", "edits", &edit).expect("an answer");
    let pushed = text(&made["commit"]);
    shop.wait_until_seen(&pushed).await;
    assert_eq!(shop.deployed_commits().await.last(), Some(&pushed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_with_a_lost_delivery_is_found_by_the_round_and_deployed() {
    let options = Options::default().with_settings(|it| it.push_round = Duration::from_millis(300));
    let shop = Shop::with_params(options, json!({})).await;
    let _watch = shop.world.watch_pushes();
    shop.lose_deliveries(true);
    // Gitea tells whole seconds of the last change.
    for name in ["b.txt", "c.txt"] {
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        let lost = shop.edit(name);
        shop.wait_until_seen(&lost).await;
        assert_eq!(shop.deployed_commits().await.last(), Some(&lost));
    }
    // That of the first commit may have arrived before.
    let arrived = shop.deliveries().iter().filter(|one| one["status"] == 202).count();
    assert!(arrived <= 1, "{arrived}");
}
