//! Pull requests, which are really merged.

use serde_json::{Value, json};

use super::{Bot, base64};

const PULLS: &str = "/repos/vibn-mark/site/pulls";

/// Creates a repository with a branch `feature`, which adds a file with that text.
async fn with_feature(file: &str, text: &str) -> Bot {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    let body = json!({ "content": base64(text), "new_branch": "feature" });
    let path = format!("/repos/vibn-mark/site/contents/{file}");
    assert_eq!(bot.client.post(&path, body).await.status, 201);
    bot
}

fn pull_request(title: &str) -> Value {
    json!({ "head": "feature", "base": "main", "title": title, "body": "Please." })
}

#[tokio::test]
async fn a_pull_request_is_opened_shown_and_merged() {
    let bot = with_feature("a.txt", "a").await;
    let made = bot.client.post(PULLS, pull_request("Add a")).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let pull = made.json();
    assert_eq!(
        (&pull["number"], &pull["state"], &pull["mergeable"], &pull["user"]["login"]),
        (&json!(1), &json!("open"), &json!(true), &json!("mark-bot"))
    );
    assert_eq!(bot.client.post(PULLS, pull_request("Again")).await.status, 409);
    assert_eq!(bot.client.get(&format!("{PULLS}/1/merge")).await.status, 404);
    let merged = bot.client.post(&format!("{PULLS}/1/merge"), json!({ "Do": "merge" })).await;
    assert_eq!((merged.status, merged.text.as_str()), (200, ""), "{}", merged.text);
    assert_eq!(bot.client.get(&format!("{PULLS}/1/merge")).await.status, 204);
    assert_eq!(bot.read("site", "main", "a.txt"), "a");

    let shown = bot.client.get(&format!("{PULLS}/1")).await.json();
    assert_eq!((&shown["state"], &shown["merged"]), (&json!("closed"), &json!(true)));
    let commits = bot.client.get("/repos/vibn-mark/site/commits").await.json();
    assert_eq!(commits[0]["sha"], shown["merge_commit_sha"]);
    assert_eq!(commits[0]["parents"].as_array().unwrap().len(), 2);
    assert!(
        commits[0]["commit"]["message"]
            .as_str()
            .unwrap()
            .starts_with("Merge pull request 'Add a' (#1)")
    );
    assert_eq!(
        bot.client.post(&format!("{PULLS}/1/merge"), json!({ "Do": "merge" })).await.status,
        405
    );
    assert_eq!(bot.client.get(PULLS).await.json(), json!([]));
    assert_eq!(bot.client.get(&format!("{PULLS}?state=closed")).await.json()[0]["number"], 1);
}

#[tokio::test]
async fn a_merge_with_conflicts_is_refused_and_changes_nothing() {
    let bot = with_feature("a.txt", "theirs").await;
    let path = "/repos/vibn-mark/site/contents/a.txt";
    assert_eq!(bot.client.post(path, json!({ "content": base64("ours") })).await.status, 201);
    let made = bot.client.post(PULLS, pull_request("Clash")).await;
    assert_eq!(made.json()["mergeable"], false);
    let refused = bot.client.post(&format!("{PULLS}/1/merge"), json!({ "Do": "merge" })).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert_eq!(bot.read("site", "main", "a.txt"), "ours");
    assert_eq!(bot.client.get(&format!("{PULLS}/1")).await.json()["state"], "open");
}

#[tokio::test]
async fn a_merge_of_an_outdated_head_is_refused() {
    let bot = with_feature("a.txt", "a").await;
    let head = bot.client.post(PULLS, pull_request("Add a")).await.json()["head"]["sha"].clone();
    bot.git(&["clone", "--quiet", "--branch", "feature", &bot.url("site"), "work"]);
    bot.push("work", "b.txt", "b");
    let merge = format!("{PULLS}/1/merge");
    let stale = json!({ "Do": "merge", "head_commit_id": head });
    assert_eq!(bot.client.post(&merge, stale).await.status, 409);
    let squash = json!({ "do": "squash", "delete_branch_after_merge": true, "MergeTitleField": "All of it" });
    assert_eq!(bot.client.post(&merge, squash).await.status, 200);
    assert_eq!(bot.read("site", "main", "b.txt"), "b");
    let commits = bot.client.get("/repos/vibn-mark/site/commits").await.json();
    assert_eq!(
        (&commits[0]["commit"]["message"], commits.as_array().unwrap().len()),
        (&json!("All of it\n"), 2)
    );
    assert_eq!(bot.client.get("/repos/vibn-mark/site/branches/feature").await.status, 404);
}

#[tokio::test]
async fn invalid_pull_requests_and_merges_are_refused() {
    let bot = with_feature("a.txt", "a").await;
    for (body, status) in [
        (json!({ "head": "main", "base": "main", "title": "x" }), 422),
        (json!({ "head": "missing", "base": "main", "title": "x" }), 404),
        (json!({ "head": "feature", "base": "missing", "title": "x" }), 404),
        (json!({ "head": "feature", "base": "main" }), 422),
        (json!({ "head": "vibn-elsewhere:feature", "base": "main", "title": "x" }), 404),
        (json!({ "head": "vibn-mark:feature", "base": "main", "title": "x" }), 201),
    ] {
        assert_eq!(bot.client.post(PULLS, body.clone()).await.status, status, "{body}");
    }
    let merge = async |body: Value| bot.client.post(&format!("{PULLS}/1/merge"), body).await.status;
    assert_eq!(merge(json!({ "Do": "rebase" })).await, 405);
    assert_eq!(merge(json!({ "Do": "somehow" })).await, 422);
    assert_eq!(
        bot.client.post(&format!("{PULLS}/9/merge"), json!({ "Do": "merge" })).await.status,
        404
    );
    assert_eq!(bot.client.get("/repos/vibn-elsewhere/secret/pulls").await.status, 404);
}
