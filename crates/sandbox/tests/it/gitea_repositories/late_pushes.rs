//! Pushes, which the API notices late, and references, which it shows at once.

use std::time::Duration;

use serde_json::{Value, json};

use super::Bot;

const SITE: &str = "/repos/vibn-mark/site";

async fn references(bot: &Bot, prefix: &str) -> Vec<String> {
    let answer = bot.client.get(&format!("{SITE}/git/refs/{prefix}")).await;
    let body = if answer.status == 200 { answer.json() } else { json!([]) };
    let name = |each: &Value| each["ref"].as_str().unwrap().to_owned();
    body.as_array().unwrap().iter().map(name).collect()
}

#[tokio::test]
async fn a_first_push_is_visible_in_references_at_once_and_elsewhere_later() {
    let bot = Bot::with_late_notices().await;
    bot.repository("site", false).await;
    assert_eq!(bot.client.get(&format!("{SITE}/git/refs/heads/main")).await.status, 404);
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    bot.git(&["-C", "work", "checkout", "--quiet", "-b", "trunk"]);
    bot.push_unnoticed("work", "a.txt", "a");
    let repo = bot.client.get(SITE).await.json();
    assert_eq!((&repo["empty"], &repo["default_branch"]), (&json!(true), &json!("main")));
    assert_eq!(bot.client.get(&format!("{SITE}/branches/trunk")).await.status, 500);
    assert_eq!(bot.client.get(&format!("{SITE}/branches/other")).await.status, 404);
    assert_eq!(bot.client.get(&format!("{SITE}/branches")).await.json(), json!([]));
    let tip = bot.git(&["-C", "work", "rev-parse", "HEAD"]);
    let found = bot.client.get(&format!("{SITE}/git/refs/heads/trunk")).await.json();
    assert_eq!(
        (&found[0]["object"]["sha"], &found[0]["object"]["type"]),
        (&tip.into(), &json!("commit"))
    );
    bot.client.simulator.advance(Duration::from_hours(1));
    let repo = bot.client.get(SITE).await.json();
    assert_eq!((&repo["empty"], &repo["default_branch"]), (&json!(false), &json!("trunk")));
    assert_eq!(bot.client.get(&format!("{SITE}/branches/trunk")).await.status, 200);
}

#[tokio::test]
async fn the_default_branch_follows_a_first_push_of_main_at_once() {
    let bot = Bot::with_late_notices().await;
    let body = json!({ "name": "site", "default_branch": "trunk" });
    assert_eq!(bot.client.post("/orgs/vibn-mark/repos", body).await.status, 201);
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    bot.git(&["-C", "work", "checkout", "--quiet", "-b", "main"]);
    bot.push_unnoticed("work", "a.txt", "a");
    let repo = bot.client.get(SITE).await.json();
    assert_eq!((&repo["empty"], &repo["default_branch"]), (&json!(true), &json!("main")));
}

#[tokio::test]
async fn references_are_listed_by_prefix() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    for name in ["main2", "feature/a"] {
        bot.client.post(&format!("{SITE}/branches"), json!({ "new_branch_name": name })).await;
    }
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    bot.git(&["-C", "work", "tag", "-a", "main", "-m", "One"]);
    bot.git(&["-C", "work", "push", "--quiet", "origin", "refs/tags/main"]);
    assert_eq!(references(&bot, "heads/mai").await, ["refs/heads/main", "refs/heads/main2"]);
    for shown in ["heads/feature/a", "heads/feature%2Fa"] {
        assert_eq!(references(&bot, shown).await, ["refs/heads/feature/a"]);
    }
    let tag = bot.client.get(&format!("{SITE}/git/refs/tags/main")).await.json();
    assert_eq!(tag[0]["object"]["type"], "tag");
    assert_eq!(references(&bot, "heads/nope").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_renamed_repository_redirects_until_its_old_name_is_reused() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    bot.client.patch(SITE, json!({ "name": "site2" })).await;
    for (path, location) in [
        ("", "/api/v1/repos/vibn-mark/site2"),
        ("/git/refs/heads/main", "/api/v1/repos/vibn-mark/site2/git/refs/heads/main"),
    ] {
        let answer = bot.client.get(&format!("{SITE}{path}")).await;
        assert_eq!((answer.status, answer.header("location")), (301, Some(location)));
    }
    assert_eq!(bot.read("site", "main", "README.md"), "# site\n", "git follows the redirect");
    bot.repository("site", false).await;
    assert_eq!(bot.client.get(SITE).await.json()["empty"], true);
}
