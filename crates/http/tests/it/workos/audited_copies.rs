//! Changes of people that follow WorkOS are in the audit of the company.

use std::time::Duration;

use covibe_domain::UserId;
use covibe_domain::entities::Role;
use serde_json::{Value, json};

use super::browser::Browser;
use super::members::principal;
use super::membership_copies::mint;
use super::session_renewal::{renew, sign_second_admin_in, until};
use super::workos_server::Scene;
use crate::database_stalls::session;
use crate::people::audited_changes::{Row, change, single, to_row, whole_chain};

/// The entries of mark's company, and the names of people by their ids.
struct Reader {
    names: Vec<(UserId, &'static str)>,
    last: i64,
}

impl Reader {
    /// Returns the entries that were added since the last call.
    async fn read_new(&mut self, scene: &Scene) -> Vec<Row> {
        let chain = whole_chain(&scene.world, &scene.world.mark).await;
        let new = chain.iter().filter(|entry| entry.seq > self.last);
        let rows = new.map(|entry| to_row(entry, &self.names)).collect();
        self.last = chain.last().map_or(self.last, |entry| entry.seq);
        rows
    }
}

async fn id(scene: &Scene, browser: &Browser) -> UserId {
    scene.signed_in(browser).await.expect("a session").user.id
}

/// Two admins have signed in, of whom the second is returned.
async fn two_admins() -> (Scene, Browser, Reader) {
    let scene = Scene::new().await;
    let begun = whole_chain(&scene.world, &scene.world.mark).await;
    let last = begun.last().map_or(0, |entry| entry.seq);
    let bob = sign_second_admin_in(&scene).await;
    let mut ada = scene.browser();
    scene.sign_in(&mut ada, "ada@example.com").await;
    let names = vec![(id(&scene, &bob).await, "bob"), (id(&scene, &ada).await, "ada")];
    (scene, bob, Reader { names, last })
}

#[tokio::test(flavor = "multi_thread")]
async fn joining_demotion_and_removal_at_workos_are_in_the_audit() {
    let (scene, mut bob, mut reader) = two_admins().await;
    let as_admin = json!({ "role": "admin" });
    let joins = change("people.join", "workos operator", as_admin);
    let mut expected = joins.to_vec();
    expected.push(single("people.sign_in ok console ada", Value::Null));
    expected.extend(joins);
    expected.push(single("people.sign_in ok console bob", Value::Null));
    expected.push(single("people.sign_in ok console ada", Value::Null));
    assert_eq!(reader.read_new(&scene).await, expected, "another sign-in changes nothing");

    mint(&scene, &bob).await;
    scene.change_role("bob@example.com", "member").await;
    scene.world.identity.copy_memberships().await.expect("a round");
    let as_member = json!({ "role": "member" });
    let [started, ok] = change("people.update", "workos operator", as_member);
    let ended = single("keys.revoke ok workos operator", json!({ "revokedWith": "bob" }));
    assert_eq!(reader.read_new(&scene).await, [started, ended, ok]);

    let user = id(&scene, &bob).await;
    scene.leave("bob@example.com").await;
    renew(&scene, &mut bob).await;
    let mut removal = Vec::new();
    until(async || {
        removal.extend(reader.read_new(&scene).await);
        removal.len() >= 2
    })
    .await;
    assert_eq!(removal, change("people.remove", "workos operator", Value::Null));
    assert!(scene.world.identity.memberships(&user).await.expect("a list").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_its_owner_takes_over_at_workos_is_in_the_audit() {
    let (scene, bob, mut reader) = two_admins().await;
    let by = principal(&scene, &bob).await;
    let email = "carol@example.com".parse().expect("an address");
    let created = scene.world.identity.create_member(&by, &email, "Carol", Role::Member, None);
    let (carol, _) = created.await.expect("a member");
    reader.names.push((carol.id, "carol"));
    reader.read_new(&scene).await;
    scene.change_account("carol@example.com", json!({ "email_verified": true })).await;
    scene.sign_in(&mut scene.browser(), "carol@example.com").await;
    let by_workos = json!({ "by": "workos" });
    let expected = change("people.taken_over", "workos operator", by_workos);
    assert_eq!(reader.read_new(&scene).await, expected, "she has no workspace to sign in to");
}

/// Its first entry may be written after the change was refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_start_is_not_audited_in_time_does_not_stay_open() {
    let timeout = Duration::from_millis(1500);
    let Some(scene) = Scene::with_audit_timeout(timeout).await else { return };
    let bob = sign_second_admin_in(&scene).await;
    let user = id(&scene, &bob).await;
    scene.leave("bob@example.com").await;
    let holder = session(&scene.world).await;
    let tenant = &scene.world.mark.record.tenant;
    let lock = format!("BEGIN; SELECT FROM audit_heads WHERE tenant_id = '{tenant}' FOR UPDATE");
    holder.batch_execute(&lock).await.expect("a lock");
    scene.world.identity.copy_memberships().await.expect_err("the audit is locked");
    holder.batch_execute("ROLLBACK").await.expect("an end");
    let chain = whole_chain(&scene.world, &scene.world.mark).await;
    let removals = chain.iter().filter(|entry| entry.tool == "people.remove");
    let outcomes: Vec<_> = removals.map(|entry| entry.outcome.as_str()).collect();
    assert_eq!(outcomes.last(), Some(&"unready"), "{outcomes:?}");
    assert_eq!(scene.world.identity.memberships(&user).await.expect("a list").len(), 1);
}
