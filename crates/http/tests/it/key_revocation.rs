//! The revocation of a key, and of those that were minted with it.

use covibe_testkit_http::World;
use serde_json::json;

use crate::api_keys::{holder, list, mint, revoke, works};
use crate::support::workspace_resources::fresh_key;

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_stops_working_at_once() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let minted = fresh_key(agent).await;
    let holder = holder(agent, &minted);
    assert!(works(&holder).await, "and is remembered for a moment");
    let id = minted["id"].as_str().expect("a text");
    let revoked = revoke(agent, id).await;
    assert_eq!((revoked.status, &revoked.json()["revoked"]), (200, &json!(id)));
    assert!(revoked.text.contains("rotate"), "{}", revoked.text);
    assert!(!works(&holder).await);
    let (_, keys) = list(agent).await;
    assert!(keys.iter().all(|key| key["id"] != minted["id"]));
    let again = revoke(agent, id).await;
    assert!(matches!(again.status, 200 | 404), "{}", again.text);
    assert!(works(agent).await, "the others go on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_may_revoke_itself() {
    let world = World::embedded().await;
    let minted = fresh_key(&world.mark.agent).await;
    let holder = holder(&world.mark.agent, &minted);
    assert_eq!(revoke(&holder, minted["id"].as_str().expect("a text")).await.status, 200);
    assert!(!works(&holder).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_cannot_revoke_a_key_of_wider_scope() {
    let world = World::embedded().await;
    let operator = world.tenants_agent(&world.mark).await;
    let (_, keys) = list(&operator).await;
    let wider = keys.iter().find(|key| key["scope"] == "tenant").expect("its own key");
    let id = wider["id"].as_str().expect("a text");
    let refused = revoke(&world.mark.agent, id).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert!(works(&operator).await);
    assert_eq!(revoke(&operator, id).await.status, 200);
    assert!(!works(&operator).await);
}

/// Otherwise the thief of a key keeps what they minted with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_ends_and_names_the_keys_that_were_minted_with_the_key() {
    let world = World::embedded().await;
    let founder = world.tenants_agent(&world.mark).await;
    let body = json!({ "name": "leaked", "scope": "tenant" });
    let leaked = mint(&founder, &body).await.json();
    let body = json!({ "name": "child", "scope": "tenant", "neverExpires": true });
    let child = mint(&holder(&founder, &leaked), &body).await.json();
    assert_eq!(child["mintedBy"], leaked["id"]);
    let made = holder(&founder, &child);
    let made = made.json("POST", "/api/workspaces", &json!({ "slug": "second" })).await.json();
    let other = mint(&founder, &json!({ "name": "other" })).await.json();
    let (_, keys) = list(&founder).await;
    let listed = keys.iter().find(|key| key["id"] == child["id"]).expect("it is listed");
    assert_eq!(listed["mintedBy"], leaked["id"]);

    let id = leaked["id"].as_str().expect("an id");
    let revoked = revoke(&founder, id).await;
    assert_eq!(revoked.status, 200, "{}", revoked.text);
    let mut expected = [&child, &made["key"]].map(|key| key["id"].as_str().expect("an id"));
    expected.sort_unstable();
    let revoked = revoked.json();
    let also = revoked["alsoRevoked"].as_array().expect("a list");
    assert_eq!(also.iter().map(|key| &key["id"]).collect::<Vec<_>>(), expected);
    assert!(also.iter().any(|key| key["name"] == "child"), "{also:?}");
    assert!(!works(&holder(&founder, &leaked)).await);
    assert!(!works(&holder(&founder, &child)).await);
    assert!(works(&holder(&founder, &other)).await);
    assert!(works(&founder).await);

    let mut tx = world.store.tenant_read(&world.mark.record.tenant).await.expect("a transaction");
    let workspaces = tx.workspaces().await.expect("the workspaces");
    let second = workspaces.iter().find(|record| record.slug.as_str() == "second");
    for (workspace, key) in
        [(&world.mark.record.id, &child), (&second.expect("the second").id, &made["key"])]
    {
        let entries = tx.audit(workspace, 100).await.expect("the audit");
        let entry = entries.iter().find(|entry| {
            entry.tool == "keys.revoke" && entry.resource.as_deref() == key["id"].as_str()
        });
        let entry = entry.expect("an entry for each of them");
        assert_eq!((entry.outcome.as_str(), entry.surface.as_str()), ("ok", "rest"));
        assert!(entry.detail.as_deref().is_some_and(|detail| detail.contains(id)), "{entry:?}");
    }
}
