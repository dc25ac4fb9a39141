//! `repos.delete`.

use serde_json::json;

use super::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_needs_the_exact_name_and_is_refused_while_an_app_uses_the_repository() {
    let (desk, _) = Desk::with_site().await;
    for confirm in [json!({}), json!({ "confirm": "Site" }), json!({ "confirm": "vibn-mark/site" })]
    {
        let mut params = json!({ "repo": "site" });
        params["confirm"] = confirm.get("confirm").cloned().unwrap_or_default();
        let refused = desk.call_refused(409, "repos.delete", params).await;
        assert_eq!(refused["error"], "Confirmation required");
    }
    let app = json!({ "repo": "site", "name": "shop", "instantDeploy": false });
    let app = desk.ok("apps.create", app).await;
    let params = json!({ "repo": "site", "confirm": "site" });
    let refused = desk.call_refused(409, "repos.delete", params.clone()).await;
    assert_eq!(refused["details"]["apps"], json!([{ "uuid": app["uuid"], "name": "shop" }]));
    assert_eq!(desk.paths().await.len(), 2);
    let delete = json!({ "uuid": app["uuid"], "confirm": "shop" });
    desk.ok("apps.delete", delete).await;
    let told = desk.ok("repos.delete", params.clone()).await;
    assert_eq!(told, json!({ "repo": "site", "deleted": true }));
    desk.call_refused(404, "repos.delete", params).await;
    desk.ok("repos.create", json!({ "name": "site" })).await;
    assert_eq!(desk.paths().await, ["README.md"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_a_renamed_repository_is_refused_while_its_app_uses_it() {
    let (desk, _) = Desk::with_site().await;
    let app = json!({ "repo": "site", "name": "shop", "instantDeploy": false });
    desk.ok("apps.create", app).await;
    let (_, git) = desk.git().await;
    let renamed = json!({ "name": "code" });
    assert_eq!(git.json("PATCH", "/repos/vibn-mark/site", &renamed).await.status, 200);
    let refused =
        desk.call_refused(409, "repos.delete", json!({ "repo": "code", "confirm": "code" })).await;
    assert_eq!(refused["details"]["apps"][0]["name"], "shop", "{refused}");
}
