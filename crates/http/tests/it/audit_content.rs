//! The contents of audit entries: abandoned calls and parameters.

use covibe_dispatch::{Call, Surface};
use covibe_store::AuditRecord;
use covibe_testkit_http::World;
use serde_json::json;

use crate::audit::{entries, until};
use crate::support::{Estate, tool};

/// Abandons `databases.get` while a request to this path of Coolify is held, and returns its entry.
async fn abandon_read(world: &World, database: &str, path: &str) -> AuditRecord {
    let key = world.mark.agent.key.as_ref().expect("a key").expose();
    let caller = world.dispatcher.authenticate(Some(&format!("Bearer {key}"))).await;
    let call = Call {
        caller: caller.expect("a caller"),
        tool: tool(world, "databases.get"),
        params: json!({ "uuid": database }),
        surface: Surface::Rest,
        slug: None,
        progress: None,
        place: None,
    };
    let hold = world.coolify.hold("GET", path);
    tokio::select! {
        answer = world.dispatcher.call(call) => panic!("{answer:?}"),
        () = hold.arrived() => {}
    }
    let is_abandoned = |entry: &AuditRecord| entry.outcome == "abandoned";
    let entries = until(world, &world.mark, 1, is_abandoned).await;
    let entry = entries.into_iter().find(is_abandoned).expect("the entry");
    assert_eq!(entry.tool, "databases.get");
    entry
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_disclosure_is_audited() {
    let world = World::embedded().await;
    let mark = Estate::create(&world, &world.mark, "a").await;
    let entry = abandon_read(&world, &mark.database, "/databases/*$").await;
    assert_eq!(entry.resource.as_deref(), Some(mark.database.as_str()));
    assert_eq!(entry.params_digest.len(), 64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_abandoned_while_names_are_resolved_is_audited_with_its_digest() {
    let world = World::embedded().await;
    let mark = Estate::create(&world, &world.mark, "a").await;
    let entry = abandon_read(&world, &mark.name("db"), "/projects/*/*$").await;
    assert_eq!((entry.resource, entry.params_digest.len()), (None, 64));
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_parameters_of_two_tenants_have_different_audit_digests() {
    let world = World::embedded().await;
    let mut digests = Vec::new();
    for member in [&world.mark, &world.justine] {
        for _ in 0..2 {
            let _refused = member.agent.compact("apps.get", &json!({ "uuid": "never-made" })).await;
        }
        let is_get = |entry: &AuditRecord| entry.tool == "apps.get";
        let entries = until(&world, member, 2, is_get).await;
        let of_get = entries.into_iter().filter(is_get).map(|entry| entry.params_digest);
        let of_get: Vec<_> = of_get.collect();
        assert_eq!(of_get[0], of_get[1]);
        digests.extend(of_get.into_iter().take(1));
    }
    assert_ne!(digests[0], digests[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_the_form_of_a_credential_is_refused_and_not_audited() {
    let world = World::embedded().await;
    let mark = Estate::create(&world, &world.mark, "a").await;
    let tenants = world.tenants_agent(&world.mark).await;
    let (key, token) = ("vibn_sk_4q7w".to_owned(), "0123456789abcdef".repeat(3)[..40].to_owned());
    for name in [&key, &token] {
        for (tool, params) in [
            ("apps.create", json!({ "image": "nginx:1.27", "name": name })),
            ("apps.update", json!({ "uuid": mark.app, "patch": { "name": name } })),
            ("databases.create", json!({ "type": "redis", "name": name })),
            ("auth.create", json!({ "provider": "pocketbase", "name": name })),
            ("keys.mint", json!({ "name": name })),
            ("projects.create", json!({ "name": name, "kind": "prd", "body": "" })),
            ("projects.update", json!({ "projectId": mark.plan, "name": name })),
            ("workspaces.create", json!({ "slug": "fresh", "name": name })),
        ] {
            let operation = crate::support::tool(&world, tool);
            let agent = if tool == "workspaces.create" { &tenants } else { &mark.agent };
            let refused = agent.rest_raw(&operation, &params).await;
            assert_eq!(refused.status, 400, "{tool}: {}", refused.text);
            assert!(refused.text.contains("looks like a credential"), "{tool}: {}", refused.text);
            assert!(!refused.text.contains(name.as_str()), "{tool}: {}", refused.text);
        }
    }
    world.dispatcher.flush().await;
    let text = format!("{:?}", entries(&world, &world.mark).await);
    assert!(
        text.contains("apps.create") && !text.contains(&key) && !text.contains(&token),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_audited_without_secrets_before_it_runs() {
    let world = World::embedded().await;
    let mark = Estate::create(&world, &world.mark, "a").await;
    let params = json!({ "uuid": mark.app, "command": "PGPASSWORD=s3cret psql", "user": "app" });
    let _answer = world.mark.agent.compact("apps.exec", &params).await;
    let entries = until(&world, &world.mark, 2, |entry| entry.tool == "apps.exec").await;
    let details: Vec<_> = entries
        .iter()
        .filter(|entry| entry.tool == "apps.exec")
        .map(|entry| (entry.outcome == "started", entry.detail.as_deref()))
        .collect();
    let kept = r#"{"command":"PGPASSWORD=[hidden] psql","user":"app"}"#;
    assert_eq!(details.len(), 2, "{entries:?}");
    assert!(details.contains(&(true, Some(kept))), "{details:?}");
    assert!(details.contains(&(false, None)), "{details:?}");
    assert!(entries.iter().all(|entry| entry.tool == "apps.exec" || entry.detail.is_none()));
}
