//! Branches and commits in the API.

use serde_json::json;

use super::{Bot, base64};

const PATH: &str = "/repos/vibn-mark/site/branches";

#[tokio::test]
async fn a_branch_is_created_listed_cloned_and_deleted() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    let made = bot.client.post(PATH, json!({ "new_branch_name": "feature/a" })).await;
    assert_eq!((made.status, &made.json()["name"]), (201, &json!("feature/a")), "{}", made.text);
    let list = bot.client.get(PATH).await;
    assert_eq!(list.header("x-total-count"), Some("2"));
    assert_eq!(list.json()[0]["name"], "feature/a");
    for shown in ["feature/a", "feature%2Fa"] {
        let one = bot.client.get(&format!("{PATH}/{shown}")).await;
        assert_eq!(one.json()["commit"]["id"], made.json()["commit"]["id"]);
    }
    assert_eq!(bot.read("site", "feature/a", "README.md"), "# site\n");
    assert_eq!(bot.client.delete(&format!("{PATH}/feature/a")).await.status, 204);
    assert_eq!(bot.client.get(&format!("{PATH}/feature/a")).await.status, 404);
    assert_eq!(bot.client.delete(&format!("{PATH}/feature/a")).await.status, 404);
    assert_eq!(bot.client.delete(&format!("{PATH}/main")).await.status, 403);
}

#[tokio::test]
async fn a_new_branch_begins_at_the_requested_reference() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    let first = bot.client.get(&format!("{PATH}/main")).await.json()["commit"]["id"].clone();
    let contents = "/repos/vibn-mark/site/contents/a.txt";
    bot.client.post(contents, json!({ "content": base64("a") })).await;
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    bot.git(&["-C", "work", "tag", "-a", "v1", "-m", "One", "HEAD~1"]);
    bot.git(&["-C", "work", "push", "--quiet", "origin", "v1"]);
    for (name, from) in [("by-hash", first.clone()), ("by-tag", json!("v1"))] {
        let body = json!({ "new_branch_name": name, "old_ref_name": from });
        let made = bot.client.post(PATH, body).await;
        assert_eq!((made.status, &made.json()["commit"]["id"]), (201, &first), "{name}");
    }
    let body = json!({ "new_branch_name": "by-branch", "old_branch_name": "by-tag" });
    assert_eq!(bot.client.post(PATH, body).await.json()["commit"]["id"], first);
    for (body, status) in [
        (json!({ "new_branch_name": "by-tag" }), 409),
        (json!({ "new_branch_name": "by-tag/below" }), 409),
        (json!({ "new_branch_name": "x", "old_branch_name": "missing" }), 404),
        (json!({ "new_branch_name": "x", "old_ref_name": "main~1" }), 404),
        (json!({ "new_branch_name": "a..b" }), 422),
        (json!({ "new_branch_name": "--force" }), 422),
        (json!({}), 422),
    ] {
        assert_eq!(bot.client.post(PATH, body.clone()).await.status, status, "{body}");
    }
}

#[tokio::test]
async fn an_empty_repository_has_no_branches() {
    let bot = Bot::new().await;
    bot.repository("site", false).await;
    assert_eq!(bot.client.get(PATH).await.json(), json!([]));
    assert_eq!(bot.client.post(PATH, json!({ "new_branch_name": "a" })).await.status, 404);
}

#[tokio::test]
async fn commits_are_paged_newest_first() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    for name in ["a", "b", "c"] {
        let path = format!("/repos/vibn-mark/site/contents/{name}");
        bot.client.post(&path, json!({ "content": base64(name), "message": name })).await;
    }
    let page = bot.client.get("/repos/vibn-mark/site/commits?limit=2").await;
    assert_eq!(page.header("x-total-count"), Some("4"));
    let messages: Vec<_> = (0..2).map(|at| page.json()[at]["commit"]["message"].clone()).collect();
    assert_eq!(messages, [json!("c\n"), json!("b\n")]);
    assert_eq!(page.json()[0]["author"]["login"], "mark-bot");
    let of_a = bot.client.get("/repos/vibn-mark/site/commits?path=a").await.json();
    assert_eq!((of_a.as_array().unwrap().len(), &of_a[0]["commit"]["message"]), (1, &json!("a\n")));
    assert_eq!(bot.client.get("/repos/vibn-mark/site/commits?sha=missing").await.status, 404);
}
