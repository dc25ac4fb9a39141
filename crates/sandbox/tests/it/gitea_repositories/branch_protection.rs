//! Protected branches.

use serde_json::json;

use super::{Bot, base64, error_text};

const RULES: &str = "/repos/vibn-mark/site/branch_protections";

/// Returns a bot with a clone `work` that is one commit ahead of its repository.
async fn ahead() -> Bot {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    bot.git(&["-C", "work", "push", "--quiet", "origin", "HEAD:free"]);
    bot.git(&["-C", "work", "commit", "--quiet", "--allow-empty", "-m", "More"]);
    bot
}

#[tokio::test]
async fn a_push_to_a_protected_branch_is_refused_and_to_another_accepted() {
    let bot = ahead().await;
    assert_eq!(bot.client.post(RULES, json!({ "rule_name": "main" })).await.status, 201);
    let pushed = bot.try_git(&["-C", "work", "push", "origin", "HEAD:main"]);
    let told = error_text(&pushed);
    assert!(!pushed.status.success(), "{told}");
    assert!(told.contains("Not allowed to push to protected branch main"), "{told}");
    assert!(told.contains("pre-receive hook declined"), "{told}");
    bot.git(&["-C", "work", "push", "origin", "HEAD:free"]);
    let body = json!({ "content": base64("a"), "message": "Add a" });
    let path = "/repos/vibn-mark/site/contents/a.txt";
    let refused = bot.client.post(path, body).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    let branch = bot.client.get("/repos/vibn-mark/site/branches/main").await.json();
    assert_eq!((&branch["protected"], &branch["user_can_push"]), (&json!(true), &json!(false)));
    assert_eq!(bot.client.delete(&format!("{RULES}/main")).await.status, 204);
    bot.git(&["-C", "work", "push", "origin", "HEAD:main"]);
}

#[tokio::test]
async fn a_protected_branch_that_accepts_pushes_refuses_rewrites_and_deletion() {
    let bot = ahead().await;
    let rule = json!({ "rule_name": "free", "enable_push": true });
    assert_eq!(bot.client.post(RULES, rule).await.status, 201);
    bot.git(&["-C", "work", "push", "origin", "HEAD:free"]);
    bot.git(&["-C", "work", "commit", "--quiet", "--amend", "--allow-empty", "-m", "Other"]);
    for (arguments, why) in [
        (["push", "--force", "origin", "HEAD:free"].as_slice(), "protected from force push"),
        (&["push", "origin", ":free"], "protected from deletion"),
    ] {
        let pushed = bot.try_git(&[&["-C", "work"], arguments].concat());
        assert!(!pushed.status.success() && error_text(&pushed).contains(why), "{pushed:?}");
    }
    let deleted = bot.client.delete("/repos/vibn-mark/site/branches/free").await;
    assert_eq!(deleted.status, 403, "{}", deleted.text);
}
