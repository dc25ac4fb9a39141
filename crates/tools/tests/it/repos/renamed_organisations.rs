//! Organisations of a workspace that have another name, or whose name another one has.

use serde_json::{Value, json};

use super::{Desk, text};

impl Desk {
    /// Renames the workspace's organisation.
    async fn rename_organisation(&self) {
        let away = json!({ "new_name": "away" });
        self.world.operator().gitea("POST", "/orgs/vibn-mark/rename", &away).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn creations_are_refused_in_another_organisation_that_took_the_name() {
    let desk = Desk::new().await;
    let operator = desk.world.operator();
    desk.rename_organisation().await;
    let new = json!({ "username": "vibn-mark", "visibility": "private" });
    operator.gitea("POST", "/orgs", &new).await;
    // Whoever made it lets the bot in, so that Gitea would create what it is asked for.
    let team = operator.owners_team("vibn-mark").await;
    operator.gitea("PUT", &format!("/teams/{team}/members/mark-bot"), &Value::Null).await;
    for (tool, params) in [
        ("repos.create", json!({ "name": "plans" })),
        ("apps.create", json!({ "name": "plans", "files": { "index.html": "x" } })),
    ] {
        let refused = desk.call_refused(503, tool, params).await;
        assert!(text(&refused["error"]).contains("created another one"), "{refused}");
        assert!(!text(&refused["hint"]).contains("Repeat"), "{refused}");
        let made = operator.gitea_list("/orgs/vibn-mark/repos").await;
        assert!(made.is_empty(), "{tool}: {made:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_organisation_is_distinguished_from_a_missing_repository() {
    let (desk, _) = Desk::with_site().await;
    desk.rename_organisation().await;
    for (tool, params) in [
        ("repos.tree", json!({ "repo": "site" })),
        ("repos.create", json!({ "name": "more" })),
        ("apps.create", json!({ "repo": "site", "name": "shop" })),
    ] {
        let refused = desk.call_refused(503, tool, params).await;
        assert!(text(&refused["error"]).contains("was renamed"), "{tool}: {refused}");
        assert!(text(&refused["hint"]).contains("/provision, then retry"), "{tool}: {refused}");
    }
    let provisioned = desk.agent.json("POST", "/api/workspaces/mark/provision", &json!({})).await;
    assert_eq!(provisioned.status, 200, "{}", provisioned.text);
    desk.ok("repos.tree", json!({ "repo": "site" })).await;
    desk.call_refused(404, "repos.tree", json!({ "repo": "absent" })).await;
}
