//! A creation that the upstream carries out after everybody stopped waiting for it.

use std::slice;
use std::time::Duration;

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::World;
use serde_json::{Value, json};

use super::killed_servers::{kill_answered, patient};
use super::name_conflicts::Operator;
use super::{WantedResource, is_busy, on_each_database, repo};

/// The delay of the late creation.
const LATE: Duration = Duration::from_hours(1);

/// Longer than a deletion takes.
const DELETED: Duration = Duration::from_mins(1);

impl WantedResource {
    /// A call whose request Coolify carries out an hour later.
    async fn postpone(&self, world: &World) {
        world.coolify.arm(Fault::new(Name::Late).delay(LATE).on("POST", self.path));
        let answer = self.ask(&world.mark.agent).await;
        assert_eq!(answer.status, 502, "{self:?}: {}", answer.text);
        assert_eq!(self.count(world), 0, "{self:?}");
    }

    /// The uuids of what is listed under its name.
    async fn list_uuids(&self, world: &World) -> Vec<Value> {
        let (list, member) = match self.tool {
            "apps.create" => ("apps.list", "apps"),
            "databases.create" => ("databases.list", "databases"),
            _ => ("auth.list", "providers"),
        };
        let listed = world.mark.agent.compact(list, &json!({})).await.expect(list);
        let named = listed[member].as_array().expect("a list").iter();
        named
            .filter(|each| each["name"] == self.params["name"])
            .map(|each| each["uuid"].clone())
            .collect()
    }
}

/// One of each sort, and the call that repeats it. That one asks for another domain where it can: of
/// two resources with one domain, Coolify refuses the second by itself.
async fn repeated(world: &World) -> [(WantedResource, WantedResource); 4] {
    let [_, app, image, stack, database, _] =
        WantedResource::of_each_sort(&repo(world).await, "late");
    let elsewhere = |wanted: WantedResource| {
        let host = format!("{}-2.mark.vibnai.com", wanted.params["name"].as_str().expect("a name"));
        (wanted.clone(), wanted.with_param("domain", json!(host)))
    };
    [elsewhere(app), elsewhere(image), elsewhere(stack), (database.clone(), database)]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_that_takes_effect_before_the_repeated_call_is_adopted() {
    on_each_database(async |world| {
        let repo = repo(world).await;
        for wanted in WantedResource::of_each_sort(&repo, "late") {
            wanted.postpone(world).await;
            world.coolify.advance(LATE);
            assert_eq!(wanted.count(world), 1, "{wanted:?}");
            let uuid = wanted.create_ok(&world.mark.agent).await["uuid"].clone();
            assert_eq!(wanted.list_uuids(world).await, [uuid], "{wanted:?}");
            assert_eq!(wanted.count(world), 1, "{wanted:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_that_takes_effect_after_the_repeated_call_is_hidden_and_removed() {
    on_each_database(async |world| {
        for (postponed, wanted) in repeated(world).await {
            postponed.postpone(world).await;
            let uuid = wanted.create_ok(&world.mark.agent).await["uuid"].clone();
            assert_eq!(wanted.list_uuids(world).await, slice::from_ref(&uuid), "{wanted:?}");
            world.coolify.advance(LATE);
            assert_eq!(wanted.count(world), 2, "{wanted:?}");
            world.restart().await;
            let before = removals(world).await;
            // Coolify lists it until its deletion is done.
            for _ in 0..2 {
                assert_eq!(wanted.list_uuids(world).await, slice::from_ref(&uuid), "{wanted:?}");
            }
            assert_eq!(removals(world).await, before + 1, "{wanted:?}");
            world.coolify.advance(DELETED);
            assert_eq!(wanted.count(world), 1, "{wanted:?}");
            assert_eq!(wanted.list_uuids(world).await, [uuid], "{wanted:?}");
        }
    })
    .await;
}

/// Returns the number of deletions of strays in the audit.
async fn removals(world: &World) -> usize {
    let record = &world.mark.record;
    let mut tx = world.store.tenant_read(&record.tenant).await.expect("a transaction");
    let entries = tx.audit(&record.id, 1_000).await.expect("the audit");
    tx.commit().await.expect("a commit");
    let is_removal = |tool: &str, outcome: &str| tool == "stray" && outcome == "deleted";
    entries.iter().filter(|entry| is_removal(&entry.tool, &entry.outcome)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_that_takes_effect_after_a_deletion_is_listed_and_kept() {
    on_each_database(async |world| {
        let wanted = WantedResource::database("late-db");
        wanted.postpone(world).await;
        let uuid = wanted.create_ok(&world.mark.agent).await["uuid"].clone();
        let confirmed = json!({ "uuid": uuid, "confirm": "late-db" });
        world.mark.agent.compact("databases.delete", &confirmed).await.expect("a deletion");
        world.coolify.advance(LATE);
        assert_eq!(wanted.count(world), 1);
        world.restart().await;
        assert_eq!(
            wanted.list_uuids(world).await.len(),
            1,
            "it may be a copy, and all that is left"
        );
        world.coolify.advance(DELETED);
        assert_eq!(wanted.count(world), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_duplicate_is_hidden_while_it_cannot_be_removed() {
    let options = covibe_testkit::Options::default();
    let mut world = World::start(options).await.expect("SQLite is built in");
    let wanted = WantedResource::database("late-db");
    wanted.postpone(&world).await;
    let uuid = wanted.create_ok(&world.mark.agent).await["uuid"].clone();
    world.coolify.advance(LATE);
    world.restart().await;
    world.coolify.arm(Fault::new(Name::Status).on("GET", "/servers"));
    assert_eq!(wanted.list_uuids(&world).await, slice::from_ref(&uuid));
    world.coolify.advance(DELETED);
    assert_eq!(wanted.count(&world), 2);
    world.restart().await;
    assert_eq!(wanted.list_uuids(&world).await, [uuid]);
    world.coolify.advance(DELETED);
    assert_eq!(wanted.count(&world), 1);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_duplicate_after_a_crash_is_removed_by_the_repeated_call() {
    on_each_database(async |world| {
        for (postponed, wanted) in repeated(world).await {
            postponed.postpone(world).await;
            kill_answered(world, &wanted);
            assert_eq!(wanted.count(world), 1, "the killed server's: {wanted:?}");
            world.coolify.advance(LATE);
            assert_eq!(wanted.count(world), 2, "{wanted:?}");
            let answer = patient(world, &wanted).await;
            assert_eq!(answer.status, 200, "{wanted:?}: {}", answer.text);
            let uuid = answer.json()["result"]["uuid"].clone();
            assert_eq!(wanted.list_uuids(world).await, [uuid], "{wanted:?}");
            world.coolify.advance(DELETED);
            assert_eq!(wanted.count(world), 1, "{wanted:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_of_an_operator_is_neither_adopted_nor_removed() {
    on_each_database(async |world| {
        let wanted = WantedResource::database("late-db");
        wanted.postpone(world).await;
        let operator = Operator::new(world);
        operator.make(world, "/databases/postgresql", json!({ "name": "late-db" })).await;
        let before = operator.all(wanted.thing).await;
        world.restart().await;
        let refused = wanted.ask(&world.mark.agent).await;
        assert!(refused.status == 409 && !is_busy(&refused), "{}", refused.text);
        assert_eq!(operator.all(wanted.thing).await, before);
        world.coolify.advance(LATE);
        world.restart().await;
        let ours = wanted.create_ok(&world.mark.agent).await["uuid"].clone();
        let listed = wanted.list_uuids(world).await;
        assert!(listed.len() == 2 && listed.contains(&ours), "{listed:?}");
        world.coolify.advance(DELETED);
        assert_eq!(wanted.count(world), 2);
    })
    .await;
}
