//! `covibe-server tenant delete --zones --buckets`, of a server whose people sign in with WorkOS.

use covibe_sandbox::google::Collection;
use covibe_testkit_http::World;
use serde_json::json;

use crate::object_storage::Bucket;
use crate::operator_commands::Operator;
use crate::tenant_list_and_suspension::{output_of, refusal, tenant_of};
use crate::workos_checks::{CALLBACK, start_workos, variables};

#[tokio::test(flavor = "multi_thread")]
async fn zones_and_buckets_are_deleted_only_if_flags_name_them() {
    let (world, workos) = (World::embedded().await, start_workos(&[CALLBACK]).await);
    let justine = &world.justine.agent;
    let bucket = Bucket::create_in(&world).await;
    assert_eq!(bucket.client.put("x", "y").await, 200);
    let contact = json!({ "firstName": "Ada", "lastName": "Lovelace", "address1": "1 Main St",
                          "city": "Ottawa", "state": "ON", "country": "CA", "postalCode": "K1A 0B1",
                          "phone": "+1.6135550123", "email": "ada@example.com" });
    for (tool, params) in [
        ("domains.register", json!({ "domain": "my-shop.com", "contact": contact })),
        ("domains.attach", json!({ "domain": "my-shop.com", "ip": "8.8.8.8" })),
    ] {
        justine.compact(tool, &params).await.unwrap_or_else(|why| panic!("{tool}: {why}"));
    }
    let workos_variables = variables(&workos);
    let operator = workos_variables
        .iter()
        .fold(Operator::in_world(&world), |it, (name, value)| it.with(name, value));
    let tenant = tenant_of(&world.justine);
    let plan = ["tenant", "delete", &tenant];
    let kept = output_of(&operator.run(&plan));
    assert!(kept.contains("KEEP zone ") && kept.contains("KEEP bucket "), "{kept}");
    let flags = ["--zones", "--buckets"];
    let named = output_of(&operator.run(&[&plan[..], &flags].concat()));
    assert!(named.contains("DELETE zone ") && named.contains("DELETE bucket "), "{named}");
    assert_eq!(
        (world.cloud.count(Collection::Zones), world.cloud.count(Collection::Buckets)),
        (1, 1)
    );
    let confirmed = [&plan[..], &["--confirm", &tenant]].concat();
    let alone = output_of(&operator.run(&confirmed));
    assert!(alone.contains("DELETED tenant") && !alone.contains("DONE zone"), "{alone}");
    assert_eq!(world.cloud.count(Collection::Zones), 1);
    // One with objects stays, and the command says so.
    let whole = [&confirmed[..], &flags].concat();
    let failed = operator.run(&whole);
    assert!(refusal(&failed).contains("repeat the same command"), "{failed:?}");
    let lines = String::from_utf8_lossy(&failed.stdout);
    assert!(
        lines.contains("DONE zone of my-shop.com") && lines.contains("FAIL bucket "),
        "{lines}"
    );
    assert_eq!(bucket.client.delete("x").await, 204);
    let finished = output_of(&operator.run(&whole));
    assert!(finished.contains("DONE bucket ") && !finished.contains("zone of"), "{finished}");
    for collection in [Collection::Zones, Collection::Buckets, Collection::HmacKeys] {
        assert_eq!(world.cloud.count(collection), 0, "{collection:?}");
    }
    // Nothing of it is WorkOS'.
    let changes = workos.requests().into_iter().filter(|one| one.method != "GET");
    assert_eq!(changes.count(), 0);
}
