//! Protected repositories: every way to change one, by every name that it has or had.

use serde_json::{Value, json};

use super::World;
use crate::tool_calls::{assert_protected, guard};

/// Every call that changes a repository.
fn changing(repo: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("create_issue", json!({ "repo": repo, "title": "Broken" })),
        ("close_issue", json!({ "repo": repo, "number": 1 })),
    ]
}

#[tokio::test]
async fn a_protected_repository_is_never_changed_whichever_name_is_used() {
    let world = World::new().await;
    world.repository("Shop").await;
    world.issue("ada/Shop", "Broken").await;
    let before = world.changes();
    for pattern in ["ada/Shop", "ADA/SHOP", "ada/*", "*/shop", "*/s*p", "x/y, ada/shop"] {
        let caller = world.guarded(guard(Some(pattern), None));
        for typed in ["Shop", "shop", "SHOP", "ada/shop", "Ada/SHOP", "shop.git", " ada/Shop "] {
            for (tool, params) in changing(typed) {
                assert_protected(&caller.failure(tool, params).await);
            }
        }
        // Reading it is allowed.
        caller.answer("list_issues", json!({ "repo": "shop" })).await;
        caller.answer("read_repo_file", json!({ "repo": "shop", "path": "README.md" })).await;
    }
    assert_eq!(world.changes(), before);
    for pattern in ["shop", "*", "bob/*", "none"] {
        let caller = world.guarded(guard(Some(pattern), None));
        caller.answer("create_issue", json!({ "repo": "shop", "title": "Broken" })).await;
    }
}

#[tokio::test]
async fn protection_checks_both_the_former_and_the_current_name() {
    let world = World::new().await;
    world.repository("shop").await;
    world.issue("ada/shop", "Broken").await;
    world.by_hand("PATCH", "/repos/ada/shop", json!({ "name": "platform" })).await;
    let before = world.changes();
    let caller = world.guarded(guard(Some("ada/platform"), None));
    for typed in ["shop", "ada/SHOP", "platform", "Ada/Platform"] {
        for (tool, params) in changing(typed) {
            assert_protected(&caller.failure(tool, params).await);
        }
    }
    let caller = world.guarded(guard(Some("ada/shop"), None));
    for (tool, params) in changing("shop") {
        let failure = caller.failure(tool, params).await;
        assert!(failure.message.contains("ada/platform (formerly ada/shop)"), "{failure:?}");
    }
    assert_eq!(world.changes(), before);
    let caller = world.guarded(guard(Some("ada/other"), None));
    let made = caller.answer("create_issue", json!({ "repo": "shop", "title": "Broken" })).await;
    assert_eq!(made["repo"], "ada/platform");
    let closed = caller.answer("close_issue", json!({ "repo": "shop", "number": 1 })).await;
    assert_eq!((&closed["repo"], &closed["repoId"]), (&json!("ada/platform"), &made["repoId"]));
}

#[tokio::test]
async fn protection_holds_after_renames_of_owner_and_repository() {
    let world = World::new().await;
    world.organisation("shops", "web").await;
    world.issue("shops/web", "Broken").await;
    world.by_hand("PATCH", "/repos/shops/web", json!({ "name": "front" })).await;
    world.by_hand("POST", "/orgs/shops/rename", json!({ "new_name": "covibe-org" })).await;
    world.by_hand("PATCH", "/repos/covibe-org/front", json!({ "name": "covibe" })).await;
    let before = world.changes();
    for typed in
        ["shops/web", "shops/front", "covibe-org/web", "covibe-org/front", "covibe-org/covibe"]
    {
        for (tool, params) in changing(typed) {
            assert_protected(&world.caller.failure(tool, params).await);
        }
    }
    assert_eq!(world.changes(), before);
}

#[tokio::test]
async fn repositories_of_the_platform_are_protected_by_default() {
    let world = World::new().await;
    for name in ["co-vibe", "Covibe-site", "vibn", "coolify", "gitea-fork", "forgejo"] {
        world.repository(name).await;
        for (tool, params) in changing(name) {
            assert_protected(&world.caller.failure(tool, params).await);
        }
    }
    world.organisation("coollabsio", "docs").await;
    for (tool, params) in changing("coollabsio/docs") {
        assert_protected(&world.caller.failure(tool, params).await);
    }
    assert_eq!(world.changes(), 0);
}

#[tokio::test]
async fn a_repository_renamed_to_a_protected_name_during_the_call_is_not_changed() {
    let world = World::new().await;
    world.repository("shop").await;
    let hold = world.simulator.hold("POST", "/repos/*/*/issues");
    let rename = async {
        hold.arrived().await;
        world.by_hand("PATCH", "/repos/ada/shop", json!({ "name": "covibe" })).await;
        drop(hold);
    };
    let params = json!({ "repo": "shop", "title": "Broken" });
    let (failure, ()) = tokio::join!(world.caller.failure("create_issue", params), rename);
    assert!(failure.message.contains("renamed") && !failure.is_in_doubt(), "{failure:?}");
    let issues =
        world.caller.answer("list_issues", json!({ "repo": "covibe", "state": "all" })).await;
    assert_eq!(issues["total"], 0);
}

#[tokio::test]
async fn a_new_repository_with_the_former_name_of_a_protected_one_may_be_changed() {
    let world = World::new().await;
    world.repository("shop").await;
    world.by_hand("PATCH", "/repos/ada/shop", json!({ "name": "platform" })).await;
    world.repository("shop").await;
    let caller = world.guarded(guard(Some("ada/platform"), None));
    let made = caller.answer("create_issue", json!({ "repo": "shop", "title": "Broken" })).await;
    assert_eq!(made["repo"], "ada/shop");
}
