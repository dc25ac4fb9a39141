//! Commits whose answer is lost: the branch says what became of them.

use covibe_sandbox::faults::{Fault, Name};
use serde_json::json;

use super::{Desk, text};

/// The path of commits.
const CONTENTS: &str = "/repos/*/*/contents$";

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_with_a_lost_answer_is_found_and_not_sent_again() {
    let (desk, first) = Desk::with_site().await;
    for (number, fault) in
        [Name::DropAfter, Name::StatusAfter, Name::Malformed, Name::CutOff].into_iter().enumerate()
    {
        desk.world.gitea.clear_requests();
        desk.world.gitea.arm(Fault::new(fault).on("POST", CONTENTS));
        let content = format!("{number}");
        let files = json!([
            { "path": "a.txt", "content": content },
            { "path": format!("new{number}.txt"), "content": "x" },
        ]);
        let told = desk.commit(files, json!({})).await;
        let has_happened = matches!(fault, Name::DropAfter | Name::StatusAfter | Name::CutOff);
        if has_happened {
            let told = told.unwrap_or_else(|why| panic!("{fault:?}: {why}"));
            assert_eq!(desk.content("a.txt").await, content, "{fault:?}");
            let tree = desk.ok("repos.tree", json!({ "repo": "site" })).await;
            assert_eq!(tree["commit"], told["commit"], "{fault:?}");
        }
        let requests = desk.world.gitea.requests();
        let sent =
            requests.iter().filter(|it| it.method == "POST" && it.path.ends_with("/contents"));
        assert_eq!(sent.count(), 1, "{fault:?}");
        desk.world.gitea.disarm();
    }
    assert_ne!(text(&desk.ok("repos.tree", json!({ "repo": "site" })).await["commit"]), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_gitea_failed_is_reported_as_not_made_and_can_be_repeated() {
    let (desk, first) = Desk::with_site().await;
    desk.world.gitea.arm(Fault::new(Name::Status).on("POST", CONTENTS));
    let files = json!([{ "path": "a.txt", "content": "x" }]);
    let failed = desk.commit(files.clone(), json!({})).await.expect_err("it failed");
    assert!(failed["details"].get("mayHaveHappened").is_none(), "{failed}");
    let tree = desk.ok("repos.tree", json!({ "repo": "site" })).await;
    assert_eq!(tree["commit"], json!(first));
    desk.commit(files, json!({})).await.expect("a commit");
}
