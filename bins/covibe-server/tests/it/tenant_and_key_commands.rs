//! `covibe-server tenant` and `keys`, beside a running server.

use covibe_domain::Timestamp;
use covibe_identity::{Expiry, KeyRequest};
use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::google::Collection;
use covibe_store::Backend;
use covibe_testkit_http::{Agent, Options, World};
use serde_json::json;

use crate::current_directory_and_migrate::{err, out};
use crate::operator_commands::Operator;

const CREATE: [&str; 4] = ["tenant", "create", "--name", "Acme Corp"];

async fn world(backend: Backend) -> Option<World> {
    World::start(Options { backend, ..Options::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_key_of_a_new_tenant_works_and_is_printed_once() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = world(backend).await else { continue };
        let operator = Operator::in_world(&world);
        let created = operator.run(&CREATE);
        assert!(created.status.success(), "{created:?}");
        let key = out(&created).trim_end().to_owned();
        assert!(key.starts_with("vibn_sk_") && !key.contains('\n'), "{key}");
        assert!(!err(&created).contains(&key) && err(&created).contains("expires at"));
        let agent = Agent::new(&world.mark.agent.origin, "acme-corp", Some(key.into()));
        let told = agent.compact("workspace.describe", &json!({})).await.expect("a workspace");
        assert_eq!(told["provisionStatus"], "ready", "{told}");
        let again = operator.run(&CREATE);
        assert!(!again.status.success() && out(&again).is_empty(), "{again:?}");
        assert_eq!(operator.keys("acme-corp").len(), 1);
        let slug = ["--workspace", "acme-corp"];
        let other = operator.run(&[&["tenant", "create", "--name", "Other"][..], &slug].concat());
        assert!(!other.status.success() && err(&other).contains("belongs to the tenant"));
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_tenant_is_finished_by_the_same_command() {
    let world = world(Backend::Sqlite).await.expect("SQLite is built in");
    let operator = Operator::in_world(&world);
    let fault = Fault::new(Name::Status).status(500).times(u32::MAX);
    world.coolify.arm(fault.on("POST", "/projects$"));
    let broken = operator.run(&CREATE);
    assert!(!broken.status.success() && out(&broken).is_empty(), "{broken:?}");
    assert!(err(&broken).contains("run the same command again"), "{broken:?}");
    world.coolify.disarm();
    let finished = operator.run(&CREATE);
    assert!(finished.status.success(), "{finished:?}");
    assert!(out(&finished).starts_with("vibn_sk_"), "{finished:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_whose_keys_are_revoked_or_expired_gets_a_new_first_key() {
    let world = world(Backend::Sqlite).await.expect("SQLite is built in");
    let operator = Operator::in_world(&world);
    let record = &world.mark.record;
    for key in operator.keys("mark") {
        let id = key["id"].as_str().expect("an id");
        assert!(operator.run(&["keys", "revoke", "--workspace", "mark", id]).status.success());
    }
    let expiry = Expiry::At(Timestamp::from_millis(1));
    let request = KeyRequest { expiry, ..KeyRequest::default() };
    world.identity.mint_first(&record.tenant, &record.id, request).await.expect("a key");
    let created = operator.run(&["tenant", "create", "--name", "mark"]);
    assert!(created.status.success(), "{created:?}");
    assert!(out(&created).starts_with("vibn_sk_"), "{created:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_a_tenant_name_that_the_api_rejects() {
    let world = world(Backend::Sqlite).await.expect("SQLite is built in");
    let operator = Operator::in_world(&world);
    for name in ["", &"x".repeat(101)] {
        let create = ["tenant", "create", "--name", name, "--workspace", "shop"];
        let refused = operator.run(&create);
        assert!(!refused.status.success() && err(&refused).contains("name"), "{refused:?}");
        let unknown = operator.run(&["keys", "list", "--workspace", "shop"]);
        assert!(err(&unknown).contains("there is no workspace shop"), "{unknown:?}");
    }
    let longest = ["tenant", "create", "--name", &"x".repeat(100), "--workspace", "shop"];
    assert!(operator.run(&longest).status.success());
}

/// Agents choose the names of workspaces, so a workspace of this name may be another tenant's.
#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_of_the_same_name_of_another_tenant_is_not_taken_over() {
    let world = world(Backend::Sqlite).await.expect("SQLite is built in");
    let operator = Operator::in_world(&world);
    let minted = operator.run(&["keys", "create", "--workspace", "mark", "--scope", "tenant"]);
    let key = out(&minted).trim_end().to_owned();
    let agent = Agent::new(&world.mark.agent.origin, "mark", Some(key.into()));
    let body = json!({ "slug": "acme-corp", "name": "Acme Corp" });
    let founded = agent.json("POST", "/api/workspaces", &body).await;
    assert!(founded.status < 300, "{}", founded.text);
    let created = operator.run(&CREATE);
    assert!(!created.status.success() && out(&created).is_empty(), "{created:?}");
    assert!(err(&created).contains("belongs to the tenant"), "{created:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_with_a_key_that_does_not_open_the_stored_secrets_are_refused() {
    let world = world(Backend::Sqlite).await.expect("SQLite is built in");
    let mut operator = Operator::in_world(&world);
    let is_key = |name: &str| name == "VIBN_SECRETS_KEY";
    operator.variables.retain(|(name, _)| !is_key(name));
    for other in [None, Some("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")] {
        operator.variables.retain(|(name, _)| !is_key(name));
        operator.variables.extend(other.map(|key| ("VIBN_SECRETS_KEY", key.to_owned())));
        for arguments in [&CREATE[..], &["keys", "list", "--workspace", "mark"]] {
            let refused = operator.run(arguments);
            assert!(!refused.status.success() && out(&refused).is_empty(), "{refused:?}");
            assert!(err(&refused).contains("set the VIBN_SECRETS_KEY"), "{refused:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slug_of_another_tenant_is_refused() {
    let world = world(Backend::Sqlite).await.expect("SQLite is built in");
    let operator = Operator::in_world(&world);
    let taken = operator.run(&["tenant", "create", "--name", "Other", "--workspace", "justine"]);
    assert!(!taken.status.success() && err(&taken).contains("--workspace"), "{taken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_created_listed_and_revoked_while_a_server_runs() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = world(backend).await else { continue };
        let operator = Operator::in_world(&world);
        let create = ["keys", "create", "--workspace", "mark", "--name", "laptop"];
        let created = operator.run(&create);
        assert!(created.status.success(), "{created:?}");
        let key = out(&created).trim_end().to_owned();
        let agent = Agent::new(&world.mark.agent.origin, "mark", Some(key.clone().into()));
        agent.compact("workspace.describe", &json!({})).await.expect("the key works");
        let listed = out(&operator.run(&["keys", "list", "--workspace", "mark"]));
        let line = listed.lines().find(|line| line.ends_with("laptop")).expect("the key");
        assert!(!listed.contains(&key), "{listed}");
        assert!(line.contains("  full  "), "{line}");
        let reader =
            ["keys", "create", "--workspace", "mark", "--name", "reader", "--access", "read"];
        let reader = agent.with_key(Some(out(&operator.run(&reader)).trim_end()));
        let described = reader.compact("workspace.describe", &json!({})).await.expect("it reads");
        assert_eq!(described["access"], "read");
        let created = reader.compact_raw("apps.create", &json!({ "image": "nginx:1.27" })).await;
        assert_eq!(created.status, 403, "{}", created.text);
        let id = line.split_whitespace().next().expect("an id");
        let revoked = operator.run(&["keys", "revoke", "--workspace", "mark", id]);
        assert!(revoked.status.success(), "{revoked:?}");
        while agent.compact_raw("workspace.describe", &json!({})).await.status == 200 {}
        let unknown = operator.run(&["keys", "revoke", "--workspace", "mark", id]);
        assert!(!unknown.status.success() && err(&unknown).contains(id), "{unknown:?}");
        let stranger = operator.run(&["keys", "list", "--workspace", "nowhere"]);
        assert!(err(&stranger).contains("there is no workspace nowhere"), "{stranger:?}");
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_selects_the_dns_provider_of_a_workspaces_future_domains() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = world(backend).await else { continue };
        let operator = Operator::in_world(&world);
        let choose = |slug: &str, more: &[&str]| {
            operator.run(&[&["tenant", "dns-provider", "--workspace", slug][..], more].concat())
        };
        for (more, told) in [
            (&[][..], "usual"),
            (&["cloud_dns"], "cloud_dns"),
            (&[], "cloud_dns"),
            (&["usual"], "usual"),
            (&[], "usual"),
        ] {
            let done = choose("mark", more);
            assert_eq!((done.status.success(), out(&done).trim_end()), (true, told), "{done:?}");
        }
        let refused = choose("mark", &["rfc2136"]);
        assert!(!refused.status.success(), "{refused:?}");
        assert!(err(&refused).contains("COVIBE_DNS_UPDATE_SERVER"), "{refused:?}");
        assert!(!choose("nobodys", &[]).status.success());
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_removes_the_zone_of_a_domain() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = world(backend).await else { continue };
        let agent = &world.mark.agent;
        let contact = json!({ "firstName": "Ada", "lastName": "Lovelace", "address1": "1 Main St",
                              "city": "Ottawa", "state": "ON", "country": "CA",
                              "postalCode": "K1A 0B1", "phone": "+1.6135550123",
                              "email": "ada@example.com" });
        let order = json!({ "domain": "leaving.com", "contact": contact });
        agent.compact("domains.register", &order).await.expect("a domain");
        let params = json!({ "domain": "leaving.com", "ip": "8.8.8.8" });
        agent.compact("domains.attach", &params).await.expect("attached");
        let operator = Operator::in_world(&world);
        let remove = |slug: &str| {
            operator.run(&["tenant", "remove-zone", "--workspace", slug, "Leaving.com."])
        };
        let foreign = remove("justine");
        assert!(!foreign.status.success() && err(&foreign).contains("leaving.com"), "{foreign:?}");
        assert_eq!(world.cloud.names(Collection::Zones).len(), 1);
        for told in ["Removed: the zone of leaving.com", "leaving.com has no zone."] {
            let removed = remove("mark");
            let out = out(&removed);
            assert_eq!((removed.status.success(), out.trim_end()), (true, told), "{removed:?}");
        }
        assert_eq!(world.cloud.names(Collection::Zones), [""; 0]);
        world.stop().await;
    }
}
