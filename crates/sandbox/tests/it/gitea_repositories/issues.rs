//! Issues and labels, as a writer and as somebody who only reads.

use serde_json::json;

use super::Bot;
use crate::contracts::Contract;

const ISSUES: &str = "/repos/vibn-mark/site/issues";
const LABELS: &str = "/repos/vibn-mark/site/labels";

async fn bot() -> Bot {
    let scopes = json!(["write:repository", "write:organization", "write:issue"]);
    let bot = Bot::with(scopes).await;
    bot.repository("site", true).await;
    bot
}

#[tokio::test]
async fn issues_are_opened_listed_and_closed_as_in_giteas_description() {
    let (bot, contract) = (bot().await, Contract::for_vendor("gitea"));
    let label = bot.client.post(LABELS, json!({ "name": "bug", "color": "#ff0000" })).await;
    contract.check("post", "/repos/{owner}/{repo}/labels", &label);
    contract.check("get", "/repos/{owner}/{repo}/labels", &bot.client.get(LABELS).await);
    let shared = json!({ "name": "shared", "color": "00ff00" });
    let shared = bot.client.post("/orgs/vibn-mark/labels", shared).await;
    contract.check("post", "/orgs/{org}/labels", &shared);
    let labels = json!([label.json()["id"], shared.json()["id"], 999_999]);
    let new = json!({ "title": "Broken", "body": "See.", "labels": labels });
    let made = bot.client.post(ISSUES, new).await;
    contract.check("post", "/repos/{owner}/{repo}/issues", &made);
    assert_eq!(made.json()["labels"].as_array().unwrap().len(), 2, "an unknown label is dropped");
    assert_eq!(bot.client.post(ISSUES, json!({ "body": "x" })).await.status, 422);
    contract.check("get", "/repos/{owner}/{repo}/issues", &bot.client.get(ISSUES).await);
    let path = format!("{ISSUES}/1");
    contract.check("get", "/repos/{owner}/{repo}/issues/{index}", &bot.client.get(&path).await);
    let closed = bot.client.patch(&path, json!({ "state": "closed" })).await;
    contract.check("patch", "/repos/{owner}/{repo}/issues/{index}", &closed);
    assert_eq!((closed.status, &closed.json()["state"]), (201, &json!("closed")));
    assert_eq!(bot.client.get(ISSUES).await.json(), json!([]));
    let search = bot.client.get("/repos/issues/search?state=all&owner=vibn-mark&type=issues").await;
    contract.check("get", "/repos/issues/search", &search);
    assert_eq!(
        (search.json()[0]["number"].as_i64(), search.header("x-total-count")),
        (Some(1), Some("1"))
    );
    assert_eq!(bot.client.get("/repos/issues/search?owner=nobody-here").await.status, 400);
    assert_eq!(bot.client.patch(&path, json!({ "state": "lost" })).await.status, 412);
    assert_eq!(bot.client.get(&format!("{ISSUES}/7")).await.status, 404);
}

#[tokio::test]
async fn issues_and_pull_requests_share_their_numbers() {
    let bot = bot().await;
    let body = json!({ "content": super::base64("a"), "new_branch": "feature" });
    bot.client.post("/repos/vibn-mark/site/contents/a.txt", body).await;
    let pull = json!({ "head": "feature", "base": "main", "title": "Add a" });
    bot.client.post("/repos/vibn-mark/site/pulls", pull).await;
    let made = bot.client.post(ISSUES, json!({ "title": "Broken" })).await;
    assert_eq!(made.json()["number"], 2);
    let shown = bot.client.get(&format!("{ISSUES}/1")).await.json();
    assert_eq!(
        (&shown["title"], &shown["pull_request"]["merged"]),
        (&json!("Add a"), &json!(false))
    );
    let listed = |kind: &str| format!("{ISSUES}?type={kind}");
    assert_eq!(bot.client.get(&listed("issues")).await.json()[0]["number"], 2);
    assert_eq!(bot.client.get(&listed("pulls")).await.json()[0]["number"], 1);
}

#[tokio::test]
async fn issues_of_an_archived_repository_or_without_the_scope_are_refused() {
    let bot = bot().await;
    bot.client.post(ISSUES, json!({ "title": "Broken" })).await;
    let archive = json!({ "archived": true });
    assert_eq!(bot.client.patch("/repos/vibn-mark/site", archive).await.status, 200);
    assert_eq!(bot.client.post(ISSUES, json!({ "title": "Late" })).await.status, 423);
    let closed = json!({ "state": "closed" });
    assert_eq!(bot.client.patch(&format!("{ISSUES}/1"), closed).await.status, 423);
    let unscoped = Bot::new().await;
    unscoped.repository("site", true).await;
    assert_eq!(unscoped.client.get(ISSUES).await.status, 403);
}
