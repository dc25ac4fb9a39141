//! Files in the API.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Bot, base64};
use crate::simulator_client::{Client, HttpAnswer};

const PATH: &str = "/repos/vibn-mark/site/contents";

async fn delete(bot: &Bot, path: &str, body: Value) -> HttpAnswer {
    Client::send(bot.client.request("DELETE", &format!("{PATH}/{path}")).json(&body)).await
}

fn text(file: &Value) -> String {
    let content = STANDARD.decode(file["content"].as_str().unwrap()).unwrap();
    String::from_utf8(content).unwrap()
}

#[tokio::test]
async fn files_written_by_the_api_and_by_git_are_visible_to_both() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    let body = json!({ "content": base64("one\n"), "message": "Add it" });
    let made = bot.client.post(&format!("{PATH}/src/a b.txt"), body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    assert_eq!(
        (&made["content"]["path"], &made["commit"]["message"]),
        (&json!("src/a b.txt"), &json!("Add it\n"))
    );
    assert_eq!(bot.read("site", "main", "src/a b.txt"), "one\n");

    let body = json!({ "content": base64("two\n"), "sha": made["content"]["sha"] });
    let changed = bot.client.put(&format!("{PATH}/src/a b.txt"), body).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(text(&changed.json()["content"]), "two\n");
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    assert_eq!(std::fs::read_to_string(bot.path("work").join("src/a b.txt")).unwrap(), "two\n");

    bot.push("work", "src/c.txt", "three\n");
    let file = bot.client.get(&format!("{PATH}/src/c.txt")).await.json();
    assert_eq!(
        (text(&file).as_str(), &file["size"], &file["type"], &file["encoding"]),
        ("three\n", &json!(6), &json!("file"), &json!("base64"))
    );
    let tip = bot.git(&["-C", "work", "rev-parse", "HEAD"]);
    assert_eq!(file["last_commit_sha"], tip);
    let before = bot.client.get(&format!("{PATH}/src/c.txt?ref={tip}~1")).await;
    assert_eq!(before.status, 404);
    let first = changed.json()["commit"]["parents"][0]["sha"].as_str().unwrap().to_owned();
    let old = bot.client.get(&format!("{PATH}/src/a b.txt?ref={first}")).await.json();
    assert_eq!(text(&old), "one\n");
}

#[tokio::test]
async fn folders_are_listed_without_content() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    for path in ["src/a.txt", "src/deep/b.txt"] {
        let body = json!({ "content": base64(path) });
        assert_eq!(bot.client.post(&format!("{PATH}/{path}"), body).await.status, 201);
    }
    let listed = async |path: &str| {
        let list = bot.client.get(&format!("{PATH}{path}")).await.json();
        let items = list.as_array().unwrap().clone();
        let all = items.iter().map(|item| {
            assert!(item["content"].is_null() && item["sha"].is_string());
            format!("{} {}", item["type"].as_str().unwrap(), item["path"].as_str().unwrap())
        });
        all.collect::<Vec<_>>()
    };
    assert_eq!(listed("").await, ["file README.md", "dir src"]);
    assert_eq!(listed("/src").await, ["file src/a.txt", "dir src/deep"]);
    assert_eq!(bot.client.get(&format!("{PATH}/nothing")).await.status, 404);
    assert_eq!(bot.client.get(&format!("{PATH}?ref=nothing")).await.status, 404);
}

#[tokio::test]
async fn a_file_change_with_a_stale_or_missing_sha_is_refused() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    let path = format!("{PATH}/a.txt");
    let made = bot.client.put(&path, json!({ "content": base64("one") })).await;
    assert_eq!(made.status, 201, "without a sha it creates: {}", made.text);
    let sha = made.json()["content"]["sha"].clone();
    for body in [
        json!({ "content": base64("x") }),
        json!({ "content": base64("x"), "sha": "0".repeat(40) }),
    ] {
        assert_eq!(bot.client.put(&path, body.clone()).await.status, 422, "{body}");
    }
    assert_eq!(bot.client.post(&path, json!({ "content": base64("x") })).await.status, 422);
    let update = json!({ "content": base64("two"), "sha": sha });
    assert_eq!(bot.client.put(&path, update.clone()).await.status, 200);
    assert_eq!(bot.client.put(&path, update).await.status, 422);
    assert_eq!(
        bot.client.put(&format!("{PATH}/none"), json!({ "content": "", "sha": sha })).await.status,
        404
    );
    assert_eq!(bot.read("site", "main", "a.txt"), "two");
}

#[tokio::test]
async fn a_file_is_deleted_only_with_its_sha() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    let made = bot.client.post(&format!("{PATH}/a.txt"), json!({ "content": base64("a") })).await;
    let sha = made.json()["content"]["sha"].clone();
    assert_eq!(delete(&bot, "a.txt", json!({ "message": "no sha" })).await.status, 422);
    assert_eq!(delete(&bot, "a.txt", json!({ "sha": "0".repeat(40) })).await.status, 422);
    assert_eq!(delete(&bot, "none.txt", json!({ "sha": sha })).await.status, 404);
    let gone = delete(&bot, "a.txt", json!({ "sha": sha, "message": "Take it out" })).await;
    assert_eq!((gone.status, &gone.json()["content"]), (200, &Value::Null));
    assert_eq!(bot.client.get(&format!("{PATH}/a.txt")).await.status, 404);
    let commits = bot.client.get("/repos/vibn-mark/site/commits").await.json();
    assert_eq!(commits[0]["commit"]["message"], "Take it out\n");
}

#[tokio::test]
async fn the_first_file_sets_the_default_branch() {
    let bot = Bot::new().await;
    bot.repository("site", false).await;
    assert_eq!(bot.client.get(PATH).await.status, 404);
    assert_eq!(bot.client.get("/repos/vibn-mark/site/commits").await.status, 409);
    let body = json!({ "content": base64("a"), "branch": "trunk" });
    assert_eq!(bot.client.post(&format!("{PATH}/a.txt"), body).await.status, 201);
    let repo = bot.client.get("/repos/vibn-mark/site").await.json();
    assert_eq!((&repo["empty"], &repo["default_branch"]), (&json!(false), &json!("trunk")));
    let elsewhere = json!({ "content": base64("b"), "branch": "missing" });
    assert_eq!(bot.client.post(&format!("{PATH}/b.txt"), elsewhere).await.status, 404);
}

#[tokio::test]
async fn a_file_change_can_create_a_branch_and_set_its_author() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    let author = json!({ "name": "Ada <x>\nL", "email": "ada@example.com" });
    let body = json!({ "content": base64("a"), "new_branch": "feature/a", "author": author });
    let made = bot.client.post(&format!("{PATH}/a.txt"), body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.json()["commit"]["author"]["name"], "Ada xL");
    assert_eq!(bot.read("site", "feature/a", "a.txt"), "a");
    assert_eq!(bot.client.get(&format!("{PATH}/a.txt")).await.status, 404);
    let shown = bot.client.get(&format!("{PATH}/a.txt?ref=feature/a")).await;
    assert_eq!(text(&shown.json()), "a");
    assert_eq!(bot.client.post(&format!("{PATH}/b.txt"), body).await.status, 422);
}

#[tokio::test]
async fn files_with_paths_outside_the_tree_are_refused() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    for path in
        ["..%2fa", "a%2f..%2fb", ".git%2fconfig", "a%2f.GIT%2fb", "README.md%2fa", "%2fa", "a%0ab"]
    {
        let body = json!({ "content": base64("x") });
        let refused = bot.client.post(&format!("{PATH}/{path}"), body).await;
        assert_eq!(refused.status, 422, "{path}: {}", refused.text);
        assert_eq!(bot.client.get(&format!("{PATH}/{path}")).await.status, 404, "{path}");
    }
    let quoted = "we \"quote\" \\ and é.txt";
    let url = format!("{PATH}/{}", quoted.replace('\\', "%5C").replace('"', "%22"));
    let body = json!({ "content": base64("x"), "branch": "--output=x" });
    assert_eq!(bot.client.post(&url, body).await.status, 404);
    let made = bot.client.post(&url, json!({ "content": base64("x") })).await;
    assert_eq!((made.status, &made.json()["content"]["path"]), (201, &json!(quoted)));
    assert_eq!(bot.read("site", "main", quoted), "x");
    assert_eq!(
        bot.client.post(&format!("{PATH}/b"), json!({ "content": "no base64!" })).await.status,
        422
    );
}

#[tokio::test]
async fn files_of_other_tenants_are_not_found() {
    let bot = Bot::new().await;
    let path = "/repos/vibn-elsewhere/secret/contents/README.md";
    assert_eq!(bot.client.get(path).await.status, 404);
    assert_eq!(bot.client.put(path, json!({ "content": base64("x") })).await.status, 404);
}

#[tokio::test]
async fn several_files_are_read_in_one_request_up_to_thirty() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    std::os::unix::fs::symlink("README.md", bot.path("work").join("link")).unwrap();
    bot.push("work", "a.txt", "one\n");
    let paths = ["a.txt", "none", "link"].into_iter().chain(["README.md"; 40]);
    let body = json!({ "files": paths.collect::<Vec<_>>() });
    let route = "/repos/vibn-mark/site/file-contents";
    let posted = bot.client.post(route, body.clone()).await.json();
    let encoded: String =
        url::form_urlencoded::byte_serialize(body.to_string().as_bytes()).collect();
    let asked = bot.client.get(&format!("{route}?ref=main&body={encoded}")).await.json();
    assert_eq!(posted, asked);
    assert_eq!(asked.as_array().unwrap().len(), 30);
    assert_eq!((text(&asked[0]).as_str(), &asked[1]), ("one\n", &Value::Null));
    assert_eq!((&asked[2]["type"], &asked[2]["target"]), (&json!("symlink"), &json!("README.md")));
    assert_eq!(bot.client.post(route, json!({})).await.status, 422);
}

#[tokio::test]
async fn extended_contents_include_the_requested_members() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    let path = "/repos/vibn-mark/site/contents-ext";
    let file = bot.client.get(&format!("{path}/README.md?includes=file_content")).await.json();
    assert!(text(&file["file_contents"]).contains("site") && file.get("dir_contents").is_none());
    assert!(file["file_contents"].get("last_commit_sha").is_none());
    let bare = bot.client.get(&format!("{path}/README.md?includes=commit_metadata")).await.json();
    assert!(bare["file_contents"]["content"].is_null());
    assert!(bare["file_contents"]["last_commit_sha"].is_string());
    let folder = bot.client.get(&format!("{path}/")).await.json();
    assert_eq!(folder["dir_contents"][0]["path"], "README.md");
    assert_eq!(bot.client.get(&format!("{path}/none")).await.status, 404);
}
