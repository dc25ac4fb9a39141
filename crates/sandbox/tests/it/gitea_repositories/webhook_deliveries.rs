//! Deliveries of hooks after pushes, and statuses of commits.

use std::time::Duration;

use covibe_sandbox::gitea::{Collection, Settings};
use ring::hmac;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::Bot;

const SITE: &str = "/repos/vibn-mark/site";
const SECRET: &str = "a secret of the hook";

/// A receiver of deliveries.
struct Receiver(TcpListener);

/// A delivery that arrived.
struct Delivery {
    head: String,
    body: Value,
}

impl Receiver {
    async fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    fn url(&self) -> String {
        format!("http://{}/api/hooks/gitea?key=1", self.0.local_addr().unwrap())
    }

    /// Waits for the next delivery, whose signature has to be right.
    async fn next(&self) -> Delivery {
        let limit = Duration::from_secs(20);
        timeout(limit, self.receive()).await.expect("a delivery")
    }

    async fn receive(&self) -> Delivery {
        let (mut stream, _) = self.0.accept().await.unwrap();
        let mut bytes = Vec::new();
        let (end, length) = loop {
            assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "a whole head");
            let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.split("content-length: ").nth(1).unwrap();
            break (end, length.lines().next().unwrap().parse::<usize>().unwrap());
        };
        while bytes.len() < end + 4 + length {
            assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "a whole body");
        }
        stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let body = &bytes[end + 4..];
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let signature =
            format!("X-Hub-Signature-256: sha256={}", hex::encode(hmac::sign(&key, body)));
        assert!(head.contains(&signature), "{head}");
        Delivery { head, body: serde_json::from_slice(body).unwrap() }
    }

    /// Checks that nothing has arrived, once the delivery of a marker has.
    async fn has_only(&self, bot: &Bot, branch: &str) {
        let body = json!({ "new_branch_name": branch });
        assert_eq!(bot.client.post(&format!("{SITE}/branches"), body).await.status, 201);
        assert_eq!(self.next().await.body["ref"], format!("refs/heads/{branch}"));
    }
}

fn hook(url: &str) -> Value {
    json!({ "type": "gitea", "active": true, "events": ["push"],
            "config": { "url": url, "content_type": "json", "secret": SECRET } })
}

/// A bot with the repository `site`, cloned to `work`, and a hook of its organisation.
async fn bot_with_hook() -> (Bot, Receiver, Value) {
    let (mut bot, receiver) = (Bot::new().await, Receiver::new().await);
    bot.repository("site", true).await;
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    bot.become_admin();
    let made = bot.client.post("/orgs/vibn-mark/hooks", hook(&receiver.url())).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert!(!made.text.contains(SECRET));
    (bot, receiver, made.json())
}

fn head(bot: &Bot) -> String {
    bot.git(&["-C", "work", "rev-parse", "HEAD"])
}

#[tokio::test]
async fn pushes_by_git_api_and_web_page_are_each_delivered_once_and_signed() {
    let (bot, receiver, _) = bot_with_hook().await;
    let first = head(&bot);
    bot.push("work", "a.txt", "a");
    let told = receiver.next().await;
    assert!(told.head.starts_with("POST /api/hooks/gitea?key=1 HTTP/1.1"), "{}", told.head);
    assert!(told.head.contains("X-Gitea-Event: push"), "{}", told.head);
    let body = &told.body;
    assert_eq!((&body["ref"], &body["before"]), (&json!("refs/heads/main"), &json!(first)));
    assert_eq!((&body["after"], &body["total_commits"]), (&json!(head(&bot)), &json!(1)));
    assert_eq!(body["repository"]["full_name"], "vibn-mark/site");
    assert_eq!(body["repository"]["owner"]["login"], "vibn-mark");
    assert_eq!(body["pusher"]["login"], "mark-bot");
    // By the API: an empty commit.
    let empty = json!({ "branch": "main", "message": "Nothing", "files": [] });
    let made = bot.client.post(&format!("{SITE}/contents"), empty).await.json();
    let told = receiver.next().await;
    assert_eq!(told.body["after"], made["commit"]["sha"]);
    assert_eq!(told.body["head_commit"]["message"], "Nothing\n");
    // By Gitea's own page.
    let edit = json!({ "repo": "vibn-mark/site", "path": "b.txt", "content": "b" });
    let (status, made) = bot.client.simulator.control("POST", "edits", &edit).unwrap();
    assert_eq!(status, 201);
    assert_eq!(receiver.next().await.body["after"], made["commit"]);
    receiver.has_only(&bot, "marker").await;
}

#[tokio::test]
async fn pushed_tags_and_deleted_branches_are_not_delivered() {
    let (bot, receiver, _) = bot_with_hook().await;
    bot.git(&["-C", "work", "push", "--quiet", "origin", "HEAD:refs/heads/gone"]);
    assert_eq!(receiver.next().await.body["before"], "0".repeat(40));
    bot.git(&["-C", "work", "tag", "v1"]);
    bot.git(&["-C", "work", "push", "--quiet", "origin", "v1"]);
    bot.git(&["-C", "work", "push", "--quiet", "origin", ":gone"]);
    receiver.has_only(&bot, "marker").await;
}

#[tokio::test]
async fn a_force_push_delivers_the_former_commit_of_the_branch() {
    let (bot, receiver, _) = bot_with_hook().await;
    bot.push("work", "a.txt", "a");
    receiver.next().await;
    let before = head(&bot);
    bot.git(&["-C", "work", "commit", "--quiet", "--amend", "-m", "Another"]);
    bot.git(&["-C", "work", "push", "--quiet", "--force"]);
    let body = receiver.next().await.body;
    assert_eq!((&body["before"], &body["after"]), (&json!(before), &json!(head(&bot))));
}

#[tokio::test]
async fn a_delivery_contains_five_of_many_commits_and_their_total() {
    let (bot, receiver, _) = bot_with_hook().await;
    for _ in 0..7 {
        bot.git(&["-C", "work", "commit", "--quiet", "--allow-empty", "-m", "One more"]);
    }
    bot.git(&["-C", "work", "push", "--quiet"]);
    let body = receiver.next().await.body;
    assert_eq!(body["commits"].as_array().unwrap().len(), 5);
    assert_eq!(body["total_commits"], 7);
    assert_eq!(body["commits"][0]["id"], head(&bot));
}

#[tokio::test]
async fn a_hook_whose_url_was_changed_still_signs_with_its_original_secret() {
    let (bot, receiver, made) = bot_with_hook().await;
    let elsewhere = Receiver::new().await;
    let path = format!("/orgs/vibn-mark/hooks/{}", made["id"]);
    let change =
        json!({ "config": { "url": elsewhere.url(), "secret": "another" }, "active": true });
    let changed = bot.client.patch(&path, change).await;
    assert_eq!(changed.json()["config"]["url"], json!(elsewhere.url()));
    bot.push("work", "a.txt", "a");
    elsewhere.next().await;
    let back = json!({ "config": { "url": receiver.url() }, "branch_filter": "other" });
    bot.client.patch(&path, back).await;
    bot.push("work", "b.txt", "b");
    let other = json!({ "new_branch_name": "other" });
    assert_eq!(bot.client.post(&format!("{SITE}/branches"), other).await.status, 201);
    assert_eq!(receiver.next().await.body["ref"], "refs/heads/other");
}

#[tokio::test]
async fn the_system_hook_receives_pushes_of_every_repository_and_is_hidden_from_bots() {
    let (mut bot, receiver) = (Bot::new().await, Receiver::new().await);
    bot.repository("site", true).await;
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    let refused = bot.client.get("/admin/hooks").await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    bot.become_admin();
    // One that new repositories get a copy of.
    let template = bot.client.post("/admin/hooks", hook("http://127.0.0.1:9/")).await;
    assert_eq!(template.status, 201);
    let mut system = hook(&receiver.url());
    system["config"]["is_system_webhook"] = json!("true");
    assert_eq!(bot.client.post("/admin/hooks", system).await.status, 201);
    assert_eq!(bot.client.get("/admin/hooks").await.json().as_array().unwrap().len(), 1);
    assert_eq!(bot.client.get("/orgs/vibn-mark/hooks").await.json(), json!([]));
    bot.push("work", "a.txt", "a");
    assert_eq!(receiver.next().await.body["after"], head(&bot));
    receiver.has_only(&bot, "marker").await;
}

#[tokio::test]
async fn deliveries_to_internal_addresses_are_dropped_silently_unless_allowed() {
    let (bot, receiver, _) = bot_with_hook().await;
    let external = Settings { webhook_hosts: "external".to_owned(), ..Settings::default() };
    bot.client.simulator.set(external);
    bot.push("work", "a.txt", "a");
    bot.client.simulator.set(Settings { lost_deliveries: true, ..Settings::default() });
    bot.push("work", "b.txt", "b");
    bot.client.simulator.set(Settings::default());
    receiver.has_only(&bot, "marker").await;
    let (_, listed) = bot.client.simulator.control("GET", "deliveries", &Value::Null).unwrap();
    let why: Vec<_> =
        listed["deliveries"].as_array().unwrap().iter().map(|one| &one["lost"]).collect();
    assert_eq!(why[..2], [&json!("ALLOWED_HOST_LIST"), &json!("lost")], "{listed}");
}

#[tokio::test]
async fn a_delivery_can_be_repeated_and_a_test_delivers_the_newest_commit() {
    let (bot, receiver, _) = bot_with_hook().await;
    let made = bot.client.post(&format!("{SITE}/hooks"), hook(&receiver.url())).await.json();
    let test = format!("{SITE}/hooks/{}/tests", made["id"]);
    assert_eq!(bot.client.post(&test, json!({})).await.status, 204);
    let told = receiver.next().await;
    assert_eq!(
        (&told.body["before"], &told.body["after"]),
        (&json!(head(&bot)), &json!(head(&bot)))
    );
    let uuid = told.head.split("X-Gitea-Delivery: ").nth(1).unwrap().lines().next().unwrap();
    let simulator = &bot.client.simulator;
    // The delivery is listed once its answer is read.
    let again = || simulator.control("POST", "deliveries", &json!({ "uuid": uuid })).unwrap().0;
    while again() == 404 {
        tokio::task::yield_now().await;
    }
    assert_eq!(receiver.next().await.body, told.body);
    assert_eq!(bot.client.post(&format!("{SITE}/hooks/99/tests"), json!({})).await.status, 404);
}

#[tokio::test]
async fn deliveries_of_a_renamed_repository_keep_its_id() {
    let (bot, receiver, _) = bot_with_hook().await;
    bot.push("work", "a.txt", "a");
    let before = receiver.next().await.body;
    assert_eq!(bot.client.patch(SITE, json!({ "name": "shop" })).await.status, 200);
    bot.push("work", "b.txt", "b");
    let after = receiver.next().await.body;
    assert_eq!(before["repository"]["id"], after["repository"]["id"]);
    assert_eq!(after["repository"]["full_name"], "vibn-mark/shop");
}

#[tokio::test]
async fn a_repository_shows_a_push_only_once_gitea_has_processed_it() {
    let mut bot = Bot::with_late_notices().await;
    bot.repository("site", true).await;
    bot.become_admin();
    let updated = async || bot.client.get(SITE).await.json()["updated_at"].clone();
    let before = updated().await;
    bot.client.simulator.advance(Duration::from_secs(10));
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    bot.push_unnoticed("work", "a.txt", "a");
    assert_eq!(updated().await, before);
    bot.client.simulator.advance(Duration::from_hours(1));
    assert_ne!(updated().await, before);
}

#[tokio::test]
async fn a_commits_status_is_the_worst_of_the_newest_status_of_each_context() {
    let (bot, _receiver, _) = bot_with_hook().await;
    let (commit, status) = (head(&bot), async |context: &str, state: &str| {
        let body = json!({ "context": context, "state": state, "target_url": "https://a.test" });
        let path = format!("{SITE}/statuses/{}", head(&bot));
        assert_eq!(bot.client.post(&path, body).await.status, 201);
    });
    let whole = async || bot.client.get(&format!("{SITE}/commits/main/status")).await.json();
    assert_eq!(whole().await["state"], "");
    status("co-vibe / site", "pending").await;
    status("co-vibe / shop", "success").await;
    assert_eq!(whole().await["state"], "pending");
    status("co-vibe / site", "success").await;
    let told = whole().await;
    assert_eq!((&told["state"], &told["total_count"]), (&json!("success"), &json!(2)));
    let all = bot.client.get(&format!("{SITE}/statuses/{commit}")).await.json();
    assert_eq!((&all[0]["status"], all.as_array().unwrap().len()), (&json!("success"), 3));
    let names = bot.client.simulator.names(Collection::Statuses);
    assert_eq!(names[0], format!("vibn-mark/site/{commit}/co-vibe / site/pending"));
}
