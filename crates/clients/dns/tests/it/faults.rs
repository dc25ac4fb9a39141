//! Every change with every named fault: nothing doubled, and the next try works.

use covibe_dns::{Cause, Error, Provider as _};
use covibe_sandbox::faults::Name;
use covibe_sandbox::google::Collection;
use covibe_upstream::Expiry;

use crate::records::a;
use crate::simulated_google_cloud::{World, client, name};

const ZONES: &str = "/projects/*/managedZones";

/// Makes a call that meets the fault once.
async fn meet<T>(
    world: &mut World,
    fault: Name,
    route: (&str, &str),
    call: impl AsyncFn(&World) -> Result<T, Error>,
) -> Result<T, Error> {
    let expiry = Expiry::by_hand();
    world.client = client(&world.cloud, "covibe-sandbox", expiry.clone());
    world.cloud.meet(fault, route, call(world), || expiry.expire(|_, _| true)).await
}

async fn try_changes(fault: Name) {
    let mut world = World::new().await;
    let zone = world.zone().await;
    let change = async |world: &World| world.change(&zone, vec![a("www.example.ca", 1)]).await;
    let path = "/projects/*/managedZones/*/changes";
    let outcome = meet(&mut world, fault, ("POST", path), change).await;
    // A redirect is of something in front of Google, and is not followed.
    let expected = (fault == Name::ProxyRedirect).then_some(Cause::Elsewhere);
    assert_eq!(outcome.err().map(|error| error.cause), expected, "{fault:?}");
    change(&world).await.unwrap();
    let sets = world.cloud.names(Collection::RecordSets);
    let written: Vec<_> = sets.iter().filter(|set| set.starts_with("www.")).collect();
    assert_eq!(written, ["www.example.ca. A 300 192.0.2.1"], "{fault:?}");
}

async fn try_zone(fault: Name) {
    let mut world = World::new().await;
    let ensure =
        async |world: &World| world.client.ensure_zone(&name("example.ca"), &world.owner).await;
    let made = meet(&mut world, fault, ("POST", ZONES), ensure).await;
    let zone = ensure(&world).await.unwrap();
    assert!(made.is_ok_and(|made| made == zone) || !is_repeated(fault), "{fault:?}");
    assert_eq!(world.cloud.count(Collection::Zones), 1, "{fault:?}");
    let delete =
        async |world: &World| world.client.delete_zone(&name("example.ca"), &world.owner).await;
    let path = "/projects/*/managedZones/*";
    let deleted = meet(&mut world, fault, ("DELETE", path), delete).await;
    assert!(deleted.is_ok() || !is_repeated(fault), "{fault:?}");
    delete(&world).await.unwrap();
    assert_eq!(world.cloud.count(Collection::Zones), 0, "{fault:?}");
}

/// Returns whether the transport repeats a harmless request that meets the fault.
fn is_repeated(fault: Name) -> bool {
    matches!(fault, Name::DropBefore | Name::DropAfter | Name::Limited | Name::ProxyNotFound)
}

#[tokio::test]
async fn changes_and_zone_creations_succeed_without_duplicates_after_every_fault() {
    let all = async {
        let mut running = tokio::task::JoinSet::new();
        for fault in Name::ALL {
            running.spawn_local(try_changes(fault));
            running.spawn_local(try_zone(fault));
        }
        running.join_all().await;
    };
    tokio::task::LocalSet::new().run_until(all).await;
}
